import { sql, type RawBuilder, type SqlBool } from 'kysely'

import type { CursorValues } from '../../../core/pages.ts'
import type { Database } from '../../../ports/database.ts'
import type { Lifecycle } from '../experiments/experiments.store.ts'
import type { Comparison, SortTerm } from './grammar.ts'
import { attributeColumns, condition, inScope, metricCondition, type KeyIds, type SearchScope } from './predicates.ts'
import type { Few } from './selective.ts'
import { sortedPage, type SortColumn } from './sorted.ts'

/** A run that was found, and where it stands in the order. */
export interface Found {
  readonly ref: number
  readonly position: CursorValues
}

export interface Walk {
  readonly db: Database
  readonly scope: SearchScope
  readonly keys: KeyIds
  readonly lifecycle: Lifecycle
  readonly comparisons: readonly Comparison[]
  /** Part of the name. */
  readonly name: string | undefined
  /** Where to begin, if few runs can match. */
  readonly few: Few | undefined
  readonly limit: number
  readonly after: CursorValues | undefined
}

/** Rows of `run` that match. What may have to look at many of them goes to the reader of scans, so that it holds up nobody. */
function matching(walk: Walk, comparisons: readonly Comparison[] = walk.comparisons) {
  const { db, scope, keys, lifecycle, name, few } = walk
  const mayBeLong = !few && (comparisons.length > 0 || name !== undefined)
  const engine = mayBeLong ? db.scans : db.sql
  const base = few
    ? engine
        // A cross join is never turned round by SQLite: it begins with the few.
        .selectFrom(few.distinct().as('few'))
        .crossJoin('run')
        .where(sql<SqlBool>`run.ref = few.run`)
    : engine.selectFrom('run')
  let query = base.where(
    'projectId' in scope ? sql<SqlBool>`run.project_id = ${scope.projectId}` : inScope('run.experiment', scope),
  )
  if (lifecycle !== 'all') query = query.where('run.deleted_at', lifecycle === 'living' ? 'is' : 'is not', null)
  for (const one of comparisons) query = query.where(condition(db, keys, one))
  if (name !== undefined) query = query.where(db.contains(sql.ref<string>('run.name'), name))
  return query
}

export async function walkByStart(walk: Walk, ascending: boolean): Promise<Found[]> {
  const direction = ascending ? 'asc' : 'desc'
  let query = matching(walk).select(['run.ref', 'run.started_at'])
  if (walk.after)
    query = query.where(
      sql<SqlBool>`(run.started_at, run.ref) ${sql.raw(ascending ? '>' : '<')} (${walk.after[0]}, ${walk.after[1]})`,
    )
  const rows = await query
    .orderBy('run.started_at', direction)
    .orderBy('run.ref', direction)
    .limit(walk.limit)
    .execute()
  return rows.map((row) => ({ ref: row.ref, position: [row.started_at, row.ref] }))
}

/** By the first 200 characters: as much of a name as the index has. */
export async function walkByName(walk: Walk, ascending: boolean): Promise<Found[]> {
  const direction = ascending ? 'asc' : 'desc'
  const name = sql<string>`substr(run.name, 1, 200)`
  let query = matching(walk).select(['run.ref', name.as('start')])
  if (walk.after)
    query = query.where(
      sql<SqlBool>`(${name}, run.ref) ${sql.raw(ascending ? '>' : '<')} (${walk.after[0]}, ${walk.after[1]})`,
    )
  const rows = await query.orderBy(name, direction).orderBy('run.ref', direction).limit(walk.limit).execute()
  return rows.map((row) => ({ ref: row.ref, position: [row.start, row.ref] }))
}

/**
 * By the latest value of a metric, along its index: first the numbers, then NaN, then the runs without the metric. Each part is a walk of
 * its own and a page may begin in one and end in the next.
 */
export async function walkByMetric(walk: Walk, key: string, ascending: boolean): Promise<Found[]> {
  const id = walk.keys.get(key)
  const onIt = walk.comparisons.filter((one) => one.entity === 'metric' && one.key === key)
  const others = walk.comparisons.filter((one) => !onIt.includes(one))
  const needsNumber = onIt.some(({ operator }) => operator !== '!=')
  const parts: ((after: CursorValues | undefined, limit: number) => Promise<Found[]>)[] = [
    (after, limit) =>
      id === undefined ? Promise.resolve([]) : numbers(walk, id, onIt, others, ascending, after, limit),
    (after, limit) =>
      id === undefined || needsNumber ? Promise.resolve([]) : notNumbers(walk, id, onIt, others, after, limit),
    (after, limit) => (onIt.length > 0 ? Promise.resolve([]) : without(walk, id, after, limit)),
  ]
  const found: Found[] = []
  const [firstPart = 0, ...place] = walk.after ?? []
  for (let part = Number(firstPart); part < parts.length && found.length < walk.limit; part += 1) {
    const after = walk.after && part === Number(firstPart) ? place : undefined
    found.push(...((await parts[part]?.(after, walk.limit - found.length)) ?? []))
  }
  return found
}

