import type { Readable } from 'node:stream'

import { PortError } from '@mllab/kernel'

import type { PutOptions } from '../../ports/objects.ts'

/**
 * The bytes of a body, chunk by chunk, counted. Fails with `INVALID` as soon as they are more than `sizeBytes` or when they end
 * before it; with the body's own error if that breaks off; with the signal's reason if that fires.
 *
 * A body that is not read to its end is left to the caller, who may still want to answer on its socket; only the signal destroys it.
 */
export async function* chunksOf(body: Readable | Uint8Array, options: PutOptions): AsyncGenerator<Uint8Array, void> {
  const { sizeBytes, signal } = options
  signal?.throwIfAborted()
  let seenBytes = 0
  // The chunk that reaches the announced size waits for the end of the body: a store that has it would take a longer body as complete.
  let final: Uint8Array | undefined
  for await (const chunk of body instanceof Uint8Array ? [body] : chunksOfStream(body, signal)) {
    seenBytes += chunk.byteLength
    if (sizeBytes !== undefined && seenBytes > sizeBytes) throw wrongSize(sizeBytes, 'more')
    if (chunk.byteLength === 0) continue
    if (seenBytes === sizeBytes) final = chunk
    else yield chunk
    signal?.throwIfAborted()
  }
  if (sizeBytes !== undefined && seenBytes < sizeBytes) throw wrongSize(sizeBytes, `only ${seenBytes}`)
  if (final) yield final
}

/** Groups chunks into buffers of exactly `blockBytes`, the last one shorter; an empty body gives one empty buffer. */
export async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly last: boolean }, void> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (let chunk of chunks) {
    while (heldBytes + chunk.byteLength > blockBytes) {
      const head = chunk.subarray(0, blockBytes - heldBytes)
      const bytes = Buffer.concat([...held, head])
      held = []
      heldBytes = 0
      chunk = chunk.subarray(head.byteLength)
      yield { bytes, last: false }
    }
    held.push(chunk)
    heldBytes += chunk.byteLength
  }
  yield { bytes: Buffer.concat(held), last: true }
}

async function* chunksOfStream(body: Readable, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
  const stop = () => body.destroy(asError(signal?.reason))
  // What breaks after we stopped reading has nobody else who listens, and would end the process.
  body.on('error', () => undefined)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) yield asBytes(chunk)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  throw new TypeError('a body must be a stream of bytes')
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason })
}

function wrongSize(expectedBytes: number, seen: string): PortError {
  return new PortError('INVALID', `The body has ${seen} bytes, ${expectedBytes} were announced`)
}
