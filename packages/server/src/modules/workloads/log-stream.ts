import { Readable } from 'node:stream'

import { isPortError } from '@mllab/kernel'

import type { InstanceRef, LogChunk, Runtime } from '../../ports/runtime.ts'
import type { BytesAnswer } from '../access/access.ts'

/**
 * A log as an answer, with the offset of its first byte in `lab-log-offset`, so that a reader can come back to where he was. Of what has
 * not begun to write it is empty.
 */
export async function logStream(
  runtime: Runtime,
  ref: InstanceRef,
  query: { from: number; follow: boolean; signal: AbortSignal },
): Promise<BytesAnswer> {
  const chunks = emptyWhileAbsent(runtime.instances.logs(ref, query))[Symbol.asyncIterator]()
  // A log that is followed may stay silent for long: do not wait for a first byte then.
  const first = query.follow ? undefined : await chunks.next()
  const offset = first && !first.done ? first.value.offset : Math.max(0, query.from)
  async function* bytes() {
    if (first && !first.done) yield first.value.bytes
    if (first?.done) return
    for (;;) {
      const next = await chunks.next()
      if (next.done) return
      yield next.value.bytes
    }
  }
  const stream = Readable.from(bytes(), { objectMode: false })
  // A reader may leave at any time, also before the first byte: the open file goes with him.
  stream.once('close', () => void chunks.return(undefined))
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'lab-log-offset': String(offset) }
  return { stream, headers, live: query.follow }
}

async function* emptyWhileAbsent(log: AsyncIterable<LogChunk>): AsyncGenerator<LogChunk> {
  try {
    yield* log
  } catch (error) {
    if (!isPortError(error, 'NOT_FOUND')) throw error
  }
}
