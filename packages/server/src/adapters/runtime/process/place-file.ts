import { constants } from 'node:fs'
import { copyFile, link, open, stat, type FileHandle } from 'node:fs/promises'

import { hasCode, PortError } from '@mllab/kernel'

import type { LocalBytes } from '../../../ports/runtime.ts'
import type { NewPlace } from './put-inside.ts'
import { isSealed } from './sealed-volume.ts'

const CHUNK_BYTES = 1024 * 1024
const READ_ONLY = 0o444

/**
 * Makes a file of bytes that the platform has. In a sealed volume a whole file is the same file by another name: it is root's and
 * read-only, so nobody who sees it there can change it. Elsewhere its owner could, so he gets a copy, which shares the blocks on disk where
 * the file system can do that.
 */
export async function placeNew(place: NewPlace, source: LocalBytes): Promise<void> {
  const found = await stat(source.file)
  const whole = source.start === 0 && source.sizeBytes === found.size
  const rootsAlone = found.isFile() && found.uid === 0 && (found.mode & 0o222) === 0
  if (whole && rootsAlone && isSealed(place.volume) && (await linked(source.file, place.path))) return
  await copied(place, source, whole)
}

/** False where there can be no link: on another file system, or when the file has as many as it may. */
async function linked(file: string, target: string): Promise<boolean> {
  try {
    await link(file, target)
    return true
  } catch (error) {
    if (hasCode(error, 'EXDEV', 'EMLINK', 'EPERM')) return false
    throw error
  }
}

/** Everything goes through the file that was made here, whatever its name leads to by now. */
async function copied({ path, own }: NewPlace, source: LocalBytes, whole: boolean): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const target = await open(path, flags, 0o600)
  try {
    if (whole) await copyFile(source.file, `/proc/self/fd/${target.fd}`, constants.COPYFILE_FICLONE)
    else await copyRange(source, target)
    await own(target)
    await target.chmod(READ_ONLY)
  } finally {
    await target.close()
  }
}

async function copyRange({ file, start, sizeBytes }: LocalBytes, target: FileHandle): Promise<void> {
  const source = await open(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes))
    for (let done = 0; done < sizeBytes;) {
      const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, sizeBytes - done), start + done)
      if (bytesRead === 0) throw new PortError('CORRUPT', `${file} ends too early`)
      await target.writeFile(buffer.subarray(0, bytesRead))
      done += bytesRead
    }
  } finally {
    await source.close()
  }
}
