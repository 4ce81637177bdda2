import { isLabError, type ErrorCode } from '@mllab/contract'
import { isPortError, type Log } from '@mllab/kernel'
import type { FastifyReply } from 'fastify'

/** MLflow's names of errors that we answer, and their status (mlflow/exceptions.py). */
const statusOf = {
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
  REQUEST_LIMIT_EXCEEDED: 429,
  RESOURCE_CONFLICT: 409,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_DOES_NOT_EXIST: 404,
  PERMISSION_DENIED: 403,
  UNAUTHENTICATED: 401,
  BAD_REQUEST: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  INVALID_PARAMETER_VALUE: 400,
} as const

export type MlflowErrorCode = keyof typeof statusOf

/** An error in MLflow's own words. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError'
  readonly code: MlflowErrorCode

  constructor(code: MlflowErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

const codeOf: Partial<Record<ErrorCode, MlflowErrorCode>> = {
  INVALID_INPUT: 'INVALID_PARAMETER_VALUE',
  INVALID_CURSOR: 'INVALID_PARAMETER_VALUE',
  TOO_LARGE: 'INVALID_PARAMETER_VALUE',
  UPLOAD_INCOMPLETE: 'INVALID_PARAMETER_VALUE',
  CHECKSUM_MISMATCH: 'INVALID_PARAMETER_VALUE',
  NOT_SIGNED_IN: 'UNAUTHENTICATED',
  FORBIDDEN: 'PERMISSION_DENIED',
  FOREIGN_ORIGIN: 'PERMISSION_DENIED',
  ACCOUNT_PENDING: 'PERMISSION_DENIED',
  ACCOUNT_DISABLED: 'PERMISSION_DENIED',
  NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  NAME_TAKEN: 'RESOURCE_ALREADY_EXISTS',
  CONFLICT: 'RESOURCE_CONFLICT',
  TOO_MANY_REQUESTS: 'REQUEST_LIMIT_EXCEEDED',
  UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE',
}

/** What an MLflow client is told about whatever was thrown. What is no fault of its own is logged under the request id. */
export function toMlflowError(error: unknown, log: Log, requestId: string): MlflowError {
  if (error instanceof MlflowError) return error
  if (isLabError(error)) {
    const code = codeOf[error.code]
    if (code) return new MlflowError(code, error.message, { cause: error })
  }
  if (isPortError(error, 'INVALID')) return new MlflowError('INVALID_PARAMETER_VALUE', error.message, { cause: error })
  if (isPortError(error) && error.retryable)
    return new MlflowError('TEMPORARILY_UNAVAILABLE', 'A part of the server does not answer.', { cause: error })
  const status = statusFromFastify(error)
  if (status === 413) return new MlflowError('INVALID_PARAMETER_VALUE', 'The request is too large.', { cause: error })
  if (status !== undefined && status < 500)
    return new MlflowError('BAD_REQUEST', 'The request cannot be read.', { cause: error })
  log.error('an MLflow request failed', {
    requestId,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  })
  return new MlflowError('INTERNAL_ERROR', `The server made a mistake. It is in its log under ${requestId}.`, {
    cause: error,
  })
}

export function sendMlflowError(reply: FastifyReply, error: MlflowError): FastifyReply {
  if (error.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Basic realm="mlflow"')
  return reply
    .code(statusOf[error.code])
    .header('content-type', 'application/json')
    .send(JSON.stringify({ error_code: error.code, message: error.message }))
}

function statusFromFastify(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  return typeof error.statusCode === 'number' ? error.statusCode : undefined
}
