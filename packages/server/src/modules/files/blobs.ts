import type { Readable } from 'node:stream'

import { isLabError } from '@mllab/contract'
import { crashPoint, messageOf, type Clock, type Log } from '@mllab/kernel'

import type { BatchStep, Database, StepResult } from '../../ports/database.ts'
import { newObjectKey, type ByteRange, type ObjectKey, type ObjectStore } from '../../ports/objects.ts'
import { createBlobsStore } from './blobs.store.ts'
import type { ContentDigest, Digests } from './digests.ts'

/** Bytes in the object store that no row refers to yet. */
export interface Received extends ContentDigest {
  readonly key: ObjectKey
}

export interface BodyOptions {
  readonly sizeBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Stores the step that keeps received bytes together with what refers to them, and gives back the result of that step. */
export type Commit<T> = (step: BatchStep) => Promise<{ readonly kept: StepResult; readonly value: T }>

export type Blobs = ReturnType<typeof createBlobs>

/** Bytes stay this long after the last thing that referred to them is gone; also how old an object without a row has to be. */
export const GRACE_MS = 24 * 3600_000

const SWEEP_PAGE = 200
const LIST_PAGE = 500

/**
 * Contents, stored once for each project. A body is streamed under a new key and its hash known at the end; then the row that addresses
 * it is made together with what refers to it. If the project had the content, the row of old is taken and the new object removed. A crash
 * in between leaves an object without a row, which the sweep finds.
 */
export function createBlobs({
  db,
  objects,
  clock,
  digests,
  log,
}: {
  db: Database
  objects: ObjectStore
  clock: Clock
  digests: Digests
  log: Log
}) {
  const store = createBlobsStore(db)

  const discard = async (key: ObjectKey) => {
    try {
      await objects.delete([key])
    } catch (error) {
      log.warn('an object without a row stays until the sweep', { key, error: messageOf(error) })
    }
  }

  const keep = async <T>(projectId: string, received: Received, commit: Commit<T>): Promise<T> => {
    crashPoint('bytes/durable')
    const { kept, value } = await commit(store.keepStep(projectId, received.key, received, clock.now()))
    crashPoint('bytes/kept')
    if (kept.rows[0]?.['key'] !== received.key) await discard(received.key)
    return value
  }

  return {
    idOf: store.idOf,

    /** Streams a body into the object store, in constant memory. What it fails with is the body's or the store's own error. */
    receive: async (body: Readable, { sizeBytes, signal }: BodyOptions = {}): Promise<Received> => {
      const key = newObjectKey()
      const { stream, digest } = digests.metered(body)
      try {
        await objects.put(key, stream, {
          ...(sizeBytes === undefined ? {} : { sizeBytes }),
          ...(signal === undefined ? {} : { signal }),
        })
        return { key, ...(await digest) }
      } finally {
        stream.destroy()
      }
    },

    /** Digests what lies under a key already, in constant memory. `onBytes` hears how many have been read. */
    inspect: async (
      key: ObjectKey,
      lengths: readonly number[],
      { signal, onBytes }: { signal?: AbortSignal; onBytes?: (readBytes: number) => void } = {},
    ) => {
      const stream = await objects.get(key, signal ? { signal } : {})
      return digests.cut(onBytes ? counted(stream, onBytes) : stream, lengths)
    },

    keep,

    /** As `keep`; if the commit is refused, the bytes are removed. After any other failure they stay: the batch may have been stored. */
    keepOrDiscard: async <T>(projectId: string, received: Received, commit: Commit<T>): Promise<T> => {
      try {
        return await keep(projectId, received, commit)
      } catch (error) {
        if (isLabError(error)) await discard(received.key)
        throw error
      }
    },

    open: (key: ObjectKey, range?: ByteRange, signal?: AbortSignal): Promise<Readable> =>
      objects.get(key, { ...(range ? { range } : {}), ...(signal ? { signal } : {}) }),

    /** A file on this machine with these bytes, which never change; undefined where the store has none. */
    localPath: async (key: ObjectKey): Promise<string | undefined> => objects.localPath?.(key),

    discard,

    /** Removes bytes that nothing has referred to for a day. */
    sweepDead: async (signal?: AbortSignal): Promise<number> => {
      const cutoffMs = clock.now() - GRACE_MS
      let removed = 0
      for (;;) {
        signal?.throwIfAborted()
        const ids = await store.dying(cutoffMs, SWEEP_PAGE)
        if (ids.length === 0) return removed
        const keys = await store.bury(ids, cutoffMs)
        await store.spare(ids, cutoffMs)
        // The rows went first: what a crash leaves here is an object without a row.
        await objects.delete(keys)
        removed += keys.length
        if (ids.length < SWEEP_PAGE) return removed
      }
    },

    /** Removes objects that no row has known for a day: what crashes left between a body and its row. */
    sweepUnknown: async (signal?: AbortSignal): Promise<number> => {
      const cutoffMs = clock.now() - GRACE_MS
      let removed = 0
      let after: ObjectKey | undefined
      for (;;) {
        signal?.throwIfAborted()
        const page = await objects.list({ limit: LIST_PAGE, ...(after ? { after } : {}) })
        after = page.at(-1)?.key
        if (!after) return removed
        const old = page.filter((object) => object.modifiedAt < cutoffMs).map((object) => object.key)
        const known = old.length > 0 ? await store.knownKeys(old) : new Set()
        const unknown = old.filter((key) => !known.has(key))
        await objects.delete(unknown)
        removed += unknown.length
      }
    },

    /** Removes all contents of a project at once. Nothing may refer to them any more. */
    purge: async (projectId: string, signal?: AbortSignal): Promise<void> => {
      await store.markProject(projectId, clock.now() - 1)
      for (;;) {
        signal?.throwIfAborted()
        const ids = await store.ofProject(projectId, SWEEP_PAGE)
        if (ids.length === 0) return
        const keys = await store.bury(ids, clock.now())
        await objects.delete(keys)
        if (keys.length === 0) return
      }
    },
  }
}

async function* counted(stream: Readable, onBytes: (readBytes: number) => void): AsyncGenerator<Uint8Array> {
  let readBytes = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    readBytes += chunk.byteLength
    onBytes(readBytes)
    yield chunk
  }
}
