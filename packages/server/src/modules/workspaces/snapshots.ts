import { LabError, type Operation, type WorkspaceSnapshot } from '@mllab/contract'
import { crashPoint, isoTime, messageOf, newId, type Clock } from '@mllab/kernel'

import { presentOperation } from '../../core/operation-record.ts'
import type { OperationContext, Operations } from '../../core/operations.ts'
import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import type { Access, Actor, Person, ProjectRef } from '../access/access.ts'
import type { StepProgress, Workload, Workloads } from '../workloads/workloads.ts'
import { createSnapshotsStore, type SnapshotRow } from './snapshots.store.ts'
import { canDo, type WorkspaceAction } from './workspaces.policy.ts'
import type { WorkspacesStore } from './workspaces.store.ts'

export interface SnapshotsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly outbox: Outbox
  readonly operations: Operations
  readonly workloads: Workloads
  readonly store: WorkspacesStore
  readonly find: (actor: Actor, project: ProjectRef, slug: string) => Promise<Workload>
  readonly forAction: (
    actor: Actor,
    project: ProjectRef,
    slug: string,
    action: WorkspaceAction,
  ) => Promise<{ workload: Workload }>
}

export type Snapshots = ReturnType<typeof createSnapshots>

const TAKE = 'workspace.snapshot'
const RESTORE = 'workspace.restore'
const MOST = 50
const VOLUME_PREFIX = 'snapshot-'

interface Input {
  readonly workloadId: string
  readonly snapshotId: string
}

