import type { Readable } from 'node:stream'

import type { ObjectKey, PartsHandle, PartTag, PutOptions, StoredObject } from '../../../ports/objects.ts'
import { blocksOf, chunksOf } from '../bodies.ts'
import { requirePartNumber } from '../checks.ts'
import { send, type Bucket } from './client.ts'
import { deleteObject } from './objects.ts'
import { HELD_BYTES, MIB, type PartsOfStore, sendHeldPart } from './parts.ts'

/**
 * Puts a body of any length: in one request if it is small, else in parts of one size (some stores demand that), held one at a time.
 * Without an announced size the parts are 16 MiB, so that such a body ends at 160 GB.
 */
export async function putBody(
  bucket: Bucket,
  parts: PartsOfStore,
  key: ObjectKey,
  body: Readable | Uint8Array,
  options: PutOptions,
): Promise<StoredObject> {
  let upload: PartsHandle | undefined
  const tags: PartTag[] = []
  try {
    for await (const { bytes, last } of blocksOf(chunksOf(body, options), blockBytesFor(options.sizeBytes))) {
      if (last && !upload) await putWhole(bucket, key, bytes)
      else {
        upload ??= await parts.beginParts(key)
        tags.push(await sendHeldPart(bucket, upload, requirePartNumber(tags.length + 1), bytes))
      }
      options.signal?.throwIfAborted()
      if (last && !upload) return { key, sizeBytes: bytes.byteLength }
    }
    if (!upload) throw new Error('a body always has a last block')
    return await parts.completeParts(upload, tags)
  } catch (error) {
    await undo(bucket, parts, key, upload)
    throw error
  }
}

function blockBytesFor(sizeBytes: number | undefined): number {
  if (sizeBytes === undefined) return 2 * HELD_BYTES
  return Math.max(HELD_BYTES, Math.ceil(sizeBytes / 10_000 / MIB) * MIB)
}

async function putWhole(bucket: Bucket, key: ObjectKey, bytes: Uint8Array): Promise<void> {
  const { client, sdk } = bucket
  const command = new sdk.PutObjectCommand({
    Bucket: bucket.name,
    Key: key,
    Body: bytes,
    ContentLength: bytes.byteLength,
  })
  await send((abortSignal) => client.send(command, { abortSignal }))
}

/** The store may have what it never acknowledged. What cannot be undone now lies under a key no row knows, for the sweeps to find. */
async function undo(
  bucket: Bucket,
  parts: PartsOfStore,
  key: ObjectKey,
  upload: PartsHandle | undefined,
): Promise<void> {
  if (upload) await parts.abortParts(upload).catch(() => undefined)
  await deleteObject(bucket, key).catch(() => undefined)
}
