import { LabError, type Operation } from '@mllab/contract'

import { presentOperation } from '../../core/operation-record.ts'
import type { OperationContext, Operations } from '../../core/operations.ts'
import type { Outbox } from '../../core/outbox.ts'
import { ExpectationError } from '../../ports/database.ts'
import { Accepted, type Access, type Actor, type ProjectRef } from '../access/access.ts'
import { completionSteps, type Progress } from './completion.ts'
import type { UploadRow, UploadsStore } from './uploads.store.ts'

export type LongCompletion = ReturnType<typeof createLongCompletion>

const KIND = 'upload.complete'
/** What a slow disk or store reads in a few seconds; a proxy on the way gives up after thirty or sixty. */
const LONG_BYTES = 512 * 1024 * 1024
/** Each is a row. */
const LONG_ENTRIES = 10_000

/** Whether somebody should not have to wait for the completion of an upload. */
export function isLong(row: Pick<UploadRow, 'size_bytes' | 'entries'>): boolean {
  return row.size_bytes > LONG_BYTES || row.entries > LONG_ENTRIES
}

/** Completes large uploads as operations: seen by everybody, cancelled by asking, gone on with after a crash. */
export function createLongCompletion({
  operations,
  outbox,
  access,
  store,
  complete,
}: {
  operations: Operations
  outbox: Outbox
  access: Access
  store: UploadsStore
  /** Must be repeatable. */
  complete: (row: UploadRow, actorId: string, progress: Progress) => Promise<unknown>
}) {
  operations.handle(KIND, async ({ input, actorId, step, progress, signal }: OperationContext<{ upload: string }>) => {
    const row = await store.get({ projects: 'all' }, input.upload)
    if (!row) throw new LabError('NOT_FOUND', { what: 'open upload' })
    if (row.status === 'complete') return
    await complete(row, actorId ?? '', { step, bytes: (done) => progress(done, row.size_bytes, 'bytes'), signal })
  })

  const start = async (actor: Actor, row: UploadRow, nowMs: number): Promise<void> => {
    const subject = { kind: 'upload', id: row.id }
    const operation = operations.declare({
      kind: KIND,
      projectId: row.project_id,
      subject,
      actorId: actor.principalId,
      steps: completionSteps,
      input: { upload: row.id },
    })
    // Sealing comes first: of two who start at once, one waits for the other's operation.
    await outbox.commit(
      [store.sealStep(row, nowMs), operations.noneStep(KIND, subject), operation.step],
      [
        {
          type: 'operation.started',
          projectId: row.project_id,
          subject: { kind: 'operation', id: operation.id },
          actorId: actor.principalId,
          payload: { kind: KIND, name: row.name },
        },
      ],
    )
    operations.wake(operation.id)
  }

  return {
    /** The operation that completes an upload: the one under way, or a new one. Undefined if it has just ended. */
    accept: async (
      actor: Actor,
      project: ProjectRef,
      row: UploadRow,
      nowMs: number,
    ): Promise<Accepted<Operation> | undefined> => {
      try {
        await start(actor, row, nowMs)
      } catch (error) {
        if (!(error instanceof ExpectationError)) throw error
        if (error.step !== 'under way' && (await store.isComplete(row.id))) return undefined
        if (error.step !== 'under way') throw new LabError('NOT_FOUND', { what: 'open upload' }, { cause: error })
      }
      const record = await operations.underWay(KIND, { kind: 'upload', id: row.id })
      if (!record) return undefined
      const people = await access.people([record.actorId])
      const startedBy = (record.actorId === null ? undefined : people.get(record.actorId)) ?? null
      const can = record.actorId === actor.principalId ? ['cancel'] : []
      return new Accepted(
        presentOperation(record, startedBy, can),
        `/api/projects/${project.slug}/operations/${record.id}`,
      )
    },
  }
}
