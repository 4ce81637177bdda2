import { isObjectKey, type ObjectKey, type StoredObject } from '../../../ports/objects.ts'
import { send, type Bucket } from './client.ts'

/** What S3 gives at most in one answer. */
const PAGE = 1000

export interface ListedObject extends StoredObject {
  readonly modifiedAt: number
}

/** One page in the order of the keys (S3 sorts by UTF-8 bytes); what does not have our form of key is skipped. */
export async function listObjects(
  bucket: Bucket,
  options: { readonly after?: ObjectKey; readonly limit: number },
): Promise<readonly ListedObject[]> {
  const { client, sdk } = bucket
  const found: ListedObject[] = []
  let after: string | undefined = options.after
  while (found.length < options.limit) {
    const input = {
      Bucket: bucket.name,
      MaxKeys: Math.min(PAGE, options.limit - found.length),
      ...(after === undefined ? {} : { StartAfter: after }),
    }
    const page = await send((abortSignal) => client.send(new sdk.ListObjectsV2Command(input), { abortSignal }))
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      after = Key
      if (Key !== undefined && isObjectKey(Key))
        found.push({ key: Key, sizeBytes: Size ?? 0, modifiedAt: LastModified?.getTime() ?? 0 })
    }
    if (!page.IsTruncated) break
  }
  return found
}
