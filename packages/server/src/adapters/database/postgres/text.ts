import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely'

import { checkPattern } from '../patterns.ts'

export interface TextSearch {
  contains(column: Expression<string>, text: string): Expression<SqlBool>
  like(column: Expression<string>, pattern: string, options: { caseSensitive: boolean }): Expression<SqlBool>
}

/** Columns are `collate "C"`, which folds ASCII only; so folding names a collation that knows all letters. */
export function createTextSearch(foldingCollation: string): TextSearch {
  const collation = sql.id(foldingCollation)
  const folded = (text: Expression<string> | RawBuilder<string>) => sql<string>`lower(${text} collate ${collation})`
  const given = (text: string) => sql<string>`cast(${text} as text)`

  return {
    contains: (column, text) => sql<SqlBool>`position(${folded(given(text))} in ${folded(column)}) > 0`,
    like: (column, pattern, { caseSensitive }) => {
      checkPattern(pattern)
      return caseSensitive
        ? sql<SqlBool>`${column} like ${given(pattern)}`
        : sql<SqlBool>`${folded(column)} like ${folded(given(pattern))}`
    },
  }
}
