import { existsSync } from 'node:fs'
import { copyFile, open as openFile, rm, stat, truncate } from 'node:fs/promises'
import path from 'node:path'

import { isPortError, memoryLog, silentLog } from '@mllab/kernel'
import { opener } from '@mllab/testkit/database'
import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'

import type { Database, UnitDefinition } from '../../../ports/database.ts'
import { watchFreeSpace } from '../../free-space.ts'
import { keepBallast } from './ballast.ts'
import { openSqlite } from './sqlite.ts'

const MIB = 1024 * 1024

describe('SQLite: the file', () => {
  const open = opener('sqlite')

  it('is refused when it is missing or empty although there was a database', async () => {
    const place = await open.place()
    await (await open.at(place)).close()
    await truncate(place)
    await expect(open.at(place)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining('is empty'),
    })
    await rm(place)
    await expect(open.at(place)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining('is missing'),
    })
    expect(existsSync(place)).toBe(false)
    await rm(`${place}.marker`)
    expect(await (await open.at(place)).health()).toMatchObject({ ok: true })
  })

  it('is refused when its beginning was overwritten', async () => {
    const place = await open.place()
    await overwrite(place, 0, 'no database at all')
    await expect(open.at(place)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining('Restore it'),
    })
  })

  it('is refused, in words, when it cannot be opened', async () => {
    const place = await open.place()
    const file = path.join(path.dirname(place), 'missing', 'lab.sqlite')
    await expect(openSqlite({ file, log: silentLog })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('is left alone once a damaged page was seen', async () => {
    const place = await open.place()
    const pagesOf = async () => (await stat(place)).size / 4096
    // The schema lies before what is filled in now; without it the file would not even open.
    const start = await pagesOf()
    const first = await open.at(place)
    await fill(first, 500)
    await first.close()
    const end = await pagesOf()
    for (let page = start; page < end; page += 1) await overwrite(place, page * 4096, 'x'.repeat(4096))

    const log = memoryLog()
    const db = await open.at(place, { log })
    await expect(db.sql.selectFrom('setting').selectAll().execute()).rejects.toMatchObject({ code: 'CORRUPT' })
    await expect(insert(db, 'more').execute()).rejects.toMatchObject({ code: 'CORRUPT' })
    expect(await db.health()).toMatchObject({ ok: false, detail: expect.stringContaining('damaged') })
    expect(log.entries.map((entry) => entry.level)).toEqual(['error'])
  })

  it('is read through after an unclean stop, and left alone if a page is damaged', async () => {
    const place = await open.place()
    // The schema lies before what is filled in now; without it the file would not even open.
    const start = (await stat(place)).size
    const doomed = await open.at(place)
    await fill(doomed, 500)
    // As after a power cut: the file and its log, copied while the program runs.
    const after = `${place}.after`
    for (const suffix of ['', '-wal']) await copyFile(place + suffix, after + suffix)
    const whole = memoryLog()
    const db = await openSqlite({ file: after, log: whole, verifyAfterMs: 1 })
    await vi.waitFor(() =>
      expect(whole.entries.map(({ message }) => message)).toEqual([expect.stringContaining('is whole')]),
    )
    await db.close()

    const size = (await stat(after)).size
    const again = await open.at(after)
    await insert(again, 'one more').execute()
    for (const suffix of ['', '-wal']) await copyFile(after + suffix, `${place}.broken${suffix}`)
    await again.close()
    for (let at = start; at < size; at += 4096) await overwrite(`${place}.broken`, at, 'x'.repeat(4096))
    const broken = await openSqlite({ file: `${place}.broken`, log: silentLog, verifyAfterMs: 1 })
    await vi.waitFor(async () => expect(await broken.health()).toMatchObject({ ok: false }))
    await expect(insert(broken, 'more').execute()).rejects.toMatchObject({ code: 'CORRUPT' })
    await broken.close()
  })

  it('sets room aside for deleting on a full disk, and gives it up once', async () => {
    const place = await open.place()
    const log = memoryLog()
    const ballast = keepBallast(place, log, 5)
    await vi.waitFor(() => expect(existsSync(`${place}.ballast`)).toBe(true), { timeout: 10_000 })
    ballast.close()
    await vi.waitFor(async () => expect(await ballast.drop()).toBe(true))
    expect([existsSync(`${place}.ballast`), await ballast.drop()]).toEqual([false, false])
  })

  it('takes no unit of work when the disk is nearly full, and single statements all the same', async () => {
    const place = await open.place()
    const space = await watchFreeSpace({ folder: path.dirname(place), floorBytes: 2 ** 60, log: silentLog })
    const db = await openSqlite({ file: place, log: silentLog, space })
    const unit = { name: 'slow', sqlite: new URL('./testing/slow.unit.ts', import.meta.url) }
    await expect(
      db.unit(unit as unknown as UnitDefinition<object, number>, { body: new Uint8Array(1), ms: 0 }),
    ).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    await insert(db, 'small').execute()
    expect(await space.health()).toMatchObject({ ok: false })
    await space.close()
    await db.close()
  })

  it('may be full: nothing of the group is stored, everybody may try again, and reads go on', async () => {
    const db = await open()
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db.sql)
    await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 4}`).execute(db.sql)
    const big = 'x'.repeat(40_000)
    const outcomes = await Promise.allSettled(
      ['small', big, 'small as well'].map((value, index) => insert(db, `k${index}`, value).execute()),
    )
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
    expect(failed.length).toBeGreaterThan(0)
    for (const error of failed) expect([error.code, error.retryable]).toEqual(['STORAGE_FULL', expect.any(Boolean)])
    const stored = await db.sql.selectFrom('setting').select('key').execute()
    expect(stored).toHaveLength(outcomes.length - failed.length)

    await sql`pragma max_page_count = 1000000`.execute(db.sql)
    await insert(db, 'again', big).execute()
    expect(await db.health()).toMatchObject({ ok: true })
  })
})

describe('SQLite: lanes', () => {
  const open = opener('sqlite')

  it('answers quick reads and writes while a long scan runs', async () => {
    const db = await open()
    await insert(db, 'a').execute()
    let scanned = false
    const scan = longScan(db.scans, 3_000_000).then(() => (scanned = true))
    const started = performance.now()
    for (let index = 0; index < 50; index += 1) {
      await db.sql.selectFrom('setting').selectAll().where('key', '=', 'a').execute()
      await insert(db, `k${index}`).execute()
    }
    const quickMs = performance.now() - started
    expect(scanned).toBe(false)
    await scan
    expect(performance.now() - started).toBeGreaterThan(quickMs)
  })

  it('gives a second reader to quick reads when one of them is not quick', async () => {
    const db = await open()
    await insert(db, 'a').execute()
    await longScan(db.sql, 1)
    // The thread needs a moment to start; until then all wait for the first one.
    await vi.waitFor(
      async () => {
        await Promise.all(Array.from({ length: 4 }, () => longScan(db.sql, 500_000)))
        let done = false
        const blocking = longScan(db.sql, 2_000_000).then(() => (done = true))
        await db.sql.selectFrom('setting').selectAll().where('key', '=', 'a').execute()
        const overtook = !done
        await blocking
        expect(overtook).toBe(true)
      },
      { timeout: 20_000 },
    )
  })

  it('empties a log that long reads have let grow', async () => {
    const place = await open.place()
    const log = memoryLog()
    const db = await openSqlite({ file: place, log, walLimitBytes: 8 * MIB })
    const body = new Uint8Array(64 * 1024)
    const walBytes = async () => (await stat(`${place}-wal`)).size
    let reading = true
    // Overlapping reads: there is always one that holds the log.
    const readers = Promise.all(
      ['quick', 'scan'].map(async (lane) => {
        while (reading) await longScan(lane === 'quick' ? db.sql : db.scans, 200_000)
      }),
    )
    const sizes: number[] = []
    for (let index = 0; index < 1000; index += 1) {
      await db.sql
        .insertInto('sealed')
        .values({ id: `k${index}`, key_id: '', nonce: body, body, created_at: 1 })
        .execute()
      if (index % 20 === 19) sizes.push(await walBytes())
    }
    reading = false
    await readers
    await db.close()
    // Without the gate it is 144 MB.
    expect(Math.max(...sizes)).toBeLessThan(72 * MIB)
    expect(log.entries.filter((entry) => entry.level === 'error')).toEqual([])
  })

  it('lets small writes pass bulk', async () => {
    const db = await open({ units: [slowUnit] })
    const body = () => new Uint8Array(32 * 1024)
    const order: string[] = []
    const bulk = Array.from({ length: 10 }, (_, index) =>
      db.unit(slowUnit, { body: body(), ms: 10 }).then(() => order.push(`bulk ${index}`)),
    )
    const small = insert(db, 'small')
      .execute()
      .then(() => order.push('small'))
    await Promise.all([...bulk, small])
    expect(order.indexOf('small')).toBeLessThan(3)
  })
})

describe('SQLite: units and statements', () => {
  const open = opener('sqlite')

  it('takes over the bytes of a unit when they fill their buffer', async () => {
    const db = await open({ units: [slowUnit] })
    const whole = new Uint8Array(64 * 1024)
    expect(await db.unit(slowUnit, { body: whole, ms: 0 })).toBe(64 * 1024)
    expect(whole.byteLength).toBe(0)
    const slice = new Uint8Array(64 * 1024).subarray(1, 11)
    expect(await db.unit(slowUnit, { body: slice, ms: 0 })).toBe(10)
    expect(slice.byteLength).toBe(10)
  })

  it('fails only the unit whose input cannot cross, or whose module is broken', async () => {
    const db = await open()
    const missing = { ...slowUnit, name: 'missing', sqlite: new URL('./no-such.unit.ts', import.meta.url) }
    const uncloneable = { body: new Uint8Array(1), ms: 0, call: () => undefined }
    const outcomes = await Promise.allSettled([
      db.unit(slowUnit, uncloneable),
      db.unit(missing, { body: new Uint8Array(1), ms: 0 }),
      db.unit(slowUnit, { body: new Uint8Array(1), ms: 0 }),
      insert(db, 'a').execute(),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled'])
    expect(outcomes[0]).toMatchObject({ reason: { code: 'INVALID' } })
    await expect(db.unit({ ...slowUnit, sqlite: missing.sqlite }, { body: new Uint8Array(1), ms: 0 })).rejects.toThrow(
      'two units',
    )
  })

  it('starts the writer again when it has died, and knows its units', async () => {
    const log = memoryLog()
    const db = await open({ units: [slowUnit], log })
    const deadly = db.unit(slowUnit, { body: new Uint8Array(1), ms: Number.NaN })
    const neighbour = insert(db, 'a').execute()
    for (const work of [deadly, neighbour])
      await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false })
    expect((await db.health()).ok).toBe(false)
    await vi.waitFor(async () => expect(await db.health()).toMatchObject({ ok: true }), 5000)
    expect(await db.unit(slowUnit, { body: new Uint8Array(3), ms: 0 })).toBe(3)
    expect(await db.sql.selectFrom('setting').selectAll().execute()).toEqual([])
    expect(log.entries).toHaveLength(1)
  })

  it('refuses statements that would end the group of others', async () => {
    const db = await open()
    for (const statement of ['begin', ' COMMIT', 'rollback', 'savepoint x', 'vacuum'])
      await expect(sql.raw(statement).execute(db.sql)).rejects.toSatisfy((error) => isPortError(error, 'INVALID'))
  })

  it('goes on when more statements were used than are kept', async () => {
    const db = await open()
    await insert(db, 'a').execute()
    for (let index = 0; index < 1100; index += 1) {
      const { rows } = await sql`select key, ${sql.lit(index)} as number from setting`.execute(db.sql)
      expect(rows).toEqual([{ key: 'a', number: index }])
    }
  })

  it('sees a column that was added later', async () => {
    const db = await open()
    await insert(db, 'a').execute()
    const all = () => db.sql.selectFrom('setting').selectAll().execute()
    expect(Object.keys((await all())[0] ?? {})).toEqual(['key', 'value', 'updated_at'])
    await sql`alter table setting add column extra text`.execute(db.sql)
    expect(Object.keys((await all())[0] ?? {})).toEqual(['key', 'value', 'updated_at', 'extra'])
  })

  it('stops a scan that takes too long, between two rows', async () => {
    const db = await openSqlite({ file: await open.place(), log: silentLog, scanTimeoutMs: 50 })
    const endless = sql`(with recursive g(i) as (select 1 union all select i + 1 from g) select i from g)`
    const select = db.scans.selectFrom(endless.as('e')).selectAll().limit(1_000_000_000)
    await expect(select.execute()).rejects.toMatchObject({ code: 'TIMEOUT' })
    await vi.waitFor(async () => expect(await db.scans.selectFrom('setting').selectAll().execute()).toEqual([]))
    await db.close()
  })
})

const slowUnit: UnitDefinition<{ body: Uint8Array; ms: number }, number> = {
  name: 'test.slow',
  sqlite: new URL('./testing/slow.unit.ts', import.meta.url),
  postgres: () => Promise.reject(new Error('not used')),
}

function insert(db: Database, key: string, value = '') {
  return db.sql.insertInto('setting').values({ key, value, updated_at: 1 })
}

async function fill(db: Database, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => insert(db, `key-${index}`, 'x'.repeat(500)).execute()))
}

function longScan(kysely: Database['sql'], steps: number): Promise<unknown> {
  const numbers = sql<{
    i: number
  }>`(with recursive g(i) as (select 1 union all select i + 1 from g where i < ${steps}) select i from g)`
  return kysely
    .selectFrom([numbers.as('g'), 'meta'])
    .select((build) => build.fn.countAll().as('n'))
    .execute()
}

async function overwrite(file: string, at: number, text: string): Promise<void> {
  const handle = await openFile(file, 'r+')
  await handle.write(text, at)
  await handle.close()
}
