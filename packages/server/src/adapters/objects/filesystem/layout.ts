import { randomBytes } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import path from 'node:path'

import { PortError } from '@mllab/kernel'

import type { ObjectKey } from '../../../ports/objects.ts'
import { requireKey } from '../checks.ts'

/**
 * Where things lie below the store's folder. All of it is one file system, so that a rename is atomic.
 *
 * - `ab/cd/<key>`: whole objects, nothing else
 * - `.staging/<random>`: bodies being written
 * - `.uploads/<upload>/<number>`: whole parts of unfinished uploads
 */
export interface Layout {
  readonly root: string
  readonly staging: string
  readonly uploads: string
  object(key: ObjectKey): string
  upload(uploadId: string): string
  part(uploadId: string, number: number): string
  newStagingPath(): string
  newUploadId(): string
  /** Makes the folder of an object, if this process has not done so before, and syncs its way up to the root. */
  ensureObjectFolder(key: ObjectKey): Promise<void>
}

/** Owner only: what the files' own mode says matters to hard links elsewhere, not to who may look in here. */
const FOLDER_MODE = 0o700

export async function openLayout(folder: string): Promise<Layout> {
  const root = path.resolve(folder)
  const staging = path.join(root, '.staging')
  const uploads = path.join(root, '.uploads')
  for (const each of [root, staging, uploads]) await mkdir(each, { recursive: true, mode: FOLDER_MODE })
  await syncFolder(root)
  await syncFolder(path.dirname(root))

  // One promise for each of the 65 536 folders would cost megabytes; a byte says as much once the work is done.
  const ensured = new Uint8Array(0x10000)
  const underWay = new Map<number, Promise<void>>()

  const make = async (key: ObjectKey, index: number) => {
    const outer = path.join(root, key.slice(0, 2))
    await mkdir(path.join(outer, key.slice(2, 4)), { recursive: true, mode: FOLDER_MODE })
    await syncFolder(outer)
    await syncFolder(root)
    ensured[index] = 1
  }

  return {
    root,
    staging,
    uploads,
    object: (key) => path.join(root, requireKey(key).slice(0, 2), key.slice(2, 4), key),
    upload: (uploadId) => path.join(uploads, requireUploadId(uploadId)),
    part: (uploadId, number) => path.join(uploads, requireUploadId(uploadId), String(number)),
    newStagingPath: () => path.join(staging, randomName()),
    newUploadId: randomName,
    ensureObjectFolder: async (key) => {
      const index = Number.parseInt(key.slice(0, 4), 16)
      if (ensured[index] === 1) return
      const making = underWay.get(index) ?? make(key, index).finally(() => underWay.delete(index))
      underWay.set(index, making)
      await making
    },
  }
}

/** Makes the names in a folder durable: a rename or a new file counts after a power failure only with this. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function randomName(): string {
  return randomBytes(16).toString('hex')
}

function requireUploadId(uploadId: string): string {
  if (!/^[0-9a-f]{32}$/.test(uploadId)) throw new PortError('INVALID', 'Not the handle of an upload')
  return uploadId
}
