import { createScope, messageOf, type Clock, type Log } from '@mllab/kernel'

import type { ObjectKey, ObjectStore } from '../../../ports/objects.ts'
import { requireKey } from '../checks.ts'
import { mapConcurrent } from '../concurrent.ts'
import { openBucket, send, type Bucket, type S3ObjectsOptions } from './client.ts'
import { isS3Error } from './errors.ts'
import { listObjects } from './listing.ts'
import { deleteObject, describeObject } from './objects.ts'
import { createParts } from './parts.ts'
import { putBody } from './put.ts'
import { openForReading } from './read.ts'
import { sweepUploads } from './sweep.ts'

/** Health checks answer within this, also when the store does not. */
const HEALTH_MS = 5_000

/**
 * Objects in a bucket of an S3-compatible store. Uses only what these stores have in common: no ACLs, tags, conditions, no checksum
 * headers. Opens also when the store is down or refuses the key: `health` says so, and makes the bucket later if it could not at first.
 */
export async function openS3Objects(
  options: S3ObjectsOptions & { readonly clock: Clock; readonly log: Log },
): Promise<ObjectStore> {
  const bucket = await openBucket(options)
  const scope = createScope()
  scope.defer(() => bucket.client.destroy())

  const head = (key: ObjectKey) => describeObject(bucket, key)
  const parts = createParts(bucket, head)
  const health = await checkBucket(bucket)
  if (!health.ok) options.log.warn('The object store is not ready', { detail: health.detail })
  const sweeping = health.ok ? sweep(bucket, options.clock, options.log, scope.signal) : Promise.resolve()
  scope.defer(() => sweeping)

  return {
    kind: 's3',
    capabilities: { minPartSizeBytes: 5 * 1024 * 1024 },
    head,
    ...parts,

    put: async (key, body, putOptions = {}) => await putBody(bucket, parts, requireKey(key), body, putOptions),

    get: (key, getOptions = {}) => openForReading(bucket, key, getOptions),

    async delete(keys) {
      await mapConcurrent(keys, 16, (key) => deleteObject(bucket, key))
    },

    list: (page) => listObjects(bucket, page),

    health: () => checkBucket(bucket),

    close: () => scope.close(),
  }
}

async function sweep(bucket: Bucket, clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
  try {
    const swept = await sweepUploads(bucket, clock, signal)
    if (swept > 0) log.info('Aborted uploads that were given up', { uploads: swept })
  } catch (error) {
    // Some stores cannot list uploads. Nothing but space depends on it.
    if (!signal.aborted) log.warn('Unfinished uploads could not be swept', { reason: messageOf(error) })
  }
}

/** Lists one object: unlike HEAD, its refusal says why (key unknown, wrong secret, not permitted). */
async function checkBucket(bucket: Bucket): Promise<{ ok: boolean; detail: string }> {
  const signal = AbortSignal.timeout(HEALTH_MS)
  try {
    await listOne(bucket, signal).catch((error: unknown) => {
      if (isS3Error(error, 'NoSuchBucket')) return createBucket(bucket, signal)
      throw error
    })
    return { ok: true, detail: `bucket ${bucket.name}` }
  } catch (error) {
    const detail = signal.aborted ? `The store did not answer within ${HEALTH_MS / 1000} s` : messageOf(error)
    return { ok: false, detail: `bucket ${bucket.name}: ${detail}` }
  }
}

async function listOne({ client, sdk, name }: Bucket, signal: AbortSignal): Promise<void> {
  const command = new sdk.ListObjectsV2Command({ Bucket: name, MaxKeys: 1 })
  await send((abortSignal) => client.send(command, { abortSignal }), { signal })
}

async function createBucket(bucket: Bucket, signal: AbortSignal): Promise<void> {
  const { client, sdk } = bucket
  try {
    await send((abortSignal) => client.send(new sdk.CreateBucketCommand({ Bucket: bucket.name }), { abortSignal }), {
      signal,
    })
  } catch (error) {
    // Another replica was faster.
    if (!isS3Error(error, 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists')) throw error
  }
}
