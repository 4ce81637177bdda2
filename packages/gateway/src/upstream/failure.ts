/**
 * Why an app gave no proper answer.
 *
 * - `UNREACHABLE`: nothing accepts connections
 * - `TOO_SLOW`: no connection, or no answer, in time
 * - `BROKE_OFF`: the connection ended before the answer did
 * - `MALFORMED`: what came is no HTTP/1.1, or more than one reading of it is possible
 */
export type UpstreamFailureCode = 'UNREACHABLE' | 'TOO_SLOW' | 'BROKE_OFF' | 'MALFORMED'

export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure'
  readonly code: UpstreamFailureCode
  /** A kept connection died before the first byte of an answer: most likely it had been closed already. */
  readonly stale: boolean

  constructor(code: UpstreamFailureCode, message: string, options: { stale?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.stale = options.stale ?? false
  }
}

export function malformed(what: string): UpstreamFailure {
  return new UpstreamFailure('MALFORMED', what)
}
