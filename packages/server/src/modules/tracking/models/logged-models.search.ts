import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely'

import type { Database } from '../../../ports/database.ts'
import type { Comparison, SearchWords, SortTerm } from '../search/grammar.ts'
import { metricCondition, textCondition } from '../search/predicates.ts'
import type { SortColumn } from '../search/sorted.ts'
import { runIdFromWire } from '../values.ts'

/** What logged models can be searched by (MLflow: SearchLoggedModelsUtils). */
export const loggedModelWords: SearchWords = {
  entities: ['metric', 'param', 'tag', 'attribute'],
  textAttributes: ['name', 'model_id', 'model_type', 'status', 'source_run_id'],
  numberAttributes: ['creation_timestamp', 'last_updated_timestamp'],
  aliases: { creation_time: 'creation_timestamp', last_updated_time: 'last_updated_timestamp' },
}

const attributes: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql`logged_model.name`,
  model_id: sql`logged_model.id`,
  model_type: sql`logged_model.type`,
  // Its clients say READY; the wire says LOGGED_MODEL_READY.
  status: sql`replace(logged_model.status, 'LOGGED_MODEL_', '')`,
  source_run_id: sql`(select replace(run.id, '-', '') from run where run.ref = logged_model.run)`,
  creation_timestamp: sql`logged_model.created_at`,
  last_updated_timestamp: sql`logged_model.updated_at`,
}

export function modelCondition(
  db: Database,
  comparison: Comparison,
  datasets: readonly { name: string; digest: string | undefined }[],
): Expression<SqlBool> {
  const { entity, key, operator, value } = comparison
  if (entity === 'metric') {
    const onDataset =
      datasets.length === 0
        ? sql``
        : sql` and (${sql.join(
            datasets.map(({ name }) => sql`x.dataset_name = ${name}`),
            sql` or `,
          )})`
    return sql<SqlBool>`exists (select 1 from logged_model_metric x where x.model_id = logged_model.id and x.key = ${key}
      and ${metricCondition('x', comparison)}${onDataset})`
  }
  if (entity === 'param' || entity === 'tag') {
    const table = sql.table(entity === 'param' ? 'logged_model_param' : 'logged_model_tag')
    const there = sql`select 1 from ${table} x where x.model_id = logged_model.id and x.key = ${key}`
    if (operator === 'IS NULL') return sql<SqlBool>`not exists (${there})`
    if (operator === 'IS NOT NULL') return sql<SqlBool>`exists (${there})`
    return sql<SqlBool>`exists (${there} and ${textCondition(db, sql.ref('x.value'), comparison, false)})`
  }
  const column = attributes[key]
  if (!column) return sql<SqlBool>`1 = 0`
  if (typeof value === 'number') return sql<SqlBool>`${column} ${sql.raw(operator === '!=' ? '<>' : operator)} ${value}`
  if (key === 'source_run_id' && operator === '=') {
    const id = runIdFromWire(String(value))
    return sql<SqlBool>`logged_model.run = (select ref from run where id = ${id ?? ''})`
  }
  const plain = typeof value === 'string' && key === 'status' ? value.replace(/^LOGGED_MODEL_/, '') : value
  return textCondition(db, column, { operator, value: plain }, false)
}

/** Newest first unless it is asked otherwise. */
export function modelSortColumns(sort: readonly SortTerm[]): SortColumn[] {
  const asked = sort.flatMap(({ entity, key, ascending }) => {
    const value = sortValue(entity, key)
    return value === undefined
      ? []
      : [
          { expression: sql`case when ${value.expression} is null then 1 else 0 end`, ascending: true },
          { expression: sql`coalesce(${value.expression}, ${value.none})`, ascending },
        ]
  })
  return [
    ...asked,
    { expression: sql`logged_model.created_at`, ascending: false },
    { expression: sql`logged_model.id`, ascending: true },
  ]
}

function sortValue(entity: SortTerm['entity'], key: string) {
  if (entity === 'metric')
    return {
      expression: sql`(select x.value from logged_model_metric x where x.model_id = logged_model.id and x.key = ${key}
        and x.is_nan = 0 order by x.step desc, x.at desc limit 1)`,
      none: sql`0`,
    }
  if (entity === 'attribute') {
    const expression = attributes[key]
    return expression && { expression, none: loggedModelWords.numberAttributes.includes(key) ? sql`0` : sql`''` }
  }
  const table = sql.table(entity === 'param' ? 'logged_model_param' : 'logged_model_tag')
  return {
    expression: sql`(select x.value from ${table} x where x.model_id = logged_model.id and x.key = ${key})`,
    none: sql`''`,
  }
}
