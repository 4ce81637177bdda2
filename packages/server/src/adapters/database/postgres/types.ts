import { PortError } from '@mllab/kernel'
import pg from 'pg'

const { builtins } = pg.types

/**
 * Values come back as SQLite gives them: counts and sums as numbers (`INVALID` beyond 2^53), `exists(…)` as 0 or 1, bytes as
 * `Uint8Array`. pg by itself answers the first two as text and boolean.
 */
export const portableTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary') {
      const parser = parsers.get(oid)
      if (parser) return parser
    }
    // oxlint-disable-next-line typescript/no-unsafe-return, typescript/no-unnecessary-type-assertion -- pg says nothing of what its parsers give; the overloads for the two formats say the same
    return pg.types.getTypeParser(oid, format as 'text')
  },
}

const bytesFromText = pg.types.getTypeParser(builtins.BYTEA) as (text: string) => Buffer // what pg makes of bytea

const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, exactInteger],
  [builtins.NUMERIC, (text) => (text.includes('.') ? Number(text) : exactInteger(text))],
  [builtins.BOOL, (text) => (text === 't' ? 1 : 0)],
  [builtins.BYTEA, (text) => new Uint8Array(bytesFromText(text))],
])

function exactInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new PortError('INVALID', 'an integer is beyond 2^53')
  return value
}
