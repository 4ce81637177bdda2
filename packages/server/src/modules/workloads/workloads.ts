import { isLabError, LabError, type ProjectAction, type UsageNow, type WorkloadKind } from '@mllab/contract'
import { newId, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { Leases } from '../../core/leases.ts'
import type { Outbox } from '../../core/outbox.ts'
import { pageOf, readCursor, type PageRequest } from '../../core/pages.ts'
import type { Samples } from '../../core/samples.ts'
import type { Secrets } from '../../core/secrets.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import type { ImageDescription, Runtime } from '../../ports/runtime.ts'
import type { WorkloadClient } from '../../ports/workload-client.ts'
import {
  requireIn,
  systemActor,
  visible,
  type Access,
  type Actor,
  type ProjectRef,
  type Visible,
  type BytesAnswer,
} from '../access/access.ts'
import type { RouteFacts, Routes } from '../routes/routes.ts'
import type { NamedSecrets } from '../secrets/secrets.ts'
import { createChanging } from './changing.ts'
import { createDeclaringStore } from './declaring.store.ts'
import { createDeclaring } from './declaring.ts'
import type { ResourceLimits } from './limits.ts'
import { logStream } from './log-stream.ts'
import { holdShards, type Shards } from './shards.ts'
import type { VolumePreparation } from './starting.ts'
import { createUsage, type Usage } from './usage.ts'
import { presentState, refOf, type Workload } from './workload.ts'
import { startWorkloadsReconciler, type WorkloadsReconciler } from './workloads.reconciler.ts'
import { createWorkloadsStore, type WorkloadFilter } from './workloads.store.ts'

export type { NewWorkload } from './declaring.ts'
export type { StepProgress } from './starting.ts'
export { withoutSecrets } from './given-secrets.ts'
export { declaredSpec, rests, shownSpec, type Workload, type WorkloadSpec } from './workload.ts'

export interface WorkloadsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly access: Access
  readonly outbox: Outbox
  readonly leases: Leases
  readonly secrets: Secrets
  readonly named: NamedSecrets
  readonly samples: Samples
  readonly runtime: Runtime
  readonly routes: Routes
  readonly slugOf: (projectId: string) => Promise<string | undefined>
  /** Holds while the project lives: what is declared in one that is being deleted would be found by nobody. */
  readonly livingProjectStep: (projectId: string) => BatchStep
  readonly client: WorkloadClient
  /** The most one of them may have. */
  readonly limits: ResourceLimits
  /** Variables that the operator gives to all of a kind, from their next start on. */
  readonly variables: Partial<Record<WorkloadKind, Readonly<Record<string, string>>>>
}

export type Workloads = ReturnType<typeof createWorkloads>

