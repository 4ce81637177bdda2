import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely'

import type { CursorValues } from '../../../core/pages.ts'
import type { Tables } from '../../../migrations/schema.ts'
import type { Database } from '../../../ports/database.ts'

export interface SortColumn {
  /** Never null, and in the end unique: what is missing gets a rank of its own in a column before. */
  readonly expression: RawBuilder<unknown>
  readonly ascending: boolean
}

export interface SortedRow<Row> {
  readonly row: Row
  readonly position: CursorValues
}

/**
 * A page in an order that no index has: everything that matches is sorted, on the reader of scans. The position of a row is the
 * values it was sorted by, so that the next page begins behind it whatever came or went meanwhile.
 */
export async function sortedPage<TB extends keyof Tables, Row>(
  db: Database,
  matching: SelectQueryBuilder<Tables, TB, Row>,
  columns: readonly SortColumn[],
  page: { readonly after: CursorValues | undefined; readonly limit: number },
): Promise<SortedRow<Row>[]> {
  const named = columns.map((column, index) => ({ ...column, name: `sort_${index}` }))
  const inner = matching.select(named.map(({ name, expression }) => expression.as(name)))
  // Kysely cannot know columns that are named at run time.
  const engine = db.scans as unknown as Kysely<{ found: Record<string, unknown> }>
  let query = engine.selectFrom(inner.as('found') as never).selectAll()
  const { after } = page
  if (after?.length === named.length)
    query = query.where(
      sql<SqlBool>`(${sql.join(
        named.map((_, index) => beyond(named.slice(0, index + 1), after)),
        sql` or `,
      )})`,
    )
  for (const { name, ascending } of named) query = query.orderBy(sql.ref(name), ascending ? 'asc' : 'desc')
  const rows = (await query.limit(page.limit).execute()) as (Row & Record<string, unknown>)[]
  return rows.map((row) => ({ row, position: named.map(({ name }) => forCursor(row[name])) }))
}

/** All columns but the last are equal, and the last is further on. */
function beyond(columns: readonly { name: string; ascending: boolean }[], after: CursorValues): RawBuilder<SqlBool> {
  const parts = columns.map(({ name, ascending }, index) => {
    const comparison = index < columns.length - 1 ? '=' : ascending ? '>' : '<'
    const given = after[index]
    const value = given === INFINITE ? Infinity : given === `-${INFINITE}` ? -Infinity : given
    return sql<SqlBool>`${sql.ref(name)} ${sql.raw(comparison)} ${value}`
  })
  return sql<SqlBool>`(${sql.join(parts, sql` and `)})`
}

/** JSON has no infinities; no text of a user begins with NUL. */
const INFINITE = '\0Infinity'

function forCursor(value: unknown): string | number | null {
  if (value === Infinity) return INFINITE
  if (value === -Infinity) return `-${INFINITE}`
  return typeof value === 'number' || typeof value === 'string' ? value : null
}
