import { isLabError, LabError, type Operation } from '@mllab/contract'
import { crashPoint, messageOf, newId, type Clock, type Log, type Scope } from '@mllab/kernel'

import { ExpectationError, type BatchStep, type Database } from '../ports/database.ts'
import type { NewEvent, Outbox } from './outbox.ts'
import { startReconcileLoop, type ReconcileLoop } from './reconcile.ts'

/** What a handler of long work gets. It must be able to start again from the beginning after a crash. */
export interface OperationContext<Input> {
  readonly id: string
  readonly projectId: string | undefined
  readonly actorId: string | undefined
  readonly input: Input
  /** Aborted when somebody cancels or the server stops. */
  readonly signal: AbortSignal
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

export interface OperationRecord {
  readonly id: string
  readonly projectId: string | null
  readonly kind: string
  readonly subject: { readonly kind: string; readonly id: string }
  readonly actorId: string | null
  readonly status: Operation['status']
  readonly steps: readonly StepRecord[]
  readonly done: number
  readonly total: number
  readonly unit: string
  readonly error: { readonly code: string; readonly detail: string } | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly finishedAt: number | null
}

export interface StepRecord {
  readonly name: string
  readonly detail: string
  readonly status: 'waiting' | 'running' | 'done' | 'failed' | 'skipped'
  readonly startedAt: number | null
  readonly finishedAt: number | null
}

type Handler = (context: OperationContext<unknown>) => Promise<void>

/** Long work that survives a restart: declared in the batch of the change, run by whoever claims it, cancelled by asking. */
export interface Operations {
  /** Handlers are registered before `start`. */
  handle<Input>(kind: string, handler: (context: OperationContext<Input>) => Promise<void>): void
  /** The step that declares an operation; call `wake` after the batch. */
  declare(operation: NewOperation): { readonly id: string; readonly step: BatchStep }
  wake(id: string): void
  requestCancel(id: string): Promise<void>
  latest(subject: { kind: string; id: string }): Promise<OperationRecord | undefined>
  start(scope: Scope): void
}

const PROGRESS_EVERY_MS = 250

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
      signal.throwIfAborted()
      await handler({
        id,
        projectId: row.project_id ?? undefined,
        actorId: row.actor_id ?? undefined,
        input: JSON.parse(row.input),
        signal,
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
    wake: (id) => loop?.wake(id),
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
    latest: async (subject) => {
      const row = await db.sql
        .selectFrom('operation')
        .selectAll()
        .where('subject_kind', '=', subject.kind)
        .where('subject_id', '=', subject.id)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && operationRecord(row)
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

type OperationRow = Parameters<typeof operationRecord>[0]

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

/** Writes how far it is, as long as it is ours: who was taken for dead and is not finds out with an `ExpectationError`. */
function createRecorder(
  { db, clock, outbox, holder }: { db: Database; clock: Clock; outbox: Outbox; holder: string },
  row: OperationRow,
) {
  let steps: StepRecord[] = operationRecord(row).steps.map((step) => ({
    ...step,
    status: 'waiting',
    startedAt: null,
    finishedAt: null,
  }))
  let counts = { done: 0, total: 0, unit: row.unit }
  let lastWrite = 0
  let timer: NodeJS.Timeout | undefined

  const writeStep = (
    extra: { status?: Operation['status']; error?: string | null; finished_at?: number; holder?: null } = {},
  ): BatchStep => {
    clearTimeout(timer)
    timer = undefined
    lastWrite = clock.now()
    const query = db.sql
      .updateTable('operation')
      .set({ steps: JSON.stringify(steps), ...counts, updated_at: lastWrite, ...extra })
      .where('id', '=', row.id)
      .where('holder', '=', holder)
    return { name: 'operation', query: query.compile(), expect: 1 }
  }
  const write = async () => void (await db.batch([writeStep()]))

  const closeRunning = (status: 'done' | 'failed') => {
    steps = steps.map((step) => (step.status === 'running' ? { ...step, status, finishedAt: clock.now() } : step))
  }

  return {
    step: async (name: string, detail = '') => {
      closeRunning('done')
      const entered: StepRecord = { name, detail, status: 'running', startedAt: clock.now(), finishedAt: null }
      const known = steps.findIndex((step) => step.name === name)
      steps = known < 0 ? [...steps, entered] : steps.map((step, index) => (index === known ? entered : step))
      counts = { ...counts, done: 0, total: 0 }
      await write()
    },
    progress: (done: number, total: number, unit = counts.unit) => {
      counts = { done, total, unit }
      const dueMs = lastWrite + PROGRESS_EVERY_MS - clock.now()
      timer ??= setTimeout(
        () => void write().catch(() => undefined /* the next write, or the end, says it */),
        Math.max(0, dueMs),
      )
    },
    finish: async (status: 'done' | 'failed' | 'cancelled', error: { code: string; detail: string } | null) => {
      closeRunning(status === 'done' ? 'done' : 'failed')
      steps = steps.map((step) => (step.status === 'waiting' ? { ...step, status: 'skipped' } : step))
      const ended: NewEvent = {
        type: 'operation.ended',
        projectId: row.project_id ?? undefined,
        subject: { kind: 'operation', id: row.id },
        actorId: row.actor_id ?? undefined,
        payload: { kind: row.kind },
      }
      await outbox.commit(
        [writeStep({ status, error: error && JSON.stringify(error), finished_at: clock.now() })],
        [ended],
      )
    },
    letGo: async () => void (await db.batch([writeStep({ status: 'waiting', holder: null })])),
  }
}

export function operationRecord(row: {
  id: string
  project_id: string | null
  kind: string
  subject_kind: string
  subject_id: string
  actor_id: string | null
  status: Operation['status']
  steps: string
  done: number
  total: number
  unit: string
  error: string | null
  input: string
  created_at: number
  updated_at: number
  finished_at: number | null
}): OperationRecord {
  return {
    id: row.id,
    projectId: row.project_id,
    kind: row.kind,
    subject: { kind: row.subject_kind, id: row.subject_id },
    actorId: row.actor_id,
    status: row.status,
    steps: JSON.parse(row.steps) as StepRecord[],
    done: row.done,
    total: row.total,
    unit: row.unit, // written by the recorder
    error: row.error === null ? null : (JSON.parse(row.error) as { code: string; detail: string }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    finishedAt: row.finished_at,
  }
}

export function operationNotFound(): LabError {
  return new LabError('NOT_FOUND', { what: 'operation' })
}
