import type { Readable } from 'node:stream'

import type { S3Client } from '@aws-sdk/client-s3'

import { fromS3 } from './errors.ts'

export interface S3ObjectsOptions {
  /** For example `http://127.0.0.1:9000`; absent for Amazon itself. */
  readonly endpoint?: string
  /** Both, or neither: then the machine's own credentials are used (environment, profile, role). */
  readonly credentials?: { readonly accessKey: string; readonly secretKey: string }
  /** Default `us-east-1`, which stores other than Amazon's accept. */
  readonly region?: string
  /** Made if it does not exist and the key may do that. */
  readonly bucket: string
}

type Sdk = typeof import('@aws-sdk/client-s3')

/** A bucket, the client that reaches it, and the SDK's commands. */
export interface Bucket {
  readonly name: string
  readonly client: S3Client
  readonly sdk: Sdk
}

/** Loads the SDK (140 ms, 35 MB), so only who chose this store pays for it. */
export async function openBucket(options: S3ObjectsOptions): Promise<Bucket> {
  const sdk = await import('@aws-sdk/client-s3')
  const agent = { keepAlive: true, maxSockets: 128 }
  const client = new sdk.S3Client({
    region: options.region ?? 'us-east-1',
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials && {
      credentials: { accessKeyId: options.credentials.accessKey, secretAccessKey: options.credentials.secretKey },
    }),
    // Names of buckets as host names need a wildcard name and certificate, which stores other than Amazon's seldom have.
    forcePathStyle: true,
    // Otherwise each request carries checksum headers and trailers that many stores refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    // Its warnings would go to the console; what fails comes back as an error anyway.
    logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000, httpAgent: agent, httpsAgent: agent },
  })
  leavePayloadsUnsigned(client)
  return { name: options.bucket, client, sdk }
}

/**
 * One request. Fails with `PortError`, or with the signal's reason. A body that is a stream is watched too: the SDK pipes it and would
 * wait for the rest of one that broke.
 */
export async function send<T>(
  request: (abortSignal: AbortSignal) => Promise<T>,
  options: { readonly signal?: AbortSignal; readonly stream?: Readable } = {},
): Promise<T> {
  const { signal, stream } = options
  const broken = new AbortController()
  const onError = (error: Error) => broken.abort(error)
  stream?.on('error', onError)
  try {
    signal?.throwIfAborted()
    return await request(signal ? AbortSignal.any([signal, broken.signal]) : broken.signal)
  } catch (error) {
    signal?.throwIfAborted()
    broken.signal.throwIfAborted()
    throw fromS3(error)
  }
}

/** Hashing each body for its signature would hold up the event loop; TCP and TLS guard the bytes on the way. */
function leavePayloadsUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request
      if (hasHeaders(request)) request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
      return next(args)
    },
    { step: 'build', name: 'unsignedPayload' },
  )
}

function hasHeaders(request: unknown): request is { headers: Record<string, string> } {
  return typeof request === 'object' && request !== null && 'headers' in request
}

function ignore(): void {}
