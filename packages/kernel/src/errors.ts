/**
 * What a port may fail with. Adapters map foreign errors to these once; modules branch on the code and never on the foreign error.
 *
 * - `CONFLICT`: a unique rule or an expectation of a batch did not hold
 * - `REFERENCED`: a row is still referred to, or refers to nothing
 * - `INVALID`: the engine refused a value
 * - `NOT_FOUND`: the named thing does not exist
 * - `BUSY`, `UNAVAILABLE`, `TIMEOUT`: try again later
 * - `STORAGE_FULL`, `CORRUPT`: somebody has to act
 * - `UNSUPPORTED`: this adapter does not have the capability
 */
export type PortErrorCode =
  | 'CONFLICT'
  | 'REFERENCED'
  | 'INVALID'
  | 'NOT_FOUND'
  | 'BUSY'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'STORAGE_FULL'
  | 'CORRUPT'
  | 'UNSUPPORTED'

export class PortError extends Error {
  override readonly name = 'PortError'
  readonly code: PortErrorCode
  /** Nobody was stored; the same call may succeed later. */
  readonly retryable: boolean
  /** Columns or names the engine blamed, for example `['project.slug']`. */
  readonly subjects: readonly string[]

  constructor(
    code: PortErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; subjects?: readonly string[] } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? (code === 'BUSY' || code === 'UNAVAILABLE' || code === 'TIMEOUT')
    this.subjects = options.subjects ?? []
  }
}

export function isPortError(error: unknown, code?: PortErrorCode): error is PortError {
  return error instanceof PortError && (code === undefined || error.code === code)
}

/** True for errors of Node (`ENOENT`) and others that carry a string `code`. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What was thrown, as an error. Everything we throw is one; others may not. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}
