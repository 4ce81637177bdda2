import { sql, type SqlBool } from 'kysely'

import type { Tables } from '../migrations/schema.ts'
import type { Database } from '../ports/database.ts'

/** How many there are (exact to 10 000) and which came first: what overviews show of any kind of thing. */
export interface Outline {
  readonly count: number
  readonly first: { readonly name: string; readonly at: number } | undefined
}

/** Counting stops here, so that an overview costs the same in a large project. */
const COUNT_LIMIT = 10_000

/** Outline of the living rows of a project, of those the projects of `visible` have. `at` is the column of their time. */
export async function outlineOf(
  db: Database,
  visible: { readonly projects: readonly string[] | 'all' },
  projectId: string,
  what: { readonly table: keyof Tables; readonly at: 'created_at' | 'started_at'; readonly kind?: string },
): Promise<Outline> {
  const seen = visible.projects === 'all' || visible.projects.includes(projectId)
  const kind = what.kind === undefined ? sql`` : sql` and kind = ${what.kind}`
  const living = sql<SqlBool>`project_id = ${projectId} and deleted_at is null${kind}`
  if (!seen) return { count: 0, first: undefined }
  const [table, at] = [sql.table(what.table), sql.ref<number>(what.at)]
  const some = sql<{ one: number }>`(select 1 as one from ${table} where ${living} limit ${sql.lit(COUNT_LIMIT)})`
  const first = sql<{
    name: string
    at: number
  }>`(select name, ${at} as at from ${table} where ${living} order by ${at} limit 1)`
  const [counted, earliest] = await Promise.all([
    db.sql
      .selectFrom(some.as('some'))
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
    db.sql.selectFrom(first.as('first')).select(['first.name', 'first.at']).executeTakeFirst(),
  ])
  return { count: Number(counted.count), first: earliest }
}
