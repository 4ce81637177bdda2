import { isLabError } from '@mllab/contract'
import { crashPoint, messageOf, newId, type Clock, type Log, type Scope } from '@mllab/kernel'

import { ExpectationError, type BatchStep, type Database } from '../ports/database.ts'
import { createRecorder, operationRecord, type OperationRecord, type StepRecord } from './operation-record.ts'
import type { Outbox } from './outbox.ts'
import { startReconcileLoop, type ReconcileLoop } from './reconcile.ts'

/** What a handler of long work gets. It must be able to start again from the beginning after a crash. */
export interface OperationContext<Input> {
  readonly id: string
  readonly projectId: string | undefined
  readonly actorId: string | undefined
  readonly input: Input
  /** Aborted when somebody cancels or the server stops. */
  readonly signal: AbortSignal
  /** Only when somebody cancels: what a server that stops lets go of is begun again by the next one. */
  readonly cancelled: AbortSignal
  /** Enters a step; the one before is done. Kept for the page that shows it. */
  step(name: string, detail?: string): Promise<void>
  /** Written at most four times a second. */
  progress(done: number, total: number, unit?: string): void
}

export interface NewOperation {
  readonly kind: string
  readonly projectId?: string | undefined
  readonly subject: { readonly kind: string; readonly id: string }
  readonly actorId: string | undefined
  readonly steps: readonly string[]
  readonly input: unknown
}

type Handler = (context: OperationContext<unknown>) => Promise<void>

/** Long work that survives a restart: declared in the batch of the change, run by whoever claims it, cancelled by asking. */
export interface Operations {
  /** Handlers are registered before `start`. */
  handle<Input>(kind: string, handler: (context: OperationContext<Input>) => Promise<void>): void
  /** The step that declares an operation; call `wake` after the batch. */
  declare(operation: NewOperation): { readonly id: string; readonly step: BatchStep }
  /** A step that fails its expectation, by the name `under way`, if one of this kind is under way for the subject. */
  noneStep(kind: string, subject: NewOperation['subject']): BatchStep
  wake(id: string): void
  /** The one of a kind that is under way for a subject, if there is one. */
  underWay(kind: string, subject: NewOperation['subject']): Promise<OperationRecord | undefined>
  /** As it is now, also when it has ended. */
  byId(id: string): Promise<OperationRecord | undefined>
  requestCancel(id: string): Promise<void>
  start(scope: Scope): void
}

export function createOperations({
  db,
  clock,
  outbox,
  log,
  holder,
}: {
  db: Database
  clock: Clock
  outbox: Outbox
  log: Log
  holder: string
}): Operations {
  const handlers = new Map<string, Handler>()
  const cancels = new Map<string, AbortController>()
  let loop: ReconcileLoop | undefined

  const open = (kind: string, subject: NewOperation['subject']) =>
    db.sql
      .selectFrom('operation')
      .where('subject_kind', '=', subject.kind)
      .where('subject_id', '=', subject.id)
      .where('kind', '=', kind)
      .where('finished_at', 'is', null)

  const runOne = async (id: string, stopping: AbortSignal) => {
    const row = await claim(db, clock, id, holder)
    if (!row) return
    crashPoint('operation/claimed')
    const controller = new AbortController()
    cancels.set(id, controller)
    if (row.cancel_requested) controller.abort(new Error('cancelled'))
    const signal = AbortSignal.any([controller.signal, stopping])
    const record = createRecorder({ db, clock, outbox, holder }, row)
    try {
      const handler = handlers.get(row.kind)
      if (!handler) throw new Error(`no handler for operations of kind ${row.kind}`)
      // One that was cancelled before it began is begun all the same: only its handler knows what is to be told of it.
      stopping.throwIfAborted()
      await handler({
        id,
        projectId: row.project_id ?? undefined,
        actorId: row.actor_id ?? undefined,
        input: JSON.parse(row.input),
        signal,
        cancelled: controller.signal,
        step: record.step,
        progress: record.progress,
      })
      crashPoint('operation/handled')
      await record.finish('done', null)
    } catch (error) {
      // Somebody else took it for abandoned and has it now.
      if (error instanceof ExpectationError && error.step === 'operation') return
      if (stopping.aborted) return await record.letGo()
      if (controller.signal.aborted) await record.finish('cancelled', null)
      else {
        if (!isLabError(error))
          log.error('operation failed', { operation: id, kind: row.kind, error: messageOf(error) })
        await record.finish('failed', { code: isLabError(error) ? error.code : 'INTERNAL', detail: messageOf(error) })
      }
    } finally {
      cancels.delete(id)
    }
    crashPoint('operation/finished')
  }

  return {
    handle: (kind, handler) => {
      handlers.set(kind, handler as Handler) // the input was written by `declare` of the same kind
    },
    declare: (operation) => {
      const id = newId()
      const now = clock.now()
      const steps: StepRecord[] = operation.steps.map((name) => ({
        name,
        detail: '',
        status: 'waiting',
        startedAt: null,
        finishedAt: null,
      }))
      const query = db.sql
        .insertInto('operation')
        .values({
          id,
          kind: operation.kind,
          project_id: operation.projectId ?? null,
          subject_kind: operation.subject.kind,
          subject_id: operation.subject.id,
          actor_id: operation.actorId ?? null,
          status: 'waiting',
          steps: JSON.stringify(steps),
          done: 0,
          total: 0,
          unit: 'steps',
          error: null,
          input: JSON.stringify(operation.input),
          holder: null,
          created_at: now,
          updated_at: now,
          finished_at: null,
        })
        .compile()
      return { id, step: { name: 'operation', query } }
    },
    noneStep: (kind, subject) => ({
      name: 'under way',
      query: open(kind, subject).select('id').limit(1).compile(),
      expect: 'none',
    }),
    wake: (id) => loop?.wake(id),
    underWay: async (kind, subject) => {
      const row = await open(kind, subject).selectAll().executeTakeFirst()
      return row && operationRecord(row)
    },
    byId: async (id) => {
      const row = await db.sql.selectFrom('operation').selectAll().where('id', '=', id).executeTakeFirst()
      return row && operationRecord(row)
    },
    requestCancel: async (id) => {
      await db.sql
        .updateTable('operation')
        .set({ cancel_requested: 1, updated_at: clock.now() })
        .where('id', '=', id)
        .where('finished_at', 'is', null)
        .execute()
      cancels.get(id)?.abort(new Error('cancelled'))
      loop?.wake(id)
    },
    start: (scope) => {
      loop = startReconcileLoop({
        name: 'operations',
        scope,
        log,
        resyncMs: 5000,
        concurrency: 4,
        keys: async () =>
          (
            await db.sql.selectFrom('operation').select('id').where('status', 'in', ['waiting', 'running']).execute()
          ).map((row) => row.id),
        step: async (id, signal) => {
          if (!cancels.has(id)) await runOne(id, signal)
          return undefined
        },
      })
    },
  }
}

/** Ours from now on, if nobody alive holds it. A holder is alive while its server lease is. */
async function claim(db: Database, clock: Clock, id: string, holder: string) {
  const now = await db.now()
  return db.sql
    .updateTable('operation')
    .set({ status: 'running', holder, updated_at: clock.now() })
    .where('id', '=', id)
    .where('status', 'in', ['waiting', 'running'])
    .where((eb) =>
      eb.or([
        eb('holder', 'is', null),
        eb('holder', '=', holder),
        eb(
          'holder',
          'not in',
          eb.selectFrom('lease').select('holder').where('name', 'like', 'server:%').where('expires_at', '>', now),
        ),
      ]),
    )
    .returningAll()
    .executeTakeFirst()
}