/** Things that should be running. Workspaces and services are workloads plus a little; the little lies in their modules. */
export function createWorkloads(options: WorkloadsOptions) {
  const { db, clock, named, runtime, routes } = options
  const store = createWorkloadsStore(db)
  const preparations = new Map<WorkloadKind, VolumePreparation>()
  const statusListeners = new Map<WorkloadKind, (workload: Workload) => void>()
  const usage: Usage = createUsage({ runtime, clock, samples: options.samples, log: options.log })
  let reconciler: WorkloadsReconciler | undefined
  let shards: Shards | undefined

  /** With what has changed of their secrets since they were started. */
  const withChanges = async (found: readonly Workload[]): Promise<Workload[]> => {
    const bearers = found.filter(({ spec, desired }) => spec.secrets !== undefined && desired === 'running')
    const outdated = await named.outdated(bearers.map(({ id }) => id))
    return found.map((workload) => ({ ...workload, restartFor: outdated.get(workload.id) ?? [] }))
  }

  const get = async (seen: Visible, project: ProjectRef, kind: WorkloadKind, slug: string): Promise<Workload> => {
    const found = await store.bySlug(seen, project.id, kind, slug)
    const [workload] = found ? await withChanges([found]) : []
    if (!workload) throw new LabError('NOT_FOUND', { what: kind })
    return workload
  }

  const declared = { ...options, store: createDeclaringStore(db), read: store.get }
  const declaring = createDeclaring({ ...declared, wake: (id) => reconciler?.interrupt(id) })
  const changing = createChanging(declared)

  const purge = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const workload = await store.get(id)
      if (workload) await unlessGone(declaring.remove(systemActor, visible(systemActor, 'project:read'), workload))
    }
  }

  return {
    ...declaring,
    ...changing,
    runtime,
    usage,
    get,
    state: (workload: Workload) => presentState(workload, usage.of(workload.id)),
    routesOf: (workload: Workload): readonly RouteFacts[] => routes.ofWorkload(workload.id),
    isReachable: (routeId: string): boolean => routes.isReady(routeId),

    counts: store.counts,
    first: store.first,
    servingModel: store.servingModel,

    /** Without a project: of all that are visible. */
    list: async (seen: Visible, project: ProjectRef | undefined, filter: WorkloadFilter, request: PageRequest) => {
      const list = ['workloads', project?.id ?? '', filter]
      const cursor = readCursor(request, list)
      const rows = await withChanges(
        await store.list(
          seen,
          project?.id,
          filter,
          request.limit + 1,
          cursor && [Number(cursor[0]), String(cursor[1])],
        ),
      )
      return pageOf(
        rows,
        request,
        list,
        (row) => [row.createdAt, row.id],
        (row) => row,
      )
    },

    logs: (workload: Workload, query: { from: number; follow: boolean; signal: AbortSignal }): Promise<BytesAnswer> =>
      logStream(runtime, { workloadId: workload.id, replica: 0 }, query),

    endpoint: (workload: Workload, portName: string) =>
      runtime.instances.endpoint({ workloadId: workload.id, replica: 0 }, portName),

    /** Ports and environment of an image, if it is known already. */
    imageShape: async (workload: Workload): Promise<ImageDescription | undefined> =>
      workload.imageKey === null
        ? undefined
        : runtime.images.inspect({ ref: workload.spec.image, key: workload.imageKey }),

    /** CPU and memory over the last minutes. */
    history: async (workload: Workload, minutes: number) => {
      const { stepMs, cpu, memoryBytes } = await usage.history(workload.id, clock.now() - minutes * 60_000)
      return { stepMs, cpu: [...cpu], memoryBytes: [...memoryBytes] }
    },

    /** CPU and memory of all of a kind that run, as few values as a sparkline takes. */
    usageOfAll: async (seen: Visible, project: ProjectRef, kind: WorkloadKind, minutes: number): Promise<UsageNow> => {
      const ids = await store.measured(seen, project.id, kind)
      return usage.recent(ids, minutes * 60_000)
    },

    /** Modules register here what has to lie in the volumes of their kind before a start. */
    beforeStart: (kind: WorkloadKind, prepare: VolumePreparation) => void preparations.set(kind, prepare),

    /** Modules that look after those of their kind hear here that a status has changed, on the server that has it. */
    onStatus: (kind: WorkloadKind, listener: (workload: Workload) => void) => void statusListeners.set(kind, listener),

    byId: (id: string): Promise<Workload | undefined> => store.get(id),

    /** Whether this server looks after it. */
    isOurs: (workload: Workload): boolean => shards?.lease(workload.shard) !== undefined,

    /** Runs a command where it runs, with its variables, in its folder. */
    exec: (workload: Workload, command: readonly string[], signal: AbortSignal) =>
      runtime.instances.exec(refOf(workload), command, { signal }),

    suspend: (workload: Workload, suspended: boolean) => runtime.instances.suspend(refOf(workload), suspended),

    newId: () => newId(),

    /** Everything of a deleted project is declared deleted; the reconciler does the rest. */
    purgeProject: async (projectId: string): Promise<void> => purge(await store.ofProject(projectId)),

    /** Workspaces of a person who is gone, with their files. */
    purgeOwner: async (principalId: string): Promise<void> => purge(await store.workspacesOf(principalId)),

    require: (actor: Actor, action: ProjectAction, project: ProjectRef): Visible =>
      requireIn(actor, action, project.id),

    /** Takes up the work: adopts what runs, starts what should. */
    start: async (scope: Scope): Promise<void> => {
      usage.start(scope)
      const held = await holdShards({
        leases: options.leases,
        scope,
        log: options.log,
        onGain: () => reconciler?.wakeAll(),
      })
      shards = held
      reconciler = startWorkloadsReconciler(
        {
          ...options,
          store,
          shards: held,
          prepareVolumes: (workload, context) =>
            preparations.get(workload.kind)?.(workload, context) ?? Promise.resolve(),
          onStatus: (workload) => statusListeners.get(workload.kind)?.(workload),
        },
        scope,
      )
      await reconciler.adopt()
    },

    /** For tests: resolves when nothing is being done. */
    idle: () => reconciler?.idle() ?? Promise.resolve(),
  }
}

/** Somebody else may have deleted it a moment ago. */
async function unlessGone(removal: Promise<void>): Promise<void> {
  try {
    await removal
  } catch (error) {
    if (!isLabError(error, 'NOT_FOUND')) throw error
  }
}
