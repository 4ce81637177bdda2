import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely'

import type { Database } from '../../../ports/database.ts'
import { runIdFromWire } from '../values.ts'
import type { Comparison } from './grammar.ts'

/** Where a search looks. Experiments by their inner number; the project's, if it is about all of them. */
export type SearchScope = { readonly experiments: readonly number[] } | { readonly projectId: string }

export type KeyIds = ReadonlyMap<string, number>

const never = sql<SqlBool>`1 = 0`
const always = sql<SqlBool>`1 = 1`

/** `column` holds the inner number of an experiment. */
export function inScope(column: string, scope: SearchScope): RawBuilder<SqlBool> {
  const ref = sql.ref(column)
  if ('projectId' in scope)
    return sql<SqlBool>`${ref} in (select ref from experiment where project_id = ${scope.projectId})`
  const [first, ...rest] = scope.experiments
  if (first === undefined) return never
  return rest.length === 0 ? sql<SqlBool>`${ref} = ${first}` : sql<SqlBool>`${ref} in (${sql.join(scope.experiments)})`
}

/** A comparison as a condition on a row of `run`. */
export function condition(db: Database, keys: KeyIds, comparison: Comparison): Expression<SqlBool> {
  const { entity, key, operator } = comparison
  switch (entity) {
    case 'metric': {
      const id = keys.get(key)
      if (id === undefined) return never
      return sql<SqlBool>`exists (select 1 from latest_metric x where x.run = run.ref and x.key = ${id} and ${metricCondition('x', comparison)})`
    }
    case 'param':
    case 'tag': {
      const id = keys.get(key)
      if (operator === 'IS NULL' && id === undefined) return always
      if (id === undefined) return never
      const table = sql.table(entity === 'param' ? 'run_param' : 'run_tag')
      const there = sql`select 1 from ${table} x where x.run = run.ref and x.key = ${id}`
      if (operator === 'IS NULL') return sql<SqlBool>`not exists (${there})`
      if (operator === 'IS NOT NULL') return sql<SqlBool>`exists (${there})`
      return sql<SqlBool>`exists (${there} and ${textCondition(db, sql.ref('x.value'), comparison, true)})`
    }
    case 'dataset': {
      const column = key === 'context' ? 'i.context' : `s.${key}`
      return sql<SqlBool>`exists (select 1 from run_dataset i join run_dataset_source s on s.id = i.dataset_id
        where i.run = run.ref and ${textCondition(db, sql.ref(column), comparison, false)})`
    }
    case 'attribute':
      return attributeCondition(db, comparison)
  }
}

/** On a row of `latest_metric`. NaN is neither more nor less than anything, but it is different. */
export function metricCondition(alias: string, { operator, value }: Comparison): RawBuilder<SqlBool> {
  const column = sql.ref(`${alias}.value`)
  const nan = sql.ref(`${alias}.is_nan`)
  if (operator === '!=') return sql<SqlBool>`(${nan} = 1 or ${column} <> ${Number(value)})`
  return sql<SqlBool>`${nan} = 0 and ${column} ${sql.raw(compared(operator))} ${Number(value)}`
}

/** `indexed`: the column has an index over its first 200 characters, which is as much as an index can take of what users write. */
export function textCondition(
  db: Database,
  column: RawBuilder<unknown>,
  { operator, value }: Pick<Comparison, 'operator' | 'value'>,
  indexed: boolean,
): Expression<SqlBool> {
  if (operator === 'IN' || operator === 'NOT IN') {
    const values = Array.isArray(value) ? value : [String(value)]
    return sql<SqlBool>`${column} ${sql.raw(operator === 'IN' ? 'in' : 'not in')} (${sql.join(values)})`
  }
  const text = String(value)
  if (operator === 'LIKE' || operator === 'ILIKE')
    return db.like(sql<string>`${column}`, escaped(text), { caseSensitive: operator === 'LIKE' })
  if (operator === '!=') return sql<SqlBool>`${column} <> ${text}`
  return indexed
    ? sql<SqlBool>`(substr(${column}, 1, 200) = ${firstCharacters(text)} and ${column} = ${text})`
    : sql<SqlBool>`${column} = ${text}`
}

/** Attributes as MLflow's clients see them. */
export const attributeColumns: Readonly<Record<string, RawBuilder<unknown>>> = {
  run_id: sql`replace(run.id, '-', '')`,
  run_name: sql`run.name`,
  user_id: sql`run.user_name`,
  status: sql`upper(case run.status when 'queued' then 'scheduled' else run.status end)`,
  artifact_uri: sql`('mlflow-artifacts:/' || (select e.number from experiment e where e.ref = run.experiment) || '/' || replace(run.id, '-', '') || '/artifacts')`,
  start_time: sql`run.started_at`,
  end_time: sql`run.ended_at`,
}

function attributeCondition(db: Database, comparison: Comparison): Expression<SqlBool> {
  const { key, operator, value } = comparison
  const ids = wantedRunIds(comparison)
  if (ids) return ids.length === 0 ? never : sql<SqlBool>`run.id in (${sql.join(ids)})`
  const column = attributeColumns[key]
  if (!column) return never
  if (typeof value === 'number') return sql<SqlBool>`${column} ${sql.raw(compared(operator))} ${value}`
  return textCondition(db, column, comparison, false)
}

/** The runs that a comparison names by id, which the index on ids finds. */
export function wantedRunIds({ entity, key, operator, value }: Comparison): string[] | undefined {
  if (entity !== 'attribute' || key !== 'run_id' || (operator !== '=' && operator !== 'IN')) return undefined
  const given: readonly string[] = Array.isArray(value) ? value.map(String) : [String(value)]
  return given.flatMap((one) => runIdFromWire(one) ?? [])
}

/** The operators are a closed list, so they may stand in SQL as they are. */
function compared(operator: Comparison['operator']): string {
  switch (operator) {
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return operator
    case '!=':
      return '<>'
    default:
      throw new Error(`${operator} does not compare numbers`)
  }
}

/** MLflow's patterns know no escape. */
function escaped(pattern: string): string {
  return pattern.replaceAll('\\', '\\\\')
}

/** SQL counts characters, JavaScript half surrogates. */
function firstCharacters(text: string): string {
  return text.length <= 200 ? text : Array.from(text.slice(0, 400)).slice(0, 200).join('')
}