async function numbers(
  walk: Walk,
  id: number,
  onIt: readonly Comparison[],
  others: readonly Comparison[],
  ascending: boolean,
  after: CursorValues | undefined,
  limit: number,
): Promise<Found[]> {
  let query = withMetric(walk, id, others, 0)
  for (const one of onIt) query = query.where(metricCondition('latest', one))
  if (after) {
    const value = Number(after[0])
    const beyond = sql.raw(ascending ? '>' : '<')
    query = query.where(
      sql<SqlBool>`latest.value ${beyond}= ${value} and (latest.value ${beyond} ${value} or latest.run < ${after[1]})`,
    )
  }
  const rows = await query
    .orderBy('latest.value', ascending ? 'asc' : 'desc')
    .orderBy('latest.run', 'desc')
    .limit(limit)
    .execute()
  // As text, since JSON has no infinities.
  return rows.map((row) => ({ ref: row.ref, position: [0, String(row.value), row.ref] }))
}

async function notNumbers(
  walk: Walk,
  id: number,
  onIt: readonly Comparison[],
  others: readonly Comparison[],
  after: CursorValues | undefined,
  limit: number,
): Promise<Found[]> {
  let query = withMetric(walk, id, others, 1)
  for (const one of onIt) query = query.where(metricCondition('latest', one))
  if (after) query = query.where('latest.run', '<', Number(after[1]))
  const rows = await query.orderBy('latest.run', 'desc').limit(limit).execute()
  return rows.map((row) => ({ ref: row.ref, position: [1, 0, row.ref] }))
}

function withMetric(walk: Walk, id: number, comparisons: readonly Comparison[], isNan: 0 | 1) {
  return matching(walk, comparisons)
    .innerJoin('latest_metric as latest', 'latest.run', 'run.ref')
    .select(['run.ref', 'latest.value'])
    .where('latest.key', '=', id)
    .where('latest.is_nan', '=', isNan)
    .where(inScope('latest.experiment', walk.scope))
}

async function without(
  walk: Walk,
  id: number | undefined,
  after: CursorValues | undefined,
  limit: number,
): Promise<Found[]> {
  let query = matching(walk).select(['run.ref', 'run.started_at'])
  if (id !== undefined)
    query = query.where(
      sql<SqlBool>`not exists (select 1 from latest_metric x where x.run = run.ref and x.key = ${id})`,
    )
  if (after) query = query.where(sql<SqlBool>`(run.started_at, run.ref) < (${after[0]}, ${after[1]})`)
  const rows = await query.orderBy('run.started_at', 'desc').orderBy('run.ref', 'desc').limit(limit).execute()
  return rows.map((row) => ({ ref: row.ref, position: [2, row.started_at, row.ref] }))
}

/** Any order, by looking at every run that matches. What a run does not have comes last. */
export async function walkByTerms(walk: Walk, terms: readonly SortTerm[]): Promise<Found[]> {
  let query = refs(walk)
  const columns: SortColumn[] = []
  for (const [index, term] of terms.entries()) {
    const { rank, value, join } = sortColumns(walk.keys, term, `term_${index}`)
    columns.push({ expression: rank, ascending: true }, { expression: value, ascending: term.ascending })
    if (join) query = joined(query, join)
  }
  columns.push({ expression: sql`run.started_at`, ascending: false }, { expression: sql`run.ref`, ascending: false })
  const rows = await sortedPage(walk.db, query, columns, walk)
  return rows.map(({ row, position }) => ({ ref: row.ref, position }))
}

interface TermJoin {
  readonly table: 'latest_metric' | 'run_param' | 'run_tag'
  readonly alias: string
  readonly key: number
}

/** `rank` puts what is missing last, `value` is never null. */
function sortColumns(
  keys: KeyIds,
  { entity, key }: SortTerm,
  alias: string,
): { rank: RawBuilder<unknown>; value: RawBuilder<unknown>; join?: TermJoin } {
  if (entity === 'attribute') {
    const column = attributeColumns[key] ?? sql`run.started_at`
    const none = key === 'start_time' || key === 'end_time' ? sql`0` : sql`''`
    return { rank: sql`case when ${column} is null then 1 else 0 end`, value: sql`coalesce(${column}, ${none})` }
  }
  const id = keys.get(key)
  if (id === undefined || entity === 'dataset') return { rank: sql`1`, value: sql`0` }
  const value = sql.ref(`${alias}.value`)
  if (entity === 'metric')
    return {
      rank: sql`coalesce(${sql.ref(`${alias}.is_nan`)}, 2)`,
      value: sql`coalesce(${value}, 0)`,
      join: { table: 'latest_metric', alias, key: id },
    }
  return {
    rank: sql`case when ${value} is null then 1 else 0 end`,
    value: sql`coalesce(${value}, '')`,
    join: { table: entity === 'param' ? 'run_param' : 'run_tag', alias, key: id },
  }
}

/** The alias is known at run time only, so the type stays as it was. */
function joined<Query extends ReturnType<typeof refs>>(query: Query, { table, alias, key }: TermJoin): Query {
  const aliased = sql<{ run: number; key: number }>`${sql.table(table)}`.as(alias)
  return query.leftJoin(aliased, (join) =>
    join.on(sql<SqlBool>`${sql.ref(`${alias}.run`)} = run.ref and ${sql.ref(`${alias}.key`)} = ${key}`),
  ) as unknown as Query
}

function refs(walk: Walk) {
  return matching(walk).select('run.ref')
}
