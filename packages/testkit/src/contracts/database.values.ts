import { sql } from 'kysely'
import { expect, it } from 'vitest'

import type { OpenDatabase } from '../database.ts'
import { failure, failureOf, insertSetting, setting, settingKeys } from './database.bodies.ts'

export function values(open: OpenDatabase): void {
  it('come back as they went in', async () => {
    const db = await open()
    const texts = ['', ' ', '1', '1.0', 'Größe', '日本', '👩‍🔬', "o'hara", '\t\n\u0001', '\uffff', 'x'.repeat(100_000)]
    for (const [index, text] of texts.entries())
      await insertSetting(db, `t${String(index).padStart(2, '0')}`, text).execute()
    const stored = await db.sql.selectFrom('setting').select('value').orderBy('key').execute()
    expect(stored.map((row) => row.value)).toEqual(texts)

    const integers = [0, 1, -1, 2 ** 31, Date.UTC(2026, 0), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
    for (const at of integers)
      await db.sql.insertInto('sample').values({ series: 'i', resolution: 1, at, value: 0 }).execute()
    const ats = await db.sql.selectFrom('sample').select('at').where('series', '=', 'i').orderBy('at').execute()
    expect(ats.map((row) => row.at)).toEqual(integers.toSorted((left, right) => left - right))

    const reals = [0, 1, -1.5, 0.1, 1 / 3, 5e-324, 1.797e308, 2 ** 53 + 2, 1e300, Infinity, -Infinity]
    for (const [at, value] of reals.entries())
      await db.sql.insertInto('sample').values({ series: 'r', resolution: 1, at, value }).execute()
    const points = await db.sql.selectFrom('sample').select('value').where('series', '=', 'r').orderBy('at').execute()
    expect(points.map((row) => row.value)).toEqual(reals)
  })

  it('may be bytes, also a small slice of a large buffer', async () => {
    const db = await open()
    const nonce = Buffer.from('....nonce....').subarray(4, 9)
    const body = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    await db.sql.insertInto('sealed').values({ id: 'a', key_id: '', nonce, body, created_at: 1 }).execute()
    const row = await db.sql.selectFrom('sealed').select(['nonce', 'body']).executeTakeFirstOrThrow()
    expect(row).toEqual({ nonce: new Uint8Array(nonce), body })
    expect(body).toHaveLength(70_000)
  })

  it('of type boolean are 0 and 1, and minus zero is zero', async () => {
    const db = await open()
    const insert = sql`insert into sample (series, resolution, at, value) values ('b', 1, ${true}, ${-0}), ('b', 1, ${false}, 2)`
    await insert.execute(db.sql)
    const rows = await db.sql.selectFrom('sample').select(['at', 'value']).orderBy('at').execute()
    expect(rows).toEqual([
      { at: 0, value: 2 },
      { at: 1, value: 0 },
    ])
    expect(Object.is(rows[1]?.value, 0)).toBe(true)
  })

  it('that one engine would change or refuse are refused by both', async () => {
    const db = await open()
    const bad: unknown[] = [
      'a\0b',
      'half \ud800',
      '\udfff',
      Number.NaN,
      undefined,
      2n ** 53n,
      -(2n ** 53n),
      new Date(0),
      { a: 1 },
      [1],
      Symbol('s'),
    ]
    for (const value of bad) {
      const insert = sql`insert into setting (key, value, updated_at) values ('k', ${value}, 1)`
      expect([value, await failureOf(insert.execute(db.sql))]).toEqual([value, failure('INVALID')])
      const batch = async () =>
        db.batch([{ query: insertSetting(db, 'b').compile() }, { query: insert.compile(db.sql) }])
      expect([value, await failureOf(batch())]).toEqual([value, failure('INVALID')])
    }
    expect(await settingKeys(db)).toEqual([])
  })

  it('beyond 2^53 are refused when they are read', async () => {
    const db = await open()
    await sql`insert into setting (key, value, updated_at) values ('k', '', 9007199254740993)`.execute(db.sql)
    expect(await failureOf(db.sql.selectFrom('setting').selectAll().execute())).toEqual(failure('INVALID'))
    expect(await settingKeys(db)).toEqual(['k'])
  })

  it('that are integers compute and compare as integers, and read as text without a fraction', async () => {
    const db = await open()
    await db.sql
      .insertInto('setting')
      .values(setting('k', '1', 7))
      .execute()
    const query = sql<
      Record<string, unknown>
    >`select updated_at / ${2} as half, updated_at % ${4} as rest, ${3} || value as text from setting
      where updated_at = ${7} and value = ${'1'} limit ${1}`
    expect((await query.execute(db.sql)).rows).toEqual([{ half: 3, rest: 3, text: '31' }])
  })

  it('that were counted are numbers', async () => {
    const db = await open()
    await Promise.all(['a', 'b', 'c'].map((key) => insertSetting(db, key).execute()))
    const query = db.sql
      .selectFrom('setting')
      .select((build) => [
        build.fn.countAll().as('count'),
        build.fn.sum('updated_at').as('sum'),
        build.fn.max('updated_at').as('max'),
        build.exists(build.selectFrom('setting').select('key').where('key', '=', 'z')).as('known'),
      ])
    expect(await query.execute()).toEqual([{ count: 3, sum: 3, max: 1, known: 0 }])
    const event = {
      id: 'e',
      project_id: null,
      type: '',
      subject_kind: '',
      subject_id: '',
      actor_id: null,
      at: 1,
      payload: '{}',
    }
    expect(await db.sql.insertInto('event').values(event).returning('seq').execute()).toEqual([{ seq: 1 }])
  })

  it('are sorted by code point', async () => {
    const db = await open()
    const keys = ['Z', 'a', 'B', 'ä', '-', '_', '10', '9', 'é', '😀', '\uff5e']
    await Promise.all(keys.map((key) => insertSetting(db, key).execute()))
    const bytes = (text: string) => Buffer.from(text)
    expect(await settingKeys(db)).toEqual(keys.toSorted((left, right) => bytes(left).compare(bytes(right))))
  })
}
