import { open, type FileHandle } from 'node:fs/promises'
import { addAbortSignal, Readable } from 'node:stream'

import { PortError } from '@mllab/kernel'

import type { ByteRange } from '../../../ports/objects.ts'
import { requireRange } from '../checks.ts'
import { fromFilesystem, onDisk } from './errors.ts'

const CHUNK_BYTES = 256 * 1024

export interface ReadOptions {
  readonly range?: ByteRange
  readonly signal?: AbortSignal
}

/** A stream over the file or a range of it; the handle belongs to the stream. Fails with `INVALID` if the range begins behind the end. */
export async function openForReading(file: string, options: ReadOptions): Promise<Readable> {
  const range = requireRange(options.range ?? { start: 0 })
  options.signal?.throwIfAborted()
  const handle = await onDisk(open(file, 'r'))
  try {
    const { size } = await onDisk(handle.stat())
    if (options.range && range.start >= size)
      throw new PortError('INVALID', `The range begins at ${range.start}, the object has ${size} bytes`)
    const stream = streamOf(handle, range.start, Math.min(size, (range.end ?? size) + 1))
    return options.signal ? addAbortSignal(options.signal, stream) : stream
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Unlike `fs.createReadStream`, this fails when the file is shorter than it was when it was opened. */
function streamOf(handle: FileHandle, start: number, endExclusive: number): Readable {
  let position = start
  const readChunk = async (): Promise<Uint8Array | null> => {
    const wantedBytes = Math.min(CHUNK_BYTES, endExclusive - position)
    if (wantedBytes <= 0) return null
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(wantedBytes), 0, wantedBytes, position)
    if (bytesRead === 0)
      throw new PortError('CORRUPT', `The object ends at ${position}, expected ${endExclusive} bytes`)
    position += bytesRead
    return buffer.subarray(0, bytesRead)
  }
  return new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      readChunk().then(
        (chunk) => this.push(chunk),
        (error: unknown) => this.destroy(fromFilesystem(error) as Error), // what `handle.read` rejects with is an Error
      )
    },
    destroy(error, done) {
      handle.close().then(
        () => done(error),
        (closing: unknown) => done(error ?? (closing as Error)), // as above
      )
    },
  })
}
