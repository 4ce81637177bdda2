import type { Database } from '@mllab/server/ports/database'
import { sql, type Expression, type SqlBool } from 'kysely'
import { expect, it } from 'vitest'

import type { OpenDatabase } from '../database.ts'
import { failure, failureOf, insertSetting } from './database.bodies.ts'

const NAMES = [
  '100%',
  '100 euro',
  'a_b',
  'aXb',
  'A*b',
  'a[b]?',
  'back\\slash',
  'Größe',
  'GRÖSSE',
  'Übung',
  "o'hara",
  'two\nlines',
  '',
]

export function textSearch(open: OpenDatabase): void {
  it('finds text anywhere, without case, and takes wildcards literally', async () => {
    const db = await open()
    await fill(db)
    const containing = (text: string) => matching(db, (column) => db.contains(column, text))
    expect(await containing('%')).toEqual(['100%'])
    expect(await containing('_')).toEqual(['a_b'])
    expect(await containing('*')).toEqual(['A*b'])
    expect(await containing('[B]?')).toEqual(['a[b]?'])
    expect(await containing('\\')).toEqual(['back\\slash'])
    expect(await containing('übung')).toEqual(['Übung'])
    expect(await containing('GRÖ')).toEqual(['GRÖSSE', 'Größe'])
    expect(await containing("O'H")).toEqual(["o'hara"])
    expect(await containing('')).toEqual(NAMES.toSorted())
    expect(await containing('100% x')).toEqual([])
  })

  it('knows the wildcards of like, with and without case', async () => {
    const db = await open()
    await fill(db)
    const like = (pattern: string, caseSensitive: boolean) =>
      matching(db, (column) => db.like(column, pattern, { caseSensitive }))
    expect(await like('100%', true)).toEqual(['100 euro', '100%'])
    expect(await like('100\\%', true)).toEqual(['100%'])
    expect(await like('a_b', true)).toEqual(['aXb', 'a_b'])
    expect(await like('a_b', false)).toEqual(['A*b', 'aXb', 'a_b'])
    expect(await like('a\\_b', false)).toEqual(['a_b'])
    expect(await like('A*b', true)).toEqual(['A*b'])
    expect(await like('a[b]?', true)).toEqual(['a[b]?'])
    expect(await like('back\\\\slash', true)).toEqual(['back\\slash'])
    expect(await like('ü%', true)).toEqual([])
    expect(await like('ü%', false)).toEqual(['Übung'])
    expect(await like('gr_%e', false)).toEqual(['GRÖSSE', 'Größe'])
    expect(await like('two%', true)).toEqual(['two\nlines'])
    expect(await like('', true)).toEqual([''])
    expect(await like('%', true)).toEqual(NAMES.toSorted())
  })

  it('refuses patterns that one engine cannot take', async () => {
    const db = await open()
    const search = async (pattern: string) =>
      matching(db, (column) => db.like(column, pattern, { caseSensitive: true }))
    expect(await failureOf(search('ends with \\'))).toEqual(failure('INVALID'))
    expect(await failureOf(search('%'.repeat(10_001)))).toEqual(failure('INVALID'))
    expect(await search('%'.repeat(100))).toEqual([])
  })
}

async function fill(db: Database): Promise<void> {
  await Promise.all(NAMES.map((name, index) => insertSetting(db, `k${index}`, name).execute()))
}

async function matching(
  db: Database,
  condition: (column: Expression<string>) => Expression<SqlBool>,
): Promise<string[]> {
  const rows = await db.sql
    .selectFrom('setting')
    .select('value')
    .where(condition(sql.ref<string>('setting.value')))
    .orderBy('value')
    .execute()
  return rows.map((row) => row.value)
}
