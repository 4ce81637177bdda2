import { isLabError, LabError, problemOf, type FieldProblem } from '@mllab/contract'
import { hasCode, isPortError, type Log } from '@mllab/kernel'
import type { FastifyReply } from 'fastify'
import type { ZodError } from 'zod'

/** The error a caller gets for whatever was thrown. What is no fault of his is logged under the request id. */
export function toLabError(error: unknown, log: Log, requestId: string): LabError {
  if (isLabError(error)) return error
  if (isPortError(error)) {
    if (error.code === 'STORAGE_FULL') return new LabError('STORAGE_FULL', {}, { cause: error })
    if (error.retryable)
      return new LabError('UNAVAILABLE', { reason: 'A part of the server does not answer.' }, { cause: error })
  }
  // The client left in the middle; nobody reads what is answered now.
  if (hasCode(error, 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR')) {
    log.debug('the client left', { requestId })
    return new LabError('UNAVAILABLE', { reason: 'The request ended early.' }, { cause: error })
  }
  const fromFastify = fastifyError(error)
  if (fromFastify) return fromFastify
  log.error('request failed', {
    requestId,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  })
  return new LabError('INTERNAL', {}, { cause: error })
}

/** Zod's findings as fields, `body.name: must not be empty`. */
export function invalidInput(error: ZodError, place: 'params' | 'query' | 'body'): LabError {
  const fields: FieldProblem[] = error.issues.map((issue) => ({
    field: [place, ...issue.path].join('.'),
    message: issue.message,
  }))
  const [first] = fields
  return new LabError(
    'INVALID_INPUT',
    { reason: first ? `${first.field}: ${first.message}.` : 'The input is not valid.' },
    { fields, cause: error },
  )
}

export function sendProblem(
  reply: FastifyReply,
  error: LabError,
  { requestId, basePath }: { readonly requestId: string; readonly basePath: string },
): FastifyReply {
  const problem = problemOf(error, requestId, basePath)
  if (error.code === 'NOT_SIGNED_IN' || error.code === 'WRONG_CREDENTIALS')
    void reply.header('www-authenticate', 'Bearer realm="mllab"')
  if (error.code === 'TOO_MANY_REQUESTS') void reply.header('retry-after', String(error.parameters['seconds'] ?? 1))
  return reply.code(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem))
}

function fastifyError(error: unknown): LabError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new LabError('TOO_LARGE', { limit: '1 MB of JSON' })
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new LabError('UNSUPPORTED_TYPE', { type: 'This type', accepted: 'application/json' })
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY' || code === 'FST_ERR_CTP_INVALID_JSON_BODY')
    return new LabError('INVALID_INPUT', { reason: 'The body is not JSON.' })
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return new LabError('INVALID_INPUT', { reason: 'The body is not as long as its Content-Length says.' })
  if (code === 'FST_ERR_BAD_URL') return new LabError('NOT_FOUND', { what: 'page' })
  return undefined
}
