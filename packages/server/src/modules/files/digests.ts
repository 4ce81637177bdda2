import { finished, Transform, type Readable } from 'node:stream'

import { createDigestThread, type DigestThread, type Sink } from './digest-thread.ts'
import { Digestion, type ContentDigest, type Digested } from './digestion.ts'

export type { ContentDigest, Digested } from './digestion.ts'

/** Digests of long bodies are computed in a thread, so that the event loop has none of it; short ones cost less than the message. */
export interface Digests {
  /** Passes a body on and digests what passed. `digest` settles when the stream has ended or failed. */
  metered(body: Readable): { readonly stream: Readable; readonly digest: Promise<ContentDigest> }
  /** Reads a body to its end, and digests it whole and cut into pieces of the given lengths. */
  cut(body: AsyncIterable<Uint8Array> | Readable, lengths: readonly number[]): Promise<Digested>
  close(): Promise<void>
}

/** Up to this a body is digested where it is. */
const SHORT_BYTES = 256 * 1024
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
