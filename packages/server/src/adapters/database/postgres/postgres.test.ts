import { memoryLog, silentLog } from '@mllab/kernel'
import { opener } from '@mllab/testkit/database'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'

import type { Database } from '../../../ports/database.ts'
import { openPostgres } from './postgres.ts'

describe('PostgreSQL', () => {
  const open = opener('postgres')

  it('is refused, in words, when it cannot be reached', async () => {
    const refused = openPostgres({ uri: 'postgresql://nobody@127.0.0.1:1/none', log: silentLog })
    await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true })
  })

  it('is refused when the database is not there, or is not UTF-8', async () => {
    const place = await open.place({ empty: true })
    const db = await open.at(place)
    const missing = new URL(place)
    missing.pathname = 'missing'
    await expect(open.at(missing.href)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false })

    const latin = new URL(place)
    latin.pathname += '_latin'
    const name = latin.pathname.slice(1)
    await sql`create database ${sql.id(name)} template template0 encoding 'LATIN1'`.execute(db.sql)
    try {
      await expect(open.at(latin.href)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    } finally {
      await sql`drop database ${sql.id(name)} with (force)`.execute(db.sql)
    }
  })

  it('loses what ran when a connection breaks, and goes on with another', async () => {
    const place = await open.place()
    const log = memoryLog()
    const db = await open.at(place, { log })
    const killer = await open.at(place)
    const hanging = sql`select pg_sleep(20)`.execute(db.sql)
    const outcome = expect(hanging).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await until(async () => (await killAll(killer, 'pg_sleep')) > 0)
    await outcome
    expect(await db.health()).toEqual({ ok: true, detail: 'PostgreSQL reads and writes' })
    await insert(db, 'a').execute()
  })

  it('loses a transaction whose connection breaks between two statements, and nothing else', async () => {
    const place = await open.place()
    const db = await open.at(place)
    const killer = await open.at(place)
    const work = db.transaction(async (trx) => {
      await sql`select 'between two statements'`.execute(trx)
      const idle = sql`select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'
        and datname = current_database() and query like '%between two%'`
      await until(async () => (await idle.execute(killer.sql)).rows.length > 0)
      await until(async () =>
        insertInto(trx, 'a')
          .execute()
          .then(
            () => false,
            () => true,
          ),
      )
    })
    await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await insert(db, 'b').execute()
  })

  it('repeats batches that met in a deadlock', async () => {
    const db = await open()
    await Promise.all(['a', 'b'].map((key) => insert(db, key).execute()))
    const update = (key: string) => ({
      query: db.sql.updateTable('setting').set({ value: 'x' }).where('key', '=', key).compile(),
      expect: 1,
    })
    const pause = { query: sql`select pg_sleep(0.01)`.compile(db.sql) }
    const orders = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? ['a', 'b'] : ['b', 'a']))
    const batches = orders.map(([first = '', second = '']) => db.batch([update(first), pause, update(second)]))
    expect(await Promise.all(batches)).toHaveLength(6)
  })

  it('repeats transactions that met each other', async () => {
    const db = await open()
    await insert(db, 'count', '0').execute()
    let runs = 0
    const increment = () =>
      db.transaction(async (trx) => {
        runs += 1
        const { value } = await trx.selectFrom('setting').select('value').executeTakeFirstOrThrow()
        await sql`select pg_sleep(0.01)`.execute(trx)
        await trx
          .updateTable('setting')
          .set({ value: String(Number(value) + 1) })
          .execute()
      })
    await Promise.all(Array.from({ length: 4 }, increment))
    expect(await db.sql.selectFrom('setting').select('value').execute()).toEqual([{ value: '4' }])
    expect(runs).toBeGreaterThan(4)
  })

  it('stops statements and transactions at the server', async () => {
    const place = await open.place()
    const db = await openPostgres({ uri: place, log: silentLog, readTimeoutMs: 50 })
    try {
      await expect(sql`select pg_sleep(20)`.execute(db.sql)).rejects.toMatchObject({ code: 'TIMEOUT' })
      const long = db.transaction((trx) => sql`select pg_sleep(20)`.execute(trx), { timeoutMs: 50 })
      await expect(long).rejects.toMatchObject({ code: 'TIMEOUT' })
      await until(async () => (await running(db, 'pg_sleep(20)')) === 0)
    } finally {
      await db.close()
    }
  })

  it('gives the connection of a hanging transaction back', async () => {
    const db = await openPostgres({ uri: await open.place(), log: silentLog, maxConnections: 2 })
    try {
      const hang = () => db.transaction(() => new Promise(() => undefined), { timeoutMs: 30 })
      for (let round = 0; round < 3; round += 1) {
        const outcomes = await Promise.allSettled([hang(), hang()])
        expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      }
      await insert(db, 'a').execute()
    } finally {
      await db.close()
    }
  })

  it('refuses two statements in one text', async () => {
    const db = await open()
    await expect(sql.raw('select 1; select 2').execute(db.sql)).rejects.toMatchObject({ code: 'INVALID' })
  })
})

function insert(db: Database, key: string, value = '') {
  return insertInto(db.sql, key, value)
}

function insertInto(kysely: Database['sql'], key: string, value = '') {
  return kysely.insertInto('setting').values({ key, value, updated_at: 1 })
}

const others = sql`datname = current_database() and pid <> pg_backend_pid() and state = 'active'`

async function killAll(db: Database, text: string): Promise<number> {
  const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where ${others} and query like ${`%${text}%`}`.execute(db.sql)
  return rows.length
}

async function running(db: Database, text: string): Promise<number> {
  return (await sql`select 1 from pg_stat_activity where ${others} and query like ${`%${text}%`}`.execute(db.sql)).rows
    .length
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 5000 }).toBe(true)
}
