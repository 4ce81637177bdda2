import { readFileSync, readdirSync } from 'node:fs'

import { describeDatabases } from '@mllab/testkit/database'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'

import type { Database } from '../ports/database.ts'

interface Column {
  readonly kind: 'text' | 'number' | 'bytes'
  readonly nullable: boolean
}
type Schema = Record<string, Record<string, Column>>

/** Columns no program may read, so the types do not have them. */
const HIDDEN = new Set(['event.xid'])

describe('the types of the tables', () => {
  it('are all part of `Tables`', () => {
    const schema = readFileSync(new URL('./schema.ts', import.meta.url), 'utf8')
    const extended = /interface Tables\s+extends\s+([^{]+)\{/.exec(schema)?.[1] ?? ''
    expect(
      extended
        .split(',')
        .map((name) => name.trim())
        .toSorted(),
    ).toEqual(declared().interfaces.toSorted())
  })
})

describeDatabases('the types of the tables', (open) => {
  it('are what the migrations make: tables, columns, kinds, and what may be null', async () => {
    const db = await open()
    const made = db.dialect === 'sqlite' ? await sqliteSchema(db) : await postgresSchema(db)
    delete made['migration']
    expect(made).toEqual(declared().schema)
  })
})

/** Reads `interface XTables { table: { column: type … } … }` of every file in `tables/`; their form is this and nothing else. */
function declared(): { schema: Schema; interfaces: string[] } {
  const folder = new URL('./tables/', import.meta.url)
  const schema: Schema = {}
  const interfaces: string[] = []
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
    for (const [, name = '', body = ''] of text.matchAll(/export interface (\w+) \{\n([^]*?)\n\}/g)) {
      interfaces.push(name)
      for (const [, table = '', columns = ''] of body.matchAll(/^ {2}(\w+): \{([^}]*)\}/gm))
        schema[table] = declaredColumns(columns)
    }
  }
  return { schema, interfaces }
}

function declaredColumns(body: string): Record<string, Column> {
  const columns: Record<string, Column> = {}
  for (const [, name = '', type = ''] of body.matchAll(/(\w+): ([^;\n]*(?:\n\s*\|[^;\n]*)*)/g))
    columns[name] = declaredColumn(type)
  return columns
}

function declaredColumn(type: string): Column {
  const kind = /\bnumber\b/.test(type) ? 'number' : /\bUint8Array\b/.test(type) ? 'bytes' : 'text'
  return { kind, nullable: /\| null\b/.test(type) }
}

async function sqliteSchema(db: Database): Promise<Schema> {
  const { rows } = await sql<{ table: string; name: string; type: string; notnull: number; pk: number }>`
    select t.name as "table", c.name, c.type, c."notnull", c.pk from sqlite_schema t, pragma_table_info(t.name) c
    where t.type = 'table' and t.name not like 'sqlite_%'`.execute(db.sql)
  return schemaOf(
    rows.map(({ table, name, type, notnull, pk }) => ({ table, name, type, nullable: notnull === 0 && pk === 0 })),
  )
}

async function postgresSchema(db: Database): Promise<Schema> {
  const { rows } = await sql<{ table: string; name: string; type: string; nullable: number }>`
    select table_name as "table", column_name as name, data_type as type, is_nullable = 'YES' as nullable
    from information_schema.columns where table_schema = current_schema()`.execute(db.sql)
  return schemaOf(rows.map((row) => ({ ...row, nullable: row.nullable === 1 })))
}

function schemaOf(rows: readonly { table: string; name: string; type: string; nullable: boolean }[]): Schema {
  const schema: Schema = {}
  for (const { table, name, type, nullable } of rows) {
    if (HIDDEN.has(`${table}.${name}`)) continue
    const columns = (schema[table] ??= {})
    columns[name] = { kind: kindOf(type), nullable }
  }
  return schema
}

function kindOf(type: string): Column['kind'] {
  if (/int|real|double/i.test(type)) return 'number'
  return /blob|bytea/i.test(type) ? 'bytes' : 'text'
}
