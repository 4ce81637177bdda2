import { Readable } from 'node:stream'

import { isPortError, PortError } from '@mllab/kernel'

import type { ObjectStore, PartsHandle, PartTag, PutOptions } from '../../../ports/objects.ts'
import { blocksOf, chunksOf } from '../bodies.ts'
import { requireKey, requirePartNumber, requireParts } from '../checks.ts'
import { send, type Bucket } from './client.ts'

export const MIB = 1024 * 1024
/** Bodies up to this are held in memory, so that a request that failed on the way can be sent again. */
export const HELD_BYTES = 8 * MIB
/** A part whose size nobody announced has to be held whole, since S3 wants its length first. */
const MAX_UNANNOUNCED_BYTES = 64 * MIB

export type PartsOfStore = Pick<ObjectStore, 'beginParts' | 'putPart' | 'completeParts' | 'abortParts'>

/** Multipart uploads. */
export function createParts(bucket: Bucket, head: ObjectStore['head']): PartsOfStore {
  const { client, sdk } = bucket
  const named = (handle: PartsHandle) => ({
    Bucket: bucket.name,
    Key: requireKey(handle.key),
    UploadId: handle.uploadId,
  })

  return {
    async beginParts(key) {
      const command = new sdk.CreateMultipartUploadCommand({ Bucket: bucket.name, Key: requireKey(key) })
      const { UploadId } = await send((abortSignal) => client.send(command, { abortSignal }))
      if (UploadId === undefined) throw new PortError('UNAVAILABLE', 'The store began an upload without naming it')
      return { key, uploadId: UploadId }
    },

    async putPart(handle, number, body, options) {
      requirePartNumber(number)
      const { sizeBytes } = options
      if (sizeBytes !== undefined && sizeBytes > HELD_BYTES)
        return await streamPart(bucket, handle, number, body, { ...options, sizeBytes })
      const tag = await sendHeldPart(bucket, handle, number, await hold(body, options))
      options.signal?.throwIfAborted()
      return tag
    },

    async completeParts(handle, tags) {
      const { parts, sizeBytes } = requireParts(tags)
      const MultipartUpload = { Parts: parts.map((part) => ({ PartNumber: part.number, ETag: part.tag })) }
      const command = new sdk.CompleteMultipartUploadCommand({ ...named(handle), MultipartUpload })
      try {
        await send((abortSignal) => client.send(command, { abortSignal }))
        return { key: handle.key, sizeBytes }
      } catch (error) {
        // The answer to an earlier call may have been lost.
        const done = isPortError(error, 'NOT_FOUND') ? await head(handle.key) : undefined
        if (done?.sizeBytes === sizeBytes) return done
        throw error
      }
    },

    async abortParts(handle) {
      const command = new sdk.AbortMultipartUploadCommand(named(handle))
      try {
        await send((abortSignal) => client.send(command, { abortSignal }))
      } catch (error) {
        if (!isPortError(error, 'NOT_FOUND')) throw error
      }
    },
  }
}

/** Runs to its end once it has begun: some stores (versitygw 1.8) take a request that was broken off for a whole body. */
export async function sendHeldPart(
  bucket: Bucket,
  handle: PartsHandle,
  number: number,
  bytes: Uint8Array,
): Promise<PartTag> {
  return await sendPart(bucket, handle, number, bytes, bytes.byteLength, {})
}

/**
 * Without holding the body, and so without a second try. Where the store takes a body that broke off for a whole one, the part before it
 * is lost; its tag is unknown to everybody, so that completion with the tag before is refused.
 */
async function streamPart(
  bucket: Bucket,
  handle: PartsHandle,
  number: number,
  body: Readable | Uint8Array,
  options: PutOptions & { readonly sizeBytes: number },
): Promise<PartTag> {
  const stream = Readable.from(chunksOf(body, options), { objectMode: false })
  const signal = options.signal ? { signal: options.signal } : {}
  return await sendPart(bucket, handle, number, stream, options.sizeBytes, { ...signal, stream })
}

async function sendPart(
  bucket: Bucket,
  handle: PartsHandle,
  number: number,
  body: Readable | Uint8Array,
  sizeBytes: number,
  options: { readonly signal?: AbortSignal; readonly stream?: Readable },
): Promise<PartTag> {
  const { client, sdk } = bucket
  const command = new sdk.UploadPartCommand({
    Bucket: bucket.name,
    Key: requireKey(handle.key),
    UploadId: handle.uploadId,
    PartNumber: number,
    Body: body,
    ContentLength: sizeBytes,
  })
  const { ETag } = await send((abortSignal) => client.send(command, { abortSignal }), options)
  if (ETag === undefined) throw new PortError('UNAVAILABLE', 'The store took a part without giving its tag')
  return { number, tag: ETag, sizeBytes }
}

async function hold(body: Readable | Uint8Array, options: PutOptions): Promise<Uint8Array> {
  for await (const { bytes, last } of blocksOf(chunksOf(body, options), MAX_UNANNOUNCED_BYTES)) {
    if (last) return bytes
    throw new PortError('INVALID', `A part of more than ${MAX_UNANNOUNCED_BYTES} bytes needs its size announced`)
  }
  throw new Error('a body always has a last block')
}
