import { messageOf, PortError, type PortErrorCode } from '@mllab/kernel'
import pg from 'pg'

/**
 * Maps what pg throws. Without an SQLSTATE the connection was lost; whether the statement was stored is not known then, so
 * `mayRepeat` says if the caller knows that it was not.
 */
export function postgresError(error: unknown, mayRepeat: boolean): Error {
  if (error instanceof PortError) return error
  if (error instanceof pg.DatabaseError && error.code !== undefined) return serverError(error, error.code)
  return new PortError('UNAVAILABLE', `PostgreSQL: ${messageOf(error)}`, { cause: error, retryable: mayRepeat })
}

/** True if the connection cannot be used again. */
export function isLost(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity === 'FATAL' || error.severity === 'PANIC'
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, by code or by class. */
const portCodes: Readonly<Record<string, PortErrorCode>> = {
  '08': 'UNAVAILABLE',
  '23503': 'REFERENCED',
  '23505': 'CONFLICT',
  '23P01': 'CONFLICT',
  '25006': 'UNAVAILABLE', // a replica, or made read-only
  '25P03': 'TIMEOUT', // idle in a transaction
  '28': 'UNAVAILABLE',
  '3D000': 'UNAVAILABLE',
  '40': 'BUSY', // serialization failure, deadlock
  '53': 'UNAVAILABLE',
  '53100': 'STORAGE_FULL',
  '55P03': 'BUSY',
  '57014': 'TIMEOUT',
  '57P': 'UNAVAILABLE',
  '58': 'UNAVAILABLE',
  XX001: 'CORRUPT',
  XX002: 'CORRUPT',
}
/** The server refuses until somebody changes something. */
const lasting = new Set(['25006', '3D000'])

function serverError(error: pg.DatabaseError, state: string): PortError {
  const code = portCodes[state] ?? portCodes[state.slice(0, 3)] ?? portCodes[state.slice(0, 2)] ?? 'INVALID'
  const options = { cause: error, subjects: blamedColumns(error, state) }
  return lasting.has(state) || state.startsWith('28')
    ? new PortError(code, error.message, { ...options, retryable: false })
    : new PortError(code, error.message, options)
}

/** `table.column` for unique and not-null rules; the name of an index over expressions. */
function blamedColumns(error: pg.DatabaseError, state: string): string[] {
  const { table, column, constraint, detail } = error
  if (state === '23502' && table && column) return [`${table}.${column}`]
  if (state !== '23505' || !table) return []
  // The text round it is translated by the server, the form `(a, b)=(…)` is not.
  const columns = /\((.+?)\)=\(/.exec(detail ?? '')?.[1]
  if (columns === undefined || columns.includes('(')) return constraint ? [constraint] : []
  return columns.split(', ').map((name) => `${table}.${name.replaceAll('"', '')}`)
}
