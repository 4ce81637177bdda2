import type { Operation, Person } from '@mllab/contract'
import { isoTime, isoTimeOrNull, type Clock } from '@mllab/kernel'

import type { BatchStep, Database } from '../ports/database.ts'
import type { NewEvent, Outbox } from './outbox.ts'

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

/** As the API shows it, to somebody who may do `can` with it. */
export function presentOperation(record: OperationRecord, startedBy: Person | null, can: string[]): Operation {
  return {
    id: record.id,
    kind: record.kind,
    subject: record.subject,
    status: record.status,
    steps: record.steps.map((step) => ({
      ...step,
      startedAt: isoTimeOrNull(step.startedAt),
      finishedAt: isoTimeOrNull(step.finishedAt),
    })),
    done: record.done,
    total: record.total,
    unit: record.unit,
    error: record.error,
    startedBy,
    createdAt: isoTime(record.createdAt),
    updatedAt: isoTime(record.updatedAt),
    finishedAt: isoTimeOrNull(record.finishedAt),
    can,
  }
}

export type OperationRow = Parameters<typeof operationRecord>[0]

const PROGRESS_EVERY_MS = 250

/** Writes how far it is, as long as it is ours: who was taken for dead and is not finds out with an `ExpectationError`. */
export function createRecorder(
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
