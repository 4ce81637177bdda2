import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely'

import type { Database } from '../../../ports/database.ts'
import type { Comparison, SearchWords, SortTerm } from '../search/grammar.ts'
import { textCondition } from '../search/predicates.ts'
import type { SortColumn } from '../search/sorted.ts'

/** What registered models can be searched by (MLflow: SearchModelUtils). */
export const registeredModelWords: SearchWords = {
  entities: ['attribute', 'tag'],
  textAttributes: ['name'],
  numberAttributes: ['creation_timestamp', 'last_updated_timestamp'],
  aliases: { timestamp: 'last_updated_timestamp' },
}

/** And their versions (SearchModelVersionUtils). */
export const modelVersionWords: SearchWords = {
  entities: ['attribute', 'tag'],
  textAttributes: ['name', 'run_id', 'source_path'],
  numberAttributes: ['version_number', 'creation_timestamp', 'last_updated_timestamp'],
  listAttributes: ['name', 'run_id'],
}

const modelColumns: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql`registered_model.name`,
  creation_timestamp: sql`registered_model.created_at`,
  last_updated_timestamp: sql`registered_model.updated_at`,
}

const versionColumns: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql`registered_model.name`,
  run_id: sql`coalesce(model_version.run_id, '')`,
  source_path: sql`model_version.source`,
  version_number: sql`model_version.version`,
  creation_timestamp: sql`model_version.created_at`,
  last_updated_timestamp: sql`model_version.updated_at`,
}

export function registeredModelCondition(db: Database, comparison: Comparison): Expression<SqlBool> {
  return conditionOn(db, comparison, modelColumns, sql`registered_model_tag x where x.model_id = registered_model.id`)
}

export function modelVersionCondition(db: Database, comparison: Comparison): Expression<SqlBool> {
  return conditionOn(
    db,
    comparison,
    versionColumns,
    sql`model_version_tag x where x.model_id = model_version.model_id and x.version = model_version.version`,
  )
}

export function registeredModelSort(sort: readonly SortTerm[]): SortColumn[] {
  return [
    ...sort.flatMap(({ key, ascending }) => {
      const expression = modelColumns[key]
      return expression ? [{ expression, ascending }] : []
    }),
    { expression: sql`registered_model.name`, ascending: true },
  ]
}

/** Last changed first unless it is asked otherwise. */
export function modelVersionSort(sort: readonly SortTerm[]): SortColumn[] {
  return [
    ...sort.flatMap(({ key, ascending }) => {
      const expression = versionColumns[key]
      return expression ? [{ expression, ascending }] : []
    }),
    { expression: sql`model_version.updated_at`, ascending: false },
    { expression: sql`registered_model.name`, ascending: true },
    { expression: sql`model_version.version`, ascending: false },
  ]
}

function conditionOn(
  db: Database,
  comparison: Comparison,
  columns: Readonly<Record<string, RawBuilder<unknown>>>,
  tags: RawBuilder<unknown>,
): Expression<SqlBool> {
  const { entity, key, operator, value } = comparison
  if (entity === 'tag') {
    const there = sql`select 1 from ${tags} and x.key = ${key}`
    // MLflow asks for what is no prompt by the tag that only prompts have.
    const absentMeansFalse =
      key === 'mlflow.prompt.is_prompt' &&
      ((operator === '!=' && value === 'true') || (operator === '=' && value === 'false'))
    if (absentMeansFalse) return sql<SqlBool>`not exists (${there} and x.value = 'true')`
    if (operator === 'IS NULL') return sql<SqlBool>`not exists (${there})`
    if (operator === 'IS NOT NULL') return sql<SqlBool>`exists (${there})`
    return sql<SqlBool>`exists (${there} and ${textCondition(db, sql.ref('x.value'), comparison, false)})`
  }
  const column = columns[key]
  if (!column) return sql<SqlBool>`1 = 0`
  if (typeof value === 'number') return sql<SqlBool>`${column} ${sql.raw(operator === '!=' ? '<>' : operator)} ${value}`
  return textCondition(db, column, comparison, false)
}
