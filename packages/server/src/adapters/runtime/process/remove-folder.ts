import { randomBytes } from 'node:crypto'
import { chmod, constants, open, readdir, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

import { hasCode } from '@mllab/kernel'

/** Linux, not among Node's constants: names a place without asking for the right to read it (open(2)). */
const O_PATH = 0o10000000
const AT_ONCE = 16
/** Somebody may still write in it: it is looked at again this often. */
const LOOKS = 10

/** What it is in a folder that is open, whatever the path of that folder leads to by now. */
export function within(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`
}

/** Names are bytes: programs may choose some that are no text. */
export function entryOf(folder: FileHandle, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(within(folder, '')), name])
}

export function namesIn(folder: FileHandle): Promise<Buffer[]> {
  return readdir(within(folder, '.'), { encoding: 'buffer' })
}

/**
 * Removes a folder with all in it, also what its owner may not write to; nothing is there: fine. Programs may be at work in it: no name is
 * looked up below a path that they could have made a link meanwhile, so nothing outside is ever touched, and no depth is too much.
 */
export async function removeFolder(folder: string): Promise<void> {
  let root: FileHandle | undefined
  try {
    root = await openWritable(folder)
    for (let look = 0; look < LOOKS && (await empty(root)); look += 1);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  } finally {
    await root?.close()
  }
  if (root) await ignoring(rmdir(folder), 'ENOENT')
}

/** False if there was nothing. What lies deeper is drawn up beside its folder, so no more than two folders are open at a time. */
async function empty(root: FileHandle): Promise<boolean> {
  const names = await namesIn(root)
  const found = names.length > 0
  for (let some = names.splice(0, AT_ONCE); some.length > 0; some = names.splice(0, AT_ONCE)) {
    const folders = await Promise.all(some.map(async (name) => ((await unlinked(root, name)) ? [] : [name])))
    for (const name of folders.flat()) names.push(...(await emptyInto(root, name)))
  }
  return found
}

/** The new names of the folders that lay in it. */
async function emptyInto(root: FileHandle, name: Buffer): Promise<Buffer[]> {
  const drawnUp: Buffer[] = []
  let folder: FileHandle | undefined
  try {
    folder = await openWritable(entryOf(root, name))
    const names = await namesIn(folder)
    for (let some = names.splice(0, AT_ONCE); some.length > 0; some = names.splice(0, AT_ONCE)) {
      const from = folder
      const folders = await Promise.all(some.map(async (each) => ((await unlinked(from, each)) ? [] : [each])))
      for (const each of folders.flat()) {
        const above = Buffer.from(`.lab-${randomBytes(9).toString('hex')}`)
        await makeWritable(entryOf(folder, each))
        await rename(entryOf(folder, each), entryOf(root, above))
        drawnUp.push(above)
      }
    }
  } catch (error) {
    // Taken away, or made something else meanwhile: the next look at all of it sees what it is now.
    if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error
  } finally {
    await folder?.close()
  }
  await ignoring(rmdir(entryOf(root, name)), 'ENOENT', 'ENOTDIR', 'ENOTEMPTY')
  return drawnUp
}

/** False for a folder. */
async function unlinked(folder: FileHandle, name: Buffer): Promise<boolean> {
  try {
    await unlink(entryOf(folder, name))
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true
    if (hasCode(error, 'EISDIR', 'EPERM')) return false
    throw error
  }
}

async function openWritable(folder: string | Buffer): Promise<FileHandle> {
  await makeWritable(folder)
  return open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

/** Its owner may have taken every right from it, and a folder that nobody may write to can be neither emptied nor moved. */
async function makeWritable(folder: string | Buffer): Promise<void> {
  const place = await open(folder, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    await chmod(path.dirname(within(place, '.')), 0o700)
  } finally {
    await place.close()
  }
}

async function ignoring(work: Promise<void>, ...codes: string[]): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!hasCode(error, ...codes)) throw error
  }
}