/** Files of workspaces as they were once: taken while it runs, put back while it rests, and what copies begin with. */
export function createSnapshots(options: SnapshotsOptions) {
  const { db, clock, access, outbox, operations, workloads, find, forAction } = options
  const { volumes } = workloads.runtime
  const snapshots = createSnapshotsStore(db)

  const present = (row: SnapshotRow, people: ReadonlyMap<string, Person>, can: string[]): WorkspaceSnapshot => ({
    id: row.id,
    name: row.name,
    status: row.status,
    detail: row.detail,
    sizeBytes: row.size_bytes,
    operation: row.status === 'taking' ? row.operation_id : null,
    createdBy: people.get(row.created_by) ?? null,
    createdAt: isoTime(row.created_at),
    can,
  })

  const event = (
    type: `workspace.${string}`,
    actorId: string | undefined,
    workload: Workload,
    name: string,
  ): NewEvent => ({
    type,
    projectId: workload.projectId,
    subject: { kind: 'workspace', id: workload.id },
    actorId,
    payload: { slug: workload.slug, name: workload.name, snapshot: name },
  })

  const subjectOf = (workload: Workload) => ({ kind: 'workspace', id: workload.id })

  /** One at a time: neither is a snapshot taken of what is just being put back, nor the other way round. */
  const declare = async (
    kind: typeof TAKE | typeof RESTORE,
    actor: Actor,
    workload: Workload,
    snapshotId: string,
    more: (operationId: string) => { steps: Parameters<Database['batch']>[0]; events: NewEvent[] },
  ): Promise<string> => {
    const subject = subjectOf(workload)
    const operation = operations.declare({
      kind,
      projectId: workload.projectId,
      subject,
      actorId: actor.principalId,
      steps: ['copy'],
      input: { workloadId: workload.id, snapshotId } satisfies Input,
    })
    const { steps, events } = more(operation.id)
    try {
      await outbox.commit(
        [
          options.store.waitStep(workload.id),
          operations.noneStep(TAKE, subject),
          operations.noneStep(RESTORE, subject),
          operation.step,
          ...steps,
        ],
        events,
      )
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error
      throw new LabError('CONFLICT', { reason: 'Its files are just being copied.' }, { cause: error })
    }
    operations.wake(operation.id)
    return operation.id
  }

  const copy = async (
    source: string,
    target: string,
    { signal, step, progress }: OperationContext<Input>,
    detail: string,
  ) => {
    await step('copy', detail)
    await volumes.copy(source, target, { signal, onProgress: (done, total) => progress(done, total, 'bytes') })
  }

  operations.handle<Input>(TAKE, async (context) => {
    const row = await snapshots.byId(context.input.snapshotId)
    const workload = await workloads.byId(context.input.workloadId)
    if (!row || !workload) return
    try {
      await copy(workload.id, row.volume_id, context, row.name)
      crashPoint('snapshot/copied')
      const { bytes } = await volumes.usage(row.volume_id)
      await outbox.commit(
        [snapshots.changeStep(row.id, { status: 'ready', detail: '', size_bytes: bytes })],
        [event('workspace.snapshot-taken', context.actorId, workload, row.name)],
      )
    } catch (error) {
      // A server that stops begins again; whoever cancels does not want half of one.
      if (context.signal.aborted && !context.cancelled.aborted) throw error
      const detail = context.cancelled.aborted ? 'It was cancelled.' : messageOf(error)
      await outbox.commit(
        [snapshots.changeStep(row.id, { status: 'failed', detail })],
        [event('workspace.snapshot-failed', context.actorId, workload, row.name)],
      )
      throw error
    }
  })

  operations.handle<Input>(RESTORE, async (context) => {
    const row = await snapshots.byId(context.input.snapshotId)
    const workload = await workloads.byId(context.input.workloadId)
    if (!row || !workload) throw new LabError('NOT_FOUND', { what: 'snapshot' })
    requireRest(workload)
    await copy(row.volume_id, workload.id, context, row.name)
    crashPoint('restore/copied')
    await outbox.commit([], [event('workspace.restored', context.actorId, workload, row.name)])
  })

  const one = async (workload: Workload, id: string): Promise<SnapshotRow> => {
    const row = await snapshots.get(workload.id, id)
    if (!row) throw new LabError('NOT_FOUND', { what: 'snapshot' })
    return row
  }

  const requireReady = (row: SnapshotRow) => {
    if (row.status !== 'ready') throw new LabError('CONFLICT', { reason: `${row.name} is not ready.` })
  }

  return {
    list: async (actor: Actor, project: ProjectRef, slug: string) => {
      const workload = await find(actor, project, slug)
      const rows = await snapshots.of(workload.id)
      const people = await access.people(rows.map((row) => row.created_by))
      const copies = canDo(actor, workload).includes('copy')
      const can = copies ? ['restore', 'copy', 'delete'] : []
      return {
        items: rows.map((row) =>
          present(row, people, row.status === 'ready' ? can : can.filter((one) => one === 'delete')),
        ),
        next: null,
        can: copies ? ['create'] : [],
      }
    },

    take: async (actor: Actor, project: ProjectRef, slug: string, name: string | undefined) => {
      const { workload } = await forAction(actor, project, slug, 'copy')
      const known = await snapshots.of(workload.id)
      if (known.length >= MOST) throw new LabError('TOO_LARGE', { limit: `${MOST} snapshots` })
      const id = newId()
      const now = clock.now()
      const row: Omit<SnapshotRow, 'operation_id'> = {
        id,
        workload_id: workload.id,
        volume_id: VOLUME_PREFIX + id,
        name: name ?? `Snapshot ${known.length + 1}`,
        status: 'taking',
        detail: '',
        size_bytes: null,
        created_by: actor.principalId,
        created_at: now,
      }
      const operationId = await declare(TAKE, actor, workload, id, (operation_id) => ({
        steps: [snapshots.createStep({ ...row, operation_id })],
        events: [event('workspace.snapshot-begun', actor.principalId, workload, row.name)],
      }))
      return present({ ...row, operation_id: operationId }, await access.people([actor.principalId]), [])
    },

    remove: async (actor: Actor, project: ProjectRef, slug: string, id: string): Promise<void> => {
      const { workload } = await forAction(actor, project, slug, 'copy')
      const row = await one(workload, id)
      for (const kind of [TAKE, RESTORE])
        if (await operations.underWay(kind, subjectOf(workload)))
          throw new LabError('CONFLICT', { reason: 'Its files are just being copied.' })
      try {
        await outbox.commit(
          [snapshots.removeStep(row.id)],
          [event('workspace.snapshot-deleted', actor.principalId, workload, row.name)],
        )
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'snapshot' }, { cause: error })
        throw error
      }
      crashPoint('snapshot/forgotten')
      await volumes.remove(row.volume_id)
    },

    restore: async (actor: Actor, project: ProjectRef, slug: string, snapshotId: string): Promise<Operation> => {
      const { workload } = await forAction(actor, project, slug, 'copy')
      const row = await one(workload, snapshotId)
      requireReady(row)
      requireRest(workload)
      const id = await declare(RESTORE, actor, workload, row.id, () => ({
        steps: [],
        events: [event('workspace.restoring', actor.principalId, workload, row.name)],
      }))
      const record = await operations.byId(id)
      if (!record) throw new Error(`operation ${id} was declared and is not there`)
      const people = await access.people([actor.principalId])
      // Small ones are put back before we look.
      return presentOperation(
        record,
        people.get(actor.principalId) ?? null,
        record.finishedAt === null ? ['cancel'] : [],
      )
    },

    /** The volume a copy begins with. */
    volumeOf: async (workload: Workload, id: string | undefined): Promise<string> => {
      if (id === undefined) return workload.id
      const row = await one(workload, id)
      requireReady(row)
      return row.volume_id
    },

    /** Throws `CONFLICT` while its files are being put back: what starts now would see half of them. */
    requireWhole: async (workload: Workload): Promise<void> => {
      if (await operations.underWay(RESTORE, subjectOf(workload)))
        throw new LabError('CONFLICT', { reason: 'Its files are just being put back.' })
    },

    /** Fills a copy before its first start. */
    fill: async (
      workload: Workload,
      { signal, report }: { signal: AbortSignal; report: (progress: StepProgress) => void },
    ): Promise<void> => {
      const row = await options.store.get(workload.id)
      if (!row?.copy_from) return
      await volumes.copy(row.copy_from, workload.id, {
        signal,
        onProgress: (done, total) => report({ detail: 'copies the files', done, total, unit: 'bytes' }),
      })
      crashPoint('workspace-copy/filled')
      await db.batch([options.store.changeStep(workload.id, { copy_from: null })])
    },

    /** Snapshots go with their workspace, and their files with them, also where a server ended in between. */
    sweep: async (): Promise<void> => {
      for (const row of await snapshots.ofDeleted()) {
        await volumes.remove(row.volume_id)
        await db.batch([{ ...snapshots.removeStep(row.id), expect: 'any' }])
      }
      // The row is there before the volume: what has none when it is looked for afterwards has lost it.
      for (const id of (await volumes.list()).filter((name) => name.startsWith(VOLUME_PREFIX)))
        if (!(await snapshots.byId(id.slice(VOLUME_PREFIX.length)))) await volumes.remove(id)
    },
  }
}

function requireRest({ desired, status, name }: Workload): void {
  if (desired === 'running' ? status !== 'failed' && status !== 'stopped' : status !== 'stopped')
    throw new LabError('CONFLICT', { reason: `${name} runs; stop it first.` })
}
