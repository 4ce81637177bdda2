import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'

import { hasCode, messageOf, PortError } from '@mllab/kernel'

import { within } from './remove-folder.ts'

/** Where a new file of a volume is made. */
export interface NewPlace {
  /** Nothing is there. */
  readonly path: string
  /** The volume's folder. */
  readonly volume: Stats
  /** Gives it to whom the volume belongs. */
  own(handle: FileHandle): Promise<void>
}

/**
 * Has a file made aside and renames it; what is made belongs to whom the volume belongs. Every folder on the way is opened without following
 * links and the next one is looked up in it, so a program that swaps a folder for a link meanwhile leads nowhere.
 */
export async function putInside(
  root: string,
  segments: readonly string[],
  make: (place: NewPlace) => Promise<void>,
): Promise<void> {
  const name = segments.at(-1) ?? ''
  let folder = await openFolder(root)
  const volume = await folder.stat()
  const own = async (handle: FileHandle) => {
    if (process.getuid?.() === 0) await handle.chown(volume.uid, volume.gid)
  }
  try {
    for (const segment of segments.slice(0, -1)) {
      const next = await enterFolder(within(folder, segment), own)
      await folder.close()
      folder = next
    }
    const temporary = within(folder, `.lab-${randomBytes(6).toString('hex')}`)
    try {
      await make({ path: temporary, volume, own })
      await rename(temporary, within(folder, name))
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  } catch (error) {
    throw asPortError(error, segments.join('/'))
  } finally {
    await folder.close()
  }
}

function openFolder(folder: string): Promise<FileHandle> {
  return open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

async function enterFolder(folder: string, own: (handle: FileHandle) => Promise<void>): Promise<FileHandle> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    return openFolder(folder)
  }
  const handle = await openFolder(folder)
  await own(handle)
  return handle
}

/** Writes the content into a new file. */
export async function writeNew({ path, own }: NewPlace, content: Uint8Array | Readable): Promise<void> {
  const handle = await open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o644,
  )
  try {
    await handle.writeFile(content)
    await own(handle)
  } finally {
    await handle.close()
  }
}

function asPortError(error: unknown, relativePath: string): unknown {
  if (hasCode(error, 'ENOTDIR', 'ELOOP'))
    return new PortError('INVALID', `${relativePath} leads through something that is no folder`, { cause: error })
  if (hasCode(error, 'EISDIR', 'ENOTEMPTY'))
    return new PortError('INVALID', `${relativePath} is a folder`, { cause: error })
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return new PortError('STORAGE_FULL', messageOf(error), { cause: error })
  return error
}
