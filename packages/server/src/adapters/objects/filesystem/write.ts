import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'

import type { ObjectKey, PutOptions } from '../../../ports/objects.ts'
import { chunksOf } from '../bodies.ts'
import { onDisk } from './errors.ts'
import { syncFolder, type Layout } from './layout.ts'

/** A body on the disk, synced, not yet under its name. */
export interface StagedFile {
  readonly path: string
  readonly sizeBytes: number
  /** Tells two bodies of one part apart. Survives the rename. */
  readonly tag: string
}

/** Read-only for everybody, the owner included: a hard link to it in a workload must not become a way to change the object. */
const OBJECT_MODE = 0o444

/** Writes the body beside everything else and syncs it. Leaves nothing behind when it fails. */
export async function stageBody(layout: Layout, body: Readable | Uint8Array, options: PutOptions): Promise<StagedFile> {
  return await stage(layout, async (handle) => {
    for await (const chunk of chunksOf(body, options)) await onDisk(handle.writeFile(chunk))
  })
}

/** Writes the files one after the other into a new one and syncs it. Constant memory. */
export async function stageConcatenation(layout: Layout, files: readonly string[]): Promise<StagedFile> {
  return await stage(layout, async (target) => {
    const buffer = Buffer.allocUnsafe(1024 * 1024)
    for (const file of files) {
      const source = await onDisk(open(file, 'r'))
      try {
        await onDisk(append(source, target, buffer))
      } finally {
        await source.close()
      }
    }
  })
}

/** Gives a synced file its name, durably. If that fails, nothing is to be seen under the name. */
export async function publishObject(layout: Layout, syncedPath: string, key: ObjectKey): Promise<void> {
  const target = layout.object(key)
  await onDisk(layout.ensureObjectFolder(key))
  await onDisk(rename(syncedPath, target))
  try {
    await onDisk(syncFolder(path.dirname(target)))
  } catch (error) {
    await rm(target, { force: true })
    throw error
  }
}

/** As `publishObject`, for a file that nobody wants any more if that fails. */
export async function publishStaged(layout: Layout, staged: StagedFile, key: ObjectKey): Promise<void> {
  try {
    await publishObject(layout, staged.path, key)
  } catch (error) {
    await rm(staged.path, { force: true })
    throw error
  }
}

/** The tag of the part that lies under a name; see `StagedFile.tag`. */
export async function describeFile(handle: FileHandle): Promise<{ readonly sizeBytes: number; readonly tag: string }> {
  const { ino, mtimeNs, size } = await handle.stat({ bigint: true })
  return { sizeBytes: Number(size), tag: `${ino.toString(36)}-${mtimeNs.toString(36)}` }
}

async function stage(layout: Layout, fill: (handle: FileHandle) => Promise<void>): Promise<StagedFile> {
  const stagedPath = layout.newStagingPath()
  const handle = await onDisk(open(stagedPath, 'wx', OBJECT_MODE))
  try {
    await fill(handle)
    // The size is synced with the data; only times are left out.
    await onDisk(handle.datasync())
    const described = await onDisk(describeFile(handle))
    await handle.close()
    return { path: stagedPath, ...described }
  } catch (error) {
    await handle.close()
    await rm(stagedPath, { force: true })
    throw error
  }
}

async function append(source: FileHandle, target: FileHandle, buffer: Buffer): Promise<void> {
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.byteLength, null)
    if (bytesRead === 0) return
    await target.writeFile(buffer.subarray(0, bytesRead))
  }
}
