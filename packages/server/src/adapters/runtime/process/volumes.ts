import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'

import { crashPoint, hasCode, isSafeRelativePath, messageOf, PortError } from '@mllab/kernel'

import type { Volumes } from '../../../ports/runtime.ts'
import { copyFolder, HALF_COPY } from './copy-volume.ts'
import type { Isolation } from './isolation/isolation.ts'
import { giveTo } from './isolation/place.ts'
import type { Layout } from './layout.ts'
import { removeFolder, within } from './remove-folder.ts'

/** Volumes as plain folders: `<root>/volumes/<id>`. */
export function createVolumes(layout: Layout, isolation: Isolation): Volumes {
  const folderOf = (id: string) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id))
      throw new PortError('INVALID', `not a volume: ${id}`, { subjects: [id] })
    return path.join(layout.volumes, id)
  }
  const existing = async (id: string) => {
    const folder = folderOf(id)
    await access(folder).catch((cause: unknown) => {
      throw new PortError('NOT_FOUND', `there is no volume ${id}`, { cause, subjects: [id] })
    })
    return folder
  }

  return {
    ensure: async ({ id, ...owner }) => {
      await mkdir(folderOf(id), { recursive: true, mode: 0o700 })
      const identity = await isolation.identityOf(owner)
      if (identity) await giveTo(folderOf(id), identity)
    },
    remove: async (id) => {
      // Renamed first: half of a volume is never seen under its name.
      const aside = path.join(layout.trash, `${id}-${randomBytes(6).toString('hex')}`)
      try {
        await rename(folderOf(id), aside)
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return
        throw error
      }
      crashPoint('volume/aside')
      await removeFolder(aside)
    },
    list: async () => (await readdir(layout.volumes)).filter((name) => !name.startsWith(HALF_COPY)),
    copy: async (source, target, { signal, onProgress }) => {
      const folder = await existing(source)
      const total = await diskUsage(folder)
      await copyFolder(folder, folderOf(target), {
        trash: layout.trash,
        usage: diskUsage,
        signal,
        onProgress: (done) => onProgress(Math.min(done, total), total),
      })
      onProgress(total, total)
    },
    usage: async (id) => ({ bytes: await diskUsage(await existing(id)) }),
    writeFile: async (id, relativePath, content) => {
      const folder = await existing(id)
      if (!isSafeRelativePath(relativePath))
        throw new PortError('INVALID', `not a path inside a volume: ${relativePath}`)
      await writeInside(folder, relativePath.split('/'), content)
    },
  }
}

/** What a crash left half deleted. */
export async function emptyTrash(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.trash)) await removeFolder(path.join(layout.trash, name))
  for (const name of await readdir(layout.volumes))
    if (name.startsWith(HALF_COPY)) await removeFolder(path.join(layout.volumes, name))
}

/**
 * Writes aside and renames; what is written belongs to whom the volume belongs. Every folder on the way is opened without following links and the next one is looked up in it, so a program
 * that swaps a folder for a link meanwhile leads nowhere.
 */
async function writeInside(root: string, segments: readonly string[], content: Uint8Array | Readable): Promise<void> {
  const name = segments.at(-1) ?? ''
  let folder = await openFolder(root)
  const { uid, gid } = await folder.stat()
  const own = async (handle: FileHandle) => {
    if (process.getuid?.() === 0) await handle.chown(uid, gid)
  }
  try {
    for (const segment of segments.slice(0, -1)) {
      const next = await enterFolder(within(folder, segment), own)
      await folder.close()
      folder = next
    }
    const temporary = within(folder, `.lab-${randomBytes(6).toString('hex')}`)
    try {
      await writeNew(temporary, content, own)
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

async function writeNew(
  file: string,
  content: Uint8Array | Readable,
  own: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(
    file,
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

/** Blocks on disk, hard links counted once. */
function diskUsage(folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    execFile('/usr/bin/du', ['-skx', folder], { env: { LC_ALL: 'C' } }, (error, stdout) => {
      // A file that vanished meanwhile makes du complain and still print the sum.
      const kibibytes = Number.parseInt(stdout, 10)
      if (Number.isNaN(kibibytes)) reject(new PortError('UNAVAILABLE', messageOf(error), { cause: error }))
      else resolve(kibibytes * 1024)
    })
  })
}
