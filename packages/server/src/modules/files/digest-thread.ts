import { Worker } from 'node:worker_threads'

import type { Digested } from './digestion.ts'

export type DigestRequest =
  | { readonly id: number; readonly kind: 'begin'; readonly lengths: readonly number[] }
  | { readonly id: number; readonly kind: 'bytes'; readonly slab: Uint8Array<ArrayBuffer>; readonly sizeBytes: number }
  | { readonly id: number; readonly kind: 'end' }
  | { readonly id: number; readonly kind: 'forget' }

/** A slab that was digested comes back to be filled again. */
export type DigestAnswer = { readonly id: number } & (
  | { readonly slab: Uint8Array<ArrayBuffer> }
  | { readonly digested: Digested }
)

/** Takes a sequence of bytes. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>
  end(): Promise<Digested>
  forget(): void
}

/** Bytes go to the thread and back in buffers of this size, which are used again: new ones would be garbage of another thread. */
const SLAB_BYTES = 256 * 1024
/** On their way to the thread, for each body. */
const SLABS_AHEAD = 16
const SPARE_SLABS = 32

interface Running {
  ahead: number
  room: (() => void) | undefined
  digested: ((digested: Digested) => void) | undefined
  fail: (error: Error) => void
  readonly failed: Promise<never>
}

export interface DigestThread {
  begin(lengths: readonly number[]): Sink
  close(): Promise<void>
}

/** One thread for all, started when the first long body comes. If it dies, the bodies on the way fail and the next gets a new one. */
export function createDigestThread(): DigestThread {
  const running = new Map<number, Running>()
  const spare: Uint8Array<ArrayBuffer>[] = []
  let worker: Worker | undefined
  let lastId = 0

  const receive = (answer: DigestAnswer) => {
    const one = running.get(answer.id)
    if ('slab' in answer) {
      if (spare.length < SPARE_SLABS) spare.push(answer.slab)
      if (one && (one.ahead -= 1) < SLABS_AHEAD) one.room?.()
    } else if (one) {
      running.delete(answer.id)
      one.digested?.(answer.digested)
    }
  }

  const start = () => {
    const started = new Worker(new URL('digest.worker.ts', import.meta.url), { name: 'digests', execArgv: [] })
    started.unref()
    started.on('message', receive)
    const end = (error: Error) => {
      if (worker === started) worker = undefined
      for (const one of running.values()) one.fail(error)
      running.clear()
    }
    started.on('error', end)
    started.on('exit', () => end(new Error('the thread that digests has ended')))
    return started
  }

  const tell = (request: DigestRequest, transfer: readonly ArrayBuffer[] = []) =>
    (worker ??= start()).postMessage(request, transfer)

  const begin = (lengths: readonly number[]): Sink => {
    const id = (lastId += 1)
    const { promise: failed, reject: fail } = Promise.withResolvers<never>()
    failed.catch(() => undefined) // heard by whoever writes next
    const one: Running = { ahead: 0, room: undefined, digested: undefined, fail, failed }
    let slab: Uint8Array<ArrayBuffer> | undefined
    let filled = 0
    running.set(id, one)
    tell({ id, kind: 'begin', lengths })

    const flush = () => {
      if (!slab || filled === 0) return
      one.ahead += 1
      tell({ id, kind: 'bytes', slab, sizeBytes: filled }, [slab.buffer])
      slab = undefined
      filled = 0
    }

    return {
      write: async (bytes) => {
        // Copied, since the chunk itself goes on to the store.
        for (let rest = bytes; rest.byteLength > 0;) {
          slab ??= spare.pop() ?? new Uint8Array(SLAB_BYTES)
          const part = rest.subarray(0, SLAB_BYTES - filled)
          slab.set(part, filled)
          filled += part.byteLength
          rest = rest.subarray(part.byteLength)
          if (filled === SLAB_BYTES) flush()
        }
        if (one.ahead < SLABS_AHEAD) return
        const { promise: room, resolve } = Promise.withResolvers<void>()
        one.room = resolve
        await Promise.race([room, failed])
      },
      end: async () => {
        flush()
        const { promise, resolve } = Promise.withResolvers<Digested>()
        one.digested = resolve
        tell({ id, kind: 'end' })
        return await Promise.race([promise, failed])
      },
      forget: () => {
        if (running.delete(id) && worker) tell({ id, kind: 'forget' })
      },
    }
  }

  return {
    begin,
    close: async () => {
      await worker?.terminate()
    },
  }
}
