import { isPortError } from '@mllab/kernel'

import type { ObjectKey, StoredObject } from '../../../ports/objects.ts'
import { requireKey } from '../checks.ts'
import { send, type Bucket } from './client.ts'

export async function describeObject(bucket: Bucket, key: ObjectKey): Promise<StoredObject | undefined> {
  const { client, sdk } = bucket
  try {
    const command = new sdk.HeadObjectCommand({ Bucket: bucket.name, Key: requireKey(key) })
    const { ContentLength } = await send((abortSignal) => client.send(command, { abortSignal }))
    return { key, sizeBytes: ContentLength ?? 0 }
  } catch (error) {
    if (isPortError(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

export async function deleteObject(bucket: Bucket, key: ObjectKey): Promise<void> {
  const { client, sdk } = bucket
  try {
    const command = new sdk.DeleteObjectCommand({ Bucket: bucket.name, Key: requireKey(key) })
    await send((abortSignal) => client.send(command, { abortSignal }))
  } catch (error) {
    if (!isPortError(error, 'NOT_FOUND')) throw error
  }
}
