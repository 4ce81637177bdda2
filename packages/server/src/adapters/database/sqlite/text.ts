import { sql, type Expression, type SqlBool } from 'kysely'

import { checkPattern, globFromLike } from '../patterns.ts'

/** `lab_fold` is registered on every connection: SQLite by itself folds ASCII only. */
export function contains(column: Expression<string>, text: string): Expression<SqlBool> {
  return sql<SqlBool>`instr(lab_fold(${column}), ${text.toLowerCase()}) > 0`
}

/** SQLite's own `like` ignores the case of ASCII letters, so both are GLOB. */
export function like(
  column: Expression<string>,
  pattern: string,
  { caseSensitive }: { caseSensitive: boolean },
): Expression<SqlBool> {
  const glob = globFromLike(checkPattern(pattern))
  return caseSensitive
    ? sql<SqlBool>`${column} glob ${glob}`
    : sql<SqlBool>`lab_fold(${column}) glob ${glob.toLowerCase()}`
}
