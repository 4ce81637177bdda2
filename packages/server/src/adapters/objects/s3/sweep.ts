import type { MultipartUpload } from '@aws-sdk/client-s3'

import type { Clock } from '@mllab/kernel'

import { isObjectKey, type ObjectKey } from '../../../ports/objects.ts'
import { send, type Bucket } from './client.ts'

/** An upload that is older was given up, or its server crashed; its parts cost money until they are removed. */
export const UPLOAD_AGE_MS = 7 * 24 * 3_600_000

interface Marker {
  readonly KeyMarker?: string
  readonly UploadIdMarker?: string
}

/** Aborts old unfinished uploads of ours. Returns how many. */
export async function sweepUploads(bucket: Bucket, clock: Clock, signal: AbortSignal): Promise<number> {
  const limitMs = clock.now() - UPLOAD_AGE_MS
  let aborted = 0
  let marker: Marker | undefined = {}
  while (marker) {
    const page = await uploadsAfter(bucket, marker, signal)
    for (const { Key, UploadId, Initiated } of page.uploads) {
      if (Initiated === undefined || Initiated.getTime() >= limitMs) continue
      if (Key === undefined || UploadId === undefined || !isObjectKey(Key)) continue
      await abortUpload(bucket, Key, UploadId, signal)
      aborted += 1
    }
    marker = page.next
  }
  return aborted
}

async function uploadsAfter(
  bucket: Bucket,
  marker: Marker,
  signal: AbortSignal,
): Promise<{ uploads: readonly MultipartUpload[]; next: Marker | undefined }> {
  const { client, sdk } = bucket
  const command = new sdk.ListMultipartUploadsCommand({ Bucket: bucket.name, ...marker })
  const page = await send((abortSignal) => client.send(command, { abortSignal }), { signal })
  const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page
  const complete = page.IsTruncated !== true || KeyMarker === undefined
  return {
    uploads: page.Uploads ?? [],
    next: complete ? undefined : { KeyMarker, ...(UploadIdMarker === undefined ? {} : { UploadIdMarker }) },
  }
}

async function abortUpload(bucket: Bucket, key: ObjectKey, uploadId: string, signal: AbortSignal): Promise<void> {
  const { client, sdk } = bucket
  const command = new sdk.AbortMultipartUploadCommand({ Bucket: bucket.name, Key: key, UploadId: uploadId })
  await send((abortSignal) => client.send(command, { abortSignal }), { signal })
}
