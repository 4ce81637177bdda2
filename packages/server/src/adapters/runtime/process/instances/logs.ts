import { open, readFile, stat, type FileHandle } from 'node:fs/promises'

import { delay, hasCode, isPortError, PortError } from '@mllab/kernel'

import type { LogChunk, LogQuery } from '../../../../ports/runtime.ts'
import { replaceFile } from './record.ts'

const CHUNK_BYTES = 64 * 1024
/** How often a follower looks for more. */
const FOLLOW_MS = 100

/** The first byte that is kept; what lies before was given back to the file system and reads as zeros. */
export async function readLogFloor(logFile: string): Promise<number> {
  try {
    return Number(await readFile(`${logFile}.first`, 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0
    throw error
  }
}

/** Written before the hole is punched: a reader never takes zeros for a log. */
export async function writeLogFloor(logFile: string, floor: number): Promise<void> {
  await replaceFile(`${logFile}.first`, String(floor))
}

export async function logSize(logFile: string): Promise<number> {
  try {
    return (await stat(logFile)).size
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0
    throw error
  }
}

const END_BYTES = 4096

/** The last lines of a log, none from before `from`. */
export async function endOfLog(logFile: string, from: number): Promise<string> {
  try {
    const file = await openLog(logFile)
    try {
      const { size } = await file.stat()
      const start = Math.max(from, size - END_BYTES)
      const { buffer, bytesRead } = await file.read(new Uint8Array(END_BYTES), 0, END_BYTES, start)
      return Buffer.from(buffer.subarray(0, bytesRead)).toString('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isPortError(error)) return ''
    throw error
  }
}

/**
 * Reads a log that may still grow. Following ends with the signal, or when `isLive` says that nobody writes any more and the end is
 * reached.
 */
export async function* readLog(logFile: string, query: LogQuery, isLive: () => boolean): AsyncGenerator<LogChunk> {
  const file = await openLog(logFile)
  try {
    let offset = query.from < 0 ? Math.max(0, (await file.stat()).size + query.from) : query.from
    for (;;) {
      if (query.signal?.aborted) return
      // Asked before the read: what is written until then is still delivered.
      const live = query.follow && isLive()
      const bytes = await readChunk(file, offset)
      // Asked after the read: the front may have been given back meanwhile, and then these are zeros.
      const floor = await readLogFloor(logFile)
      if (floor > offset) offset = floor
      else if (bytes.byteLength > 0) {
        yield { bytes, offset }
        offset += bytes.byteLength
      } else if (!live || !(await pause(query.signal))) return
    }
  } finally {
    await file.close()
  }
}

async function openLog(logFile: string): Promise<FileHandle> {
  try {
    return await open(logFile, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new PortError('NOT_FOUND', 'there is no log')
    throw error
  }
}

async function readChunk(file: FileHandle, offset: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, offset)
  return buffer.subarray(0, bytesRead)
}

/** False when the signal came. */
async function pause(signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await delay(FOLLOW_MS, signal)
    return true
  } catch {
    return false
  }
}
