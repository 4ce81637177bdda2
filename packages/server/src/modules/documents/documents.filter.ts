import type { DocumentFilter } from '@mllab/contract'
import { sql, type RawBuilder, type SqlBool } from 'kysely'

type Scalar = string | number | boolean | null
type Compared = '=' | '<>' | '>' | '>=' | '<' | '<='

const compared = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/** The conditions of a filter over the column `value`, all of which have to hold. */
export function filterConditions(dialect: 'sqlite' | 'postgres', filter: DocumentFilter): RawBuilder<SqlBool>[] {
  return Object.entries(filter).flatMap(([path, wanted]) => {
    const field = dialect === 'sqlite' ? sqliteField(path) : postgresField(path)
    if (typeof wanted !== 'object' || wanted === null) return [compare(field, '=', wanted)]
    const { in: oneOf, exists, ...others } = wanted
    return [
      ...Object.entries(others).flatMap(
        ([name, value]) =>
          value === undefined ? [] : [compare(field, compared[name as keyof typeof compared], value)], // the contract knows no others
      ),
      ...(oneOf
        ? [
            sql<SqlBool>`(${sql.join(
              oneOf.map((value) => compare(field, '=', value)),
              sql` or `,
            )})`,
          ]
        : []),
      ...(exists === undefined ? [] : [exists ? field.exists : sql<SqlBool>`not ${field.exists}`]),
    ]
  })
}

/** A field of a document, as each engine reaches it. A value of another type than the one compared with never matches. */
interface Field {
  readonly exists: RawBuilder<SqlBool>
  is(type: 'text' | 'number' | 'boolean' | 'null'): RawBuilder<SqlBool>
  readonly text: RawBuilder<string>
  readonly number: RawBuilder<number>
  readonly boolean: RawBuilder<number>
}

function compare(field: Field, operator: Compared, value: Scalar): RawBuilder<SqlBool> {
  if (operator === '<>') return sql<SqlBool>`not ${compare(field, '=', value)}`
  if (value === null) return field.is('null')
  const op = sql.raw(operator)
  // The type is looked at first, whatever order an engine likes: a cast of something else would fail.
  if (typeof value === 'string')
    return sql<SqlBool>`(case when ${field.is('text')} then ${field.text} ${op} ${value} else false end)`
  if (typeof value === 'number')
    return sql<SqlBool>`(case when ${field.is('number')} then ${field.number} ${op} ${value} else false end)`
  return sql<SqlBool>`(case when ${field.is('boolean')} then ${field.boolean} = ${value ? 1 : 0} else false end)`
}

const sqliteTypes = {
  text: sql`('text')`,
  number: sql`('integer', 'real')`,
  boolean: sql`('true', 'false')`,
  null: sql`('null')`,
} as const

function sqliteField(path: string): Field {
  const at = sql.lit(
    `$${path
      .split('.')
      .map((name) => `."${name}"`)
      .join('')}`,
  )
  const found = sql<never>`json_extract(value, ${at})`
  return {
    exists: sql`(json_type(value, ${at}) is not null)`,
    is: (type) => sql`(coalesce(json_type(value, ${at}), '') in ${sqliteTypes[type]})`,
    text: found,
    number: found,
    boolean: found,
  }
}

const postgresTypes = { text: 'string', number: 'number', boolean: 'boolean', null: 'null' } as const

function postgresField(path: string): Field {
  // In quotes, for a field named `null` would be none.
  const at = sql.lit(
    `{${path
      .split('.')
      .map((name) => `"${name}"`)
      .join(',')}}`,
  )
  const text = sql<string>`(value::jsonb #>> ${at}::text[])`
  return {
    exists: sql`(value::jsonb #> ${at}::text[] is not null)`,
    is: (type) => sql`(coalesce(jsonb_typeof(value::jsonb #> ${at}::text[]), '') = ${sql.lit(postgresTypes[type])})`,
    text: sql`(${text} collate "C")`,
    number: sql`(${text}::double precision)`,
    boolean: sql`(case when ${text} = 'true' then 1 else 0 end)`,
  }
}
