import type { WireError } from './protocol.ts'

/** Thrown in the writer when a step of a batch touched another number of rows than it had to. */
export class Unmet extends Error {
  readonly step: number
  readonly affected: number

  constructor(step: number, affected: number) {
    super(`step ${step} touched ${affected} rows`)
    this.step = step
    this.affected = affected
  }
}

/** Every error of a database thread, in a form that crosses to the main thread. https://sqlite.org/rescode.html */
export function wireError(error: unknown): WireError {
  if (error instanceof Unmet) return { kind: 'expectation', step: error.step, affected: error.affected }
  if (!(error instanceof Error)) return { kind: 'other', message: String(error), stack: '' }
  if ('errcode' in error && typeof error.errcode === 'number') return sqliteError(error.errcode, error.message)
  if ('code' in error && typeof error.code === 'string') {
    // A unit that throws a `PortError` says itself what is wrong.
    if (error.name === 'PortError') return portError(error.code, error.message)
    // An integer beyond 2^53 on its way out, or a value that cannot be bound.
    if (error.code === 'ERR_OUT_OF_RANGE' || error.code.startsWith('ERR_INVALID_ARG'))
      return portError('INVALID', error.message)
  }
  return { kind: 'other', message: error.message, stack: error.stack ?? '' }
}

export function portError(
  code: string,
  message: string,
  subjects: readonly string[] = [],
  retryable = false,
): WireError {
  return { kind: 'port', code, message, retryable, subjects }
}

/** The whole group was undone: the same request may succeed later, whoever was to blame. */
export function lostWithGroup(error: unknown): WireError {
  const wire = wireError(error)
  if (wire.kind === 'port') return { ...wire, retryable: true }
  return portError('UNAVAILABLE', wire.kind === 'other' ? wire.message : 'the group was undone', [], true)
}

const CONSTRAINT_UNIQUE = 2067
const CONSTRAINT_PRIMARY_KEY = 1555
const CONSTRAINT_ROWID = 2579
const CONSTRAINT_FOREIGN_KEY = 787
const CONSTRAINT_NOT_NULL = 1299

function sqliteError(errcode: number, message: string): WireError {
  switch (errcode) {
    case CONSTRAINT_UNIQUE:
    case CONSTRAINT_PRIMARY_KEY:
    case CONSTRAINT_ROWID:
      return portError('CONFLICT', message, blamedColumns(message))
    case CONSTRAINT_FOREIGN_KEY:
      return portError('REFERENCED', message)
    case CONSTRAINT_NOT_NULL:
      return portError('INVALID', message, blamedColumns(message))
  }
  // The low byte is the primary code.
  switch (errcode & 0xff) {
    case 5: // busy
    case 6: // locked
      return portError('BUSY', message, [], true)
    case 9: // interrupt
      return portError('TIMEOUT', message, [], true)
    case 13: // full
      return portError('STORAGE_FULL', message)
    case 11: // corrupt
    case 26: // not a database
      return portError('CORRUPT', message)
    case 7: // out of memory
    case 10: // I/O error
      return portError('UNAVAILABLE', message, [], true)
    case 3: // permission
    case 8: // read-only
    case 14: // cannot open
    case 23: // authorization
      return portError('UNAVAILABLE', message)
    default:
      return portError('INVALID', message)
  }
}

/** `UNIQUE constraint failed: a.x, a.y` names columns; `…: index 'name'` (an index over expressions) names the index. */
function blamedColumns(message: string): string[] {
  const blamed = /constraint failed: (.+)$/.exec(message)?.[1] ?? ''
  const index = /^index '(.+)'$/.exec(blamed)?.[1]
  if (index !== undefined) return [index]
  return blamed === '' ? [] : blamed.split(', ')
}
