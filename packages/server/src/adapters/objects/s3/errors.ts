import { messageOf, PortError, type PortErrorCode } from '@mllab/kernel'

interface Meaning {
  readonly code: PortErrorCode
  readonly message: string
  readonly retryable?: boolean
}

/** What S3 and the stores like it call their errors (Amazon S3 API reference, “List of error codes”; MinIO's own names for full disks). */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  NoSuchKey: { code: 'NOT_FOUND', message: 'The object does not exist' },
  NotFound: { code: 'NOT_FOUND', message: 'The object does not exist' },
  NoSuchUpload: { code: 'NOT_FOUND', message: 'The upload does not exist: it was completed or aborted' },
  InvalidRange: { code: 'INVALID', message: 'The range begins behind the end of the object' },
  EntityTooSmall: { code: 'INVALID', message: 'A part other than the last is smaller than the store allows' },
  EntityTooLarge: { code: 'INVALID', message: 'The body is larger than the store allows' },
  InvalidPart: {
    code: 'INVALID',
    message: 'A part was never uploaded, or was replaced by another body after it was tagged',
  },
  InvalidPartOrder: { code: 'INVALID', message: 'The parts are not in order' },
  IncompleteBody: { code: 'INVALID', message: 'The body has fewer bytes than announced' },
  NoSuchBucket: { code: 'UNAVAILABLE', message: 'The bucket does not exist', retryable: false },
  AccessDenied: { code: 'UNAVAILABLE', message: 'The access key may not do this in the bucket', retryable: false },
  InvalidAccessKeyId: { code: 'UNAVAILABLE', message: 'The store does not know the access key', retryable: false },
  // The same on versitygw, there with status 404.
  XAdminUserNotFound: { code: 'UNAVAILABLE', message: 'The store does not know the access key', retryable: false },
  SignatureDoesNotMatch: {
    code: 'UNAVAILABLE',
    message: 'The secret key does not belong to the access key',
    retryable: false,
  },
  CredentialsProviderError: {
    code: 'UNAVAILABLE',
    message: 'There are no credentials for the store',
    retryable: false,
  },
  QuotaExceeded: { code: 'STORAGE_FULL', message: 'The quota of the bucket is used up' },
  XMinioAdminBucketQuotaExceeded: { code: 'STORAGE_FULL', message: 'The quota of the bucket is used up' },
  XMinioStorageFull: { code: 'STORAGE_FULL', message: 'The store is full' },
  TimeoutError: { code: 'TIMEOUT', message: 'The store did not answer in time' },
  RequestTimeout: { code: 'TIMEOUT', message: 'The store waited too long for the body' },
}

/** 404 is not among them: taking just any for “not there” could make a misconfigured store look empty. */
const MEANINGS_OF_STATUS: Readonly<Record<number, Meaning>> = {
  403: { code: 'UNAVAILABLE', message: 'The store refuses access', retryable: false },
  416: { code: 'INVALID', message: 'The range begins behind the end of the object' },
  507: { code: 'STORAGE_FULL', message: 'The store is full' },
}

/** Errors of the client and of the store as errors of the port. An abort keeps the reason of its signal; see `send` in client.ts. */
export function fromS3(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PortError) return error
  const meaning = MEANINGS[error.name] ?? MEANINGS_OF_STATUS[statusOf(error) ?? 0]
  if (!meaning) return new PortError('UNAVAILABLE', `The store failed: ${describe(error)}`, { cause: error })
  const { code, message, retryable } = meaning
  return new PortError(code, message, { cause: error, ...(retryable === undefined ? {} : { retryable }) })
}

/** The code an S3 store answered with, for the few callers that decide by it. */
export function isS3Error(error: unknown, ...names: string[]): boolean {
  const found = error instanceof PortError ? error.cause : error
  return found instanceof Error && names.includes(found.name)
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}

/** Errors of connections often have an empty message and the facts in `code`, or in the errors of an `AggregateError`. */
function describe(error: Error): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined
  return (
    messageOf(error) ||
    (inner === undefined ? '' : messageOf(inner)) ||
    ('code' in error ? String(error.code) : error.name)
  )
}
