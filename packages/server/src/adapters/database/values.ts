import { PortError } from '@mllab/kernel'

/** What may be bound to a statement: stored and compared alike by both engines. */
export type SqlValue = null | number | string | Uint8Array

/**
 * Turns parameters into the values both engines treat alike, and refuses the rest with `INVALID` before anything is sent:
 * `undefined` and NaN (SQLite would store NULL), integers as `bigint` beyond 2^53, text with NUL (PostgreSQL refuses it) or
 * lone surrogates (silently replaced by both), and objects. Booleans become 0 and 1, -0 becomes 0.
 */
export function portableParameters(parameters: readonly unknown[]): SqlValue[] {
  const values = Array.from<SqlValue>({ length: parameters.length })
  for (let index = 0; index < parameters.length; index += 1) values[index] = portableValue(parameters[index])
  return values
}

export function portableValue(value: unknown): SqlValue {
  switch (typeof value) {
    case 'string':
      if (value.includes('\0')) throw refused('text contains the character NUL')
      if (!value.isWellFormed()) throw refused('text contains half of a surrogate pair')
      return value
    case 'number':
      if (Number.isNaN(value)) throw refused('NaN cannot be stored; it needs a column of its own')
      return value === 0 ? 0 : value
    case 'boolean':
      return value ? 1 : 0
    case 'bigint':
      if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) throw refused('an integer is beyond 2^53')
      return Number(value)
    case 'object':
      if (value === null) return null
      if (value instanceof Uint8Array) return owning(value)
      throw refused('an object cannot be stored')
    default:
      throw refused(`a value of type ${typeof value} cannot be stored`)
  }
}

/** A small `Buffer` is a view of a shared pool, and a message to a thread would carry the whole pool. */
function owning(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}

function refused(message: string): PortError {
  return new PortError('INVALID', message)
}
