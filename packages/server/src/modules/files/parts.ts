import { Readable } from 'node:stream'

import { LabError } from '@mllab/contract'
import { crashPoint, isPortError, type Clock } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import { newObjectKey, type ObjectKey, type ObjectStore, type PartTag } from '../../ports/objects.ts'
import type { BodyOptions } from './blobs.ts'
import { partsHandle, type UploadRow, type UploadsStore } from './uploads.store.ts'

export type Parts = ReturnType<typeof createParts>

/** The bytes of an upload: parts in any order, again and again, joined into one object in the end. All of it survives a restart. */
export function createParts({
  db,
  objects,
  store,
  outbox,
  clock,
}: {
  db: Database
  objects: ObjectStore
  store: UploadsStore
  outbox: Outbox
  clock: Clock
}) {
  const inTurn = createTurns()

  const { minPartSizeBytes } = objects.capabilities
  const requireSizes = (parts: readonly PartTag[]) => {
    const small = parts.slice(0, -1).find(({ sizeBytes }) => sizeBytes < minPartSizeBytes)
    if (small)
      throw new LabError('INVALID_INPUT', {
        reason: `Part ${small.number} has ${small.sizeBytes} bytes; all but the last need ${minPartSizeBytes} in this store.`,
      })
  }

  return {
    /** Where the bytes of a new upload will lie. */
    begin: async (): Promise<{ key: string; handle: string }> => {
      const { key, uploadId } = await objects.beginParts(newObjectKey())
      return { key, handle: uploadId }
    },

    /** Stores one part; the last body of a number counts. */
    receive: (row: UploadRow, number: number, body: Readable, options: BodyOptions): Promise<void> =>
      // In turn, so that the tag that is stored is the one of the body that is stored.
      inTurn(`${row.id} ${number}`, async () => {
        // A crash between body and row must not leave the tag of the body before: then all parts would have to come again.
        if (await store.hasPart(row.id, number)) await store.forgetPart(row.id, number)
        const part = await objects.putPart(partsHandle(row), number, body, present(options)).catch((error: unknown) => {
          throw asNotOpen(error)
        })
        crashPoint('part/received')
        await stillOpen(() => db.batch(store.partSteps(row, part, clock.now())))
      }),

    /**
     * Makes the object of all parts; again after a crash. Fails with `UPLOAD_INCOMPLETE` if a part turns out to be another one,
     * `INVALID_INPUT` if one is smaller than the store takes: clients of MLflow choose the size.
     */
    join: async (row: UploadRow, parts: readonly PartTag[]): Promise<ObjectKey> => {
      requireSizes(parts)
      const handle = partsHandle(row)
      try {
        if (parts.length === 0) await objects.put(handle.key, Readable.from([]), { sizeBytes: 0 })
        else await objects.completeParts(handle, parts)
      } catch (error) {
        // Another server may be completing it too: then the parts are gone because the object is there.
        if (isPortError(error, 'NOT_FOUND') && (await objects.head(handle.key))) return handle.key
        if (!isPortError(error, 'INVALID')) throw asNotOpen(error)
        // Two servers took the same part at once: which body is there is unknown, so all have to come again.
        await store.forgetParts(row.id)
        throw new LabError(
          'UPLOAD_INCOMPLETE',
          { reason: 'Parts were replaced while they were stored.' },
          { cause: error },
        )
      }
      return handle.key
    },

    /** Forgets an open upload with its bytes. Fails with `NOT_FOUND` if it is not open any more. */
    forget: async (row: UploadRow, events: readonly NewEvent[] = []): Promise<void> => {
      await stillOpen(() => outbox.commit(store.forgetSteps(row.id), events))
      crashPoint('upload/forgotten')
      await objects.abortParts(partsHandle(row))
      await objects.delete([partsHandle(row).key])
    },
  }
}

function present({ sizeBytes, signal }: BodyOptions) {
  return { ...(sizeBytes === undefined ? {} : { sizeBytes }), ...(signal ? { signal } : {}) }
}

/** Fails with `NOT_FOUND` where a batch expected an open upload. */
export async function stillOpen<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'open upload' }, { cause: error })
    throw error
  }
}

/** The store has forgotten the upload; any other error as it is. */
function asNotOpen(error: unknown): unknown {
  return isPortError(error, 'NOT_FOUND') ? new LabError('NOT_FOUND', { what: 'open upload' }, { cause: error }) : error
}

/** Tasks of one key run one after the other. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(key: string, task: () => Promise<T>): Promise<T> => {
    const before = last.get(key) ?? Promise.resolve()
    const mine = before.catch(() => undefined).then(task)
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
