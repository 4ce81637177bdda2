import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import type { ObjectKey, ObjectStore } from '@mllab/server/ports/objects'

// `gc` is only given to contexts made after the flag is set.
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // V8 documents it so

export const MIB = 1024 * 1024

export const FILLER = noise(5, MIB)

export async function read(
  store: ObjectStore,
  key: ObjectKey,
  range?: { start: number; end?: number },
): Promise<Buffer> {
  return await buffer(await store.get(key, range ? { range } : {}))
}

export async function listAll(store: ObjectStore, limit: number) {
  const seen = []
  for (let after: ObjectKey | undefined; ;) {
    const page = await store.list(after === undefined ? { limit } : { after, limit })
    if (page.length > limit) throw new Error(`asked for ${limit}, got ${page.length}`)
    seen.push(...page)
    if (page.length < limit) return seen
    after = page.at(-1)?.key
  }
}

/** Bytes of all buffers of this thread that are still in use. */
export function liveBufferBytes(): number {
  // The first frees the memory of buffers beside us; the second begins by waiting for that.
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text)
}

/** Bytes that look random and are the same every time. */
export function noise(seed: number, sizeBytes: number): Buffer {
  const block = createHash('sha512').update(String(seed)).digest()
  const bytes = Buffer.alloc(sizeBytes)
  for (let at = 0; at < sizeBytes; at += block.length) {
    block.writeUInt32LE(at, 0)
    block.copy(bytes, at)
  }
  return bytes
}

export function* slices(body: Buffer, sliceBytes: number): Generator<Buffer, void> {
  for (let at = 0; at < body.length; at += sliceBytes) yield body.subarray(at, at + sliceBytes)
}

export function repeated(mib: number, each: () => void = () => undefined): Readable {
  return Readable.from(
    (function* () {
      for (let index = 0; index < mib; index += 1) {
        each()
        yield FILLER
      }
    })(),
    { objectMode: false },
  )
}

export function breaking(mibBefore: number, error: Error): Readable {
  return Readable.from(
    (function* () {
      for (let index = 0; index < mibBefore; index += 1) yield FILLER
      throw error
    })(),
    { objectMode: false },
  )
}

/** Gives that much, calls back when more is wanted, and never ends. */
export function silentAfter(mib: number, onSilence: () => void): Readable {
  let given = 0
  return new Readable({
    read() {
      if (given < mib) this.push(FILLER)
      else if (given === mib) setImmediate(onSilence)
      given += 1
    },
  })
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
