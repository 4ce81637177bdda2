import { access, mkdir, open, rename, rm } from 'node:fs/promises'

import { hasCode, isPortError, PortError } from '@mllab/kernel'

import type { ObjectStore, PartsHandle, PartTag } from '../../../ports/objects.ts'
import { requireKey, requirePartNumber, requireParts, type PartList } from '../checks.ts'
import { mapConcurrent } from '../concurrent.ts'
import { onDisk } from './errors.ts'
import { syncFolder, type Layout } from './layout.ts'
import { describeFile, publishObject, publishStaged, stageBody, stageConcatenation } from './write.ts'

type PartsOfStore = Pick<ObjectStore, 'beginParts' | 'putPart' | 'completeParts' | 'abortParts'>

/** Uploads in parts: each part is a whole, synced file; completion writes them one after the other into a new file. */
export function createParts(layout: Layout, head: ObjectStore['head'], space?: { require(): void }): PartsOfStore {
  return {
    async beginParts(key) {
      requireKey(key)
      const uploadId = layout.newUploadId()
      await onDisk(mkdir(layout.upload(uploadId), { mode: 0o700 }))
      await onDisk(syncFolder(layout.uploads))
      return { key, uploadId }
    },

    async putPart(handle, number, body, options) {
      const target = layout.part(handle.uploadId, requirePartNumber(number))
      space?.require()
      const staged = await stageBody(layout, body, options)
      try {
        await onDisk(rename(staged.path, target))
        await onDisk(syncFolder(layout.upload(handle.uploadId)))
      } catch (error) {
        await rm(staged.path, { force: true })
        throw isPortError(error, 'NOT_FOUND') ? unknownUpload(error) : error
      }
      return { number, tag: staged.tag, sizeBytes: staged.sizeBytes }
    },

    async completeParts(handle, tags) {
      const list = requireParts(tags)
      space?.require()
      const missing = await firstMissingPart(layout, handle, list)
      if (missing === undefined) await assemble(layout, handle, list)
      else await requireCompleted(layout, head, handle, list, missing)
      await removeUpload(layout, handle)
      return { key: handle.key, sizeBytes: list.sizeBytes }
    },

    abortParts: (handle) => removeUpload(layout, handle),
  }
}

/** The number of a part that is not there. Fails with `INVALID` if a part is not the one that was tagged. */
async function firstMissingPart(layout: Layout, handle: PartsHandle, list: PartList): Promise<number | undefined> {
  const found = await mapConcurrent(list.parts, 16, (part) =>
    checkPart(layout.part(handle.uploadId, part.number), part),
  )
  return list.parts[found.indexOf(false)]?.number
}

async function checkPart(file: string, part: PartTag): Promise<boolean> {
  const handle = await onDisk(open(file, 'r').catch(undefinedIfMissing))
  if (!handle) return false
  try {
    const { sizeBytes, tag } = await onDisk(describeFile(handle))
    if (tag === part.tag && sizeBytes === part.sizeBytes) return true
    throw new PortError('INVALID', `Part ${part.number} was replaced by another body after it was tagged`)
  } finally {
    await handle.close()
  }
}

/** A single part becomes the object; more are copied, so that a crash on the way loses none. */
async function assemble(layout: Layout, handle: PartsHandle, list: PartList): Promise<void> {
  const files = list.parts.map((part) => layout.part(handle.uploadId, part.number))
  const [only, ...others] = files
  if (only !== undefined && others.length === 0) await publishObject(layout, only, handle.key)
  else await publishStaged(layout, await stageConcatenation(layout, files), handle.key)
}

/** A part is missing because an earlier call completed the upload and its answer was lost; anything else is an error. */
async function requireCompleted(
  layout: Layout,
  head: ObjectStore['head'],
  handle: PartsHandle,
  list: PartList,
  missing: number,
): Promise<void> {
  const done = await head(handle.key)
  if (done?.sizeBytes === list.sizeBytes) return
  await onDisk(access(layout.upload(handle.uploadId))).catch((error: unknown) => {
    throw isPortError(error, 'NOT_FOUND') ? unknownUpload(error) : error
  })
  throw new PortError('INVALID', `Part ${missing} was never uploaded`)
}

async function removeUpload(layout: Layout, handle: PartsHandle): Promise<void> {
  await onDisk(rm(layout.upload(handle.uploadId), { recursive: true, force: true }))
}

function undefinedIfMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error
}

function unknownUpload(cause?: unknown): PortError {
  return new PortError('NOT_FOUND', 'The upload does not exist: it was completed or aborted', { cause })
}
