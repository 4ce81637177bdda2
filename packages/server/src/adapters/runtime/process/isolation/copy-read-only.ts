import { chmod, constants, copyFile, lchown, mkdir, open, readlink, symlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

import { hasCode, PortError } from '@mllab/kernel'

import { entryOf, namesIn } from '../remove-folder.ts'

/** One folder is open for each. */
const DEEPEST = 100

/**
 * A copy that belongs to root and can be read by the group: what a user of his own may not change. Programs may be at work in `source`
 * meanwhile: each folder is opened without following links and what lies in it is looked up there, so what they make of it leads nowhere.
 */
export async function copyReadOnly(source: string, target: string, gid: number): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true, mode: 0o711 })
  const folder = await open(source, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    await copyFolder(folder, Buffer.from(target), gid, 0)
  } finally {
    await folder.close()
  }
}

async function copyFolder(source: FileHandle, target: Buffer, gid: number, depth: number): Promise<void> {
  if (depth > DEEPEST) throw new PortError('INVALID', `folders more than ${DEEPEST} deep cannot be mounted`)
  await mkdir(target, { mode: 0o700 })
  for (const name of await namesIn(source))
    await copyEntry(source, name, Buffer.concat([target, Buffer.from('/'), name]), { gid, depth })
  await give(target, 0o550, gid)
}

async function copyEntry(
  folder: FileHandle,
  name: Buffer,
  target: Buffer,
  { gid, depth }: { gid: number; depth: number },
): Promise<void> {
  let entry: FileHandle
  try {
    entry = await open(entryOf(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (hasCode(error, 'ELOOP')) return copyLink(entryOf(folder, name), target, gid)
    // Gone meanwhile, or a socket, which nobody can copy.
    if (hasCode(error, 'ENOENT', 'ENXIO')) return
    throw error
  }
  try {
    const found = await entry.stat()
    if (found.isDirectory()) await copyFolder(entry, target, gid, depth + 1)
    else if (found.isFile()) {
      await copyFile(`/proc/self/fd/${entry.fd}`, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
      await give(target, (found.mode & 0o111) === 0 ? 0o440 : 0o550, gid)
    }
  } finally {
    await entry.close()
  }
}

async function copyLink(from: Buffer, target: Buffer, gid: number): Promise<void> {
  try {
    await symlink(await readlink(from, { encoding: 'buffer' }), target)
    await lchown(target, 0, gid)
  } catch (error) {
    // It was a link a moment ago.
    if (!hasCode(error, 'EINVAL', 'ENOENT')) throw error
  }
}

/** Of the target everything on the way is root's. */
async function give(place: Buffer, mode: number, gid: number): Promise<void> {
  await lchown(place, 0, gid)
  await chmod(place, mode)
}
