import { finished, Transform, type Readable } from 'node:stream'
import { Worker } from 'node:worker_threads'

import { Digestion, type ContentDigest, type Digested } from './digestion.ts'

export type { ContentDigest, Digested } from './digestion.ts'

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

/** Digests of long bodies are computed in a thread, so that the event loop has none of it; short ones cost less than the message. */
export interface Digests {
  /** Passes a body on and digests what passed. `digest` settles when the stream has ended or failed. */
  metered(body: Readable): { readonly stream: Readable; readonly digest: Promise<ContentDigest> }
  /** Reads a body to its end, and digests it whole and cut into pieces of the given lengths. */
  cut(body: Readable, lengths: readonly number[]): Promise<Digested>
  close(): Promise<void>
}

/** Up to this a body is digested where it is. */
const SHORT_BYTES = 256 * 1024
/** Bytes go to the thread and back in buffers of this size, which are used again: new ones would be garbage of another thread. */
const SLAB_BYTES = 256 * 1024
/** On their way to the thread, for each body. */
const SLABS_AHEAD = 16
const SPARE_SLABS = 32

interface Sink {
  write(bytes: Uint8Array): Promise<void>
  end(): Promise<Digested>
  forget(): void
}

export function createDigests(): Digests {
  const thread = createDigestThread()

  return {
    metered: (body) => {
      const sink = createSink(thread, [])
      const { promise: digest, resolve, reject } = Promise.withResolvers<ContentDigest>()
      digest.catch(() => undefined) // whoever stores the stream hears of the failure there first
      const stream = new Transform({
        transform: (chunk: Uint8Array, _, done) => void sink.write(chunk).then(() => done(null, chunk), done),
        flush: (done) =>
          void sink.end().then(({ whole }) => {
            resolve(whole)
            done()
          }, done),
        destroy: (error, done) => {
          sink.forget()
          reject(error ?? new Error('the body was not read to its end'))
          done(error)
        },
      })
      stream.on('error', () => undefined) // who reads it hears of it; before that nobody listens, and it would end the process
      // Not `pipeline`: that would destroy a request on whose socket somebody still wants to answer.
      finished(body, { writable: false }, (error) => void (error && stream.destroy(error)))
      return { stream: body.pipe(stream), digest }
    },

    cut: async (body, lengths) => {
      const sink = createSink(thread, lengths)
      try {
        for await (const chunk of body) await sink.write(chunk as Uint8Array) // a stream of bytes
        return await sink.end()
      } catch (error) {
        sink.forget()
        throw error
      }
    },

    close: () => thread.close(),
  }
}

/** Here while the body is short, in the thread from then on. */
function createSink(thread: DigestThread, lengths: readonly number[]): Sink {
  let held: Uint8Array[] | undefined = []
  let heldBytes = 0
  let remote: Sink | undefined

  return {
    write: async (bytes) => {
      if (remote) return await remote.write(bytes)
      held?.push(bytes)
      heldBytes += bytes.byteLength
      if (heldBytes <= SHORT_BYTES) return
      remote = thread.begin(lengths)
      for (const chunk of held ?? []) await remote.write(chunk)
      held = undefined
    },
    end: async () => {
      if (remote) return await remote.end()
      const digestion = new Digestion(lengths)
      for (const chunk of held ?? []) digestion.write(chunk)
      return digestion.end()
    },
    forget: () => remote?.forget(),
  }
}

interface Running {
  ahead: number
  room: (() => void) | undefined
  digested: ((digested: Digested) => void) | undefined
  fail: (error: Error) => void
  readonly failed: Promise<never>
}

interface DigestThread {
  begin(lengths: readonly number[]): Sink
  close(): Promise<void>
}

/** One thread for all, started when the first long body comes. If it dies, the bodies on the way fail and the next gets a new one. */
function createDigestThread(): DigestThread {
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
