import { ExpectationError, type UnitDefinition } from '@mllab/server/ports/database'
import { expect, it } from 'vitest'

import type { OpenDatabase } from '../database.ts'
import { failure, failureOf, insertSetting, setting, settingKeys } from './database.bodies.ts'

export function writes(open: OpenDatabase): void {
  it('stores exactly the good ones of a thousand concurrent inserts', async () => {
    const db = await open()
    await insertSetting(db, 'taken').execute()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, index) =>
        insertSetting(db, index % 20 === 0 ? 'taken' : `key-${String(index).padStart(4, '0')}`).execute(),
      ),
    )
    const failed = outcomes.filter(({ status }) => status === 'rejected').length
    expect(failed).toBe(50)
    const expected = Array.from({ length: 1000 }, (_, index) => `key-${String(index).padStart(4, '0')}`)
    expect(await settingKeys(db)).toEqual([...expected.filter((_, index) => index % 20 !== 0), 'taken'])
  })

  it('shows what was acknowledged to every read that starts afterwards', async () => {
    const db = await open()
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const key = `key-${index}`
        await insertSetting(db, key).execute()
        const read = (kysely: typeof db.sql) =>
          kysely.selectFrom('setting').select('key').where('key', '=', key).execute()
        expect(await Promise.all([read(db.sql), read(db.scans)])).toEqual([[{ key }], [{ key }]])
      }),
    )
  })

  it('lets one of many conditional updates win', async () => {
    const db = await open()
    await db.sql.insertInto('lease').values({ name: 'a', holder: '', epoch: 0, expires_at: 0 }).execute()
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        db.sql
          .updateTable('lease')
          .set({ holder: `holder-${index}`, epoch: 1 })
          .where('name', '=', 'a')
          .where('epoch', '=', 0)
          .returning('holder')
          .execute(),
      ),
    )
    const winners = claims.flat()
    expect(winners).toHaveLength(1)
    expect(await db.sql.selectFrom('lease').select(['holder', 'epoch']).execute()).toEqual([
      { ...winners[0], epoch: 1 },
    ])
  })

  it('answers each step of a batch, and an empty batch', async () => {
    const db = await open()
    expect(await db.batch([])).toEqual([])
    const results = await db.batch([
      { query: insertSetting(db, 'a').compile() },
      { query: insertSetting(db, 'b', 'old').returning(['key', 'value']).compile() },
      { query: db.sql.updateTable('setting').set({ value: 'new' }).compile(), expect: 2 },
      { query: db.sql.selectFrom('setting').select(['key', 'value']).orderBy('key').compile(), expect: 'some' },
      { query: db.sql.deleteFrom('setting').where('key', '=', 'c').compile(), expect: 'none' },
    ])
    expect(results).toEqual([
      { rows: [], affected: 1 },
      { rows: [{ key: 'b', value: 'old' }], affected: 1 },
      { rows: [], affected: 2 },
      {
        rows: [
          { key: 'a', value: 'new' },
          { key: 'b', value: 'new' },
        ],
        affected: 2,
      },
      { rows: [], affected: 0 },
    ])
  })

  it('stores all of a batch or nothing, and leaves its neighbours alone', async () => {
    const db = await open()
    await insertSetting(db, 'taken').execute()
    const batch = db.batch([
      { query: insertSetting(db, 'first').compile() },
      { query: insertSetting(db, 'taken').compile() },
    ])
    const neighbours = Array.from({ length: 10 }, (_, index) => insertSetting(db, `n${index}`).execute())
    expect(await failureOf(batch)).toEqual(failure('CONFLICT', ['setting.key']))
    await Promise.all(neighbours)
    expect(await settingKeys(db)).toEqual([...Array.from({ length: 10 }, (_, index) => `n${index}`), 'taken'])
  })

  it('undoes a batch whose expectation does not hold, and says which', async () => {
    const db = await open()
    const update = (expected: 'some' | 'none' | number, name?: string) =>
      db.batch([
        { query: insertSetting(db, 'first').compile(), expect: 1 },
        {
          query: db.sql.updateTable('setting').set({ value: 'x' }).where('key', '=', 'missing').compile(),
          expect: expected,
          ...(name === undefined ? {} : { name }),
        },
      ])
    await expect(update('some', 'the row')).rejects.toEqual(new ExpectationError('the row', 0))
    await expect(update(1)).rejects.toEqual(new ExpectationError(1, 0))
    expect(await settingKeys(db)).toEqual([])
    await update('none')
    expect(await settingKeys(db)).toEqual(['first'])
  })

  it('runs a unit wholly or not at all', async () => {
    const db = await open({ units: [storeNames] })
    const body = (names: string[]) => new TextEncoder().encode(JSON.stringify(names))
    const bad = db.unit(storeNames, { body: body(['a', 'b', 'bad', 'c']), at: 5 })
    const neighbours = Array.from({ length: 5 }, (_, index) => insertSetting(db, `n${index}`).execute())
    await expect(bad).rejects.toThrow('a bad name')
    await Promise.all(neighbours)
    expect(await db.unit(storeNames, { body: body(['d', 'e']), at: 5 })).toEqual({ stored: 2 })
    expect(await failureOf(db.unit(storeNames, { body: body(['f', 'd']), at: 5 }))).toEqual(
      failure('CONFLICT', ['setting.key']),
    )
    expect(await settingKeys(db)).toEqual(['d', 'e', 'n0', 'n1', 'n2', 'n3', 'n4'])
    expect(await db.sql.selectFrom('setting').selectAll().where('key', '=', 'd').execute()).toEqual([
      setting('d', '', 5),
    ])
  })

  it('says the same about a broken rule on every engine', async () => {
    const db = await open()
    const principal = (id: string) =>
      db.sql.insertInto('principal').values({ id, kind: 'user', created_at: 1, deleted_at: null })
    const account = (id: string, username: string) =>
      db.sql.insertInto('account').values({
        principal_id: id,
        username,
        display_name: '',
        password_hash: null,
        admin: 0,
        status: 'active',
        created_at: 1,
        updated_at: 1,
        last_login_at: null,
        deleted_at: null,
      })
    await Promise.all(['a', 'b'].map((id) => principal(id).execute()))
    await account('a', 'ann').execute()
    const sample = db.sql.insertInto('sample').values({ series: 's', resolution: 1, at: 1, value: 1 })
    await sample.execute()

    expect(await failureOf(principal('a').execute())).toEqual(failure('CONFLICT', ['principal.id']))
    expect(await failureOf(account('b', 'ann').execute())).toEqual(failure('CONFLICT', ['account.username']))
    expect(await failureOf(sample.execute())).toEqual(
      failure('CONFLICT', ['sample.series', 'sample.resolution', 'sample.at']),
    )
    expect(await failureOf(account('stranger', 'bob').execute())).toEqual(failure('REFERENCED'))
    expect(await failureOf(db.sql.deleteFrom('principal').where('id', '=', 'a').execute())).toEqual(
      failure('REFERENCED'),
    )
    // @ts-expect-error -- the column may not be null, which the types know as well
    const withoutValue = db.sql.insertInto('setting').values({ key: 'k', value: null, updated_at: 1 })
    expect(await failureOf(withoutValue.execute())).toEqual(failure('INVALID', ['setting.value']))
    // @ts-expect-error -- there is no such table
    expect(await failureOf(db.sql.selectFrom('nowhere').selectAll().execute())).toEqual(failure('INVALID'))
  })
}

const storeNames: UnitDefinition<{ body: Uint8Array; at: number }, { stored: number }> = {
  name: 'contract.store-names',
  sqlite: new URL('./database.unit.ts', import.meta.url),
  postgres: async (client, { body, at }) => {
    const names = JSON.parse(new TextDecoder().decode(body)) as string[] // the test wrote it
    if (names.includes('bad')) throw new Error('a bad name')
    const { affected } = await client.query(
      `insert into setting (key, value, updated_at) select name, '', $2 from unnest($1::text[]) name`,
      [names, at],
    )
    return { stored: affected }
  },
}
