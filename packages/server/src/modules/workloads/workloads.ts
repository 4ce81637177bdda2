import type { Readable } from 'node:stream'

import {
  isLabError,
  LabError,
  type ProjectAction,
  type SecretUse,
  type UsageNow,
  type WorkloadKind,
} from '@mllab/contract'
import { isPortError, newId, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { Leases } from '../../core/leases.ts'
import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { pageOf, readCursor, type PageRequest } from '../../core/pages.ts'
import type { Samples } from '../../core/samples.ts'
import type { Secrets } from '../../core/secrets.ts'
import { ExpectationError, type BatchStep, type Database } from '../../ports/database.ts'
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
} from '../access/access.ts'
import type { RouteFacts, Routes } from '../routes/routes.ts'
import type { NamedSecrets } from '../secrets/secrets.ts'
import { bearerOf, refuseForeignSecrets, withSecrets } from './given-secrets.ts'
import { logStream } from './log-stream.ts'
import { holdShards, shardOf, type Shards } from './shards.ts'
import { envSecretId, type VolumePreparation } from './starting.ts'
import { createUsage, type Usage } from './usage.ts'
import { presentState, refOf, waitingSteps, type Reason, type Workload, type WorkloadSpec } from './workload.ts'
import { startWorkloadsReconciler, type WorkloadsReconciler } from './workloads.reconciler.ts'
import { createWorkloadsStore, workloadOf, type WorkloadFilter } from './workloads.store.ts'

export type { StepProgress } from './starting.ts'
export type { Workload, WorkloadSpec } from './workload.ts'

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
}

export interface NewWorkload {
  readonly kind: WorkloadKind
  readonly slug: string
  readonly name: string
  /** Made by the caller, since paths and volumes are named after it. */
  readonly id: string
  readonly spec: Omit<WorkloadSpec, 'secretEnvNames'>
  /** Chosen by the person: kept sealed, shown masked. */
  readonly env: Readonly<Record<string, string>>
  /** By name; the values are looked up at each start. */
  readonly secrets?: readonly SecretUse[]
  /** Stored with it, or not at all. */
  readonly also?: readonly BatchStep[]
  readonly routes: readonly {
    readonly portName: string
    readonly port: number
    readonly pathPrefix: string
    readonly stripPrefix: boolean
  }[]
}

export type Workloads = ReturnType<typeof createWorkloads>

/** Things that should be running. Workspaces and services are workloads plus a little; the little lies in their modules. */
export function createWorkloads(options: WorkloadsOptions) {
  const { db, clock, outbox, secrets, named, runtime, routes } = options
  const store = createWorkloadsStore(db)
  const preparations = new Map<WorkloadKind, VolumePreparation>()
  const statusListeners = new Map<WorkloadKind, (workload: Workload) => void>()
  const usage: Usage = createUsage({ runtime, clock, samples: options.samples, log: options.log })
  let reconciler: WorkloadsReconciler | undefined
  let shards: Shards | undefined

  const requireApproved = (actor: Actor) => {
    if (actor.status !== 'active' && runtime.capabilities.isolation === 'none') throw new LabError('APPROVAL_NEEDED')
  }

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

  const event = (
    type: NewEvent['type'],
    actor: Actor,
    workload: Pick<Workload, 'id' | 'projectId' | 'kind' | 'slug' | 'name'>,
  ): NewEvent => ({
    type,
    projectId: workload.projectId,
    subject: { kind: workload.kind, id: workload.id },
    actorId: actor.principalId,
    payload: { slug: workload.slug, name: workload.name },
  })

  /** Steps that belong to a declared change; the reconciler is woken after they are stored. */
  const commit = async (workloadId: string, steps: readonly BatchStep[], events: readonly NewEvent[]) => {
    const results = await outbox.commit(steps, events)
    reconciler?.interrupt(workloadId)
    return results
  }

  const remove = async (actor: Actor, seen: Visible, workload: Workload): Promise<void> => {
    try {
      await commit(
        workload.id,
        [
          store.deleteStep(seen, workload.id, clock.now()),
          routes.removeStep(workload.id),
          secrets.dropStep(envSecretId(workload.id)),
          ...named.useSteps(workload.id, []),
        ],
        [event(`${workload.kind}.deleted`, actor, workload)],
      )
    } catch (error) {
      if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: workload.kind }, { cause: error })
      throw error
    }
    await routes.changed()
  }

  return {
    runtime,
    usage,
    get,
    remove,
    state: (workload: Workload) => presentState(workload, usage.of(workload.id)),
    routesOf: (workload: Workload): readonly RouteFacts[] => routes.ofWorkload(workload.id),
    isReachable: (routeId: string): boolean => routes.isReady(routeId),

    /** Another address for a port of it, until it is taken back or the workload goes. */
    addRoute: async (workload: Workload, route: NewWorkload['routes'][number], events: readonly NewEvent[]) => {
      const { kind, projectId, ownerId, slug } = workload
      const { facts, step } = routes.declare({ ...route, kind, workloadId: workload.id, projectId, ownerId, slug })
      await commit(workload.id, [store.livingStep(workload.id), step], events)
      await routes.changed()
      return facts
    },

    /** Throws `ExpectationError` if it is not there. */
    removeRoute: async (workload: Workload, routeId: string, events: readonly NewEvent[]): Promise<void> => {
      await commit(workload.id, [routes.removeOneStep(routeId)], events)
      await routes.changed()
    },

    counts: store.counts,
    first: store.first,
    servingModel: store.servingModel,

    /** Without a project: of all that are visible. */
    list: async (seen: Visible, project: ProjectRef | undefined, filter: WorkloadFilter, request: PageRequest) => {
      const list = ['workloads', project?.id ?? '', filter]
      const cursor = readCursor(request, list)
      const rows = await withChanges(
        await store.list(seen, project?.id, filter, request.limit + 1, cursor && [Number(cursor[0]), String(cursor[1])]),
      )
      return pageOf(
        rows,
        request,
        list,
        (row) => [row.createdAt, row.id],
        (row) => row,
      )
    },

    /** Declares something that should run from now on. */
    create: async (actor: Actor, project: ProjectRef, input: NewWorkload): Promise<Workload> => {
      requireApproved(actor)
      const now = clock.now()
      const uses = input.secrets ?? []
      refuseForeignSecrets(input.kind, uses)
      await named.check(bearerOf({ kind: input.kind, projectId: project.id, ownerId: actor.principalId }), uses)
      const spec: WorkloadSpec = {
        ...withSecrets(input.spec, input.id, uses),
        secretEnvNames: Object.keys(input.env),
      }
      const workload = {
        id: input.id,
        projectId: project.id,
        kind: input.kind,
        slug: input.slug,
        name: input.name,
        ownerId: actor.principalId,
        desired: 'running',
        generation: 1,
        spec,
        status: 'starting',
        statusSince: now,
        steps: waitingSteps(),
        shard: shardOf(input.id),
        createdAt: now,
      } as const
      const declared = input.routes.map((route) =>
        routes.declare({
          ...route,
          kind: input.kind,
          workloadId: input.id,
          projectId: project.id,
          ownerId: actor.principalId,
          slug: input.slug,
        }),
      )
      try {
        await commit(
          workload.id,
          [
            options.livingProjectStep(project.id),
            store.createStep(workload),
            ...declared.map(({ step }) => step),
            ...(input.also ?? []),
            ...(spec.secretEnvNames.length > 0
              ? [secrets.sealStep(envSecretId(workload.id), JSON.stringify(input.env))]
              : []),
          ],
          [event(`${input.kind}.created`, actor, workload)],
        )
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'project' }, { cause: error })
        if (isPortError(error, 'CONFLICT'))
          throw new LabError(
            'NAME_TAKEN',
            { what: input.kind, name: input.slug },
            { cause: error, fields: [{ field: 'body.slug', message: 'is taken' }] },
          )
        throw error
      }
      await routes.changed()
      return {
        ...workload,
        imageKey: null,
        reason: null,
        restarts: 0,
        restartedAt: null,
        startedAt: null,
        purgedAt: null,
        restartFor: [],
      }
    },

    /** Declares that it should run, or rest. Saying it twice is fine. */
    desire: async (
      actor: Actor,
      seen: Visible,
      workload: Workload,
      desired: 'running' | 'stopped',
      /** Why it is stopped, if not because the actor wants it. */
      reason?: Reason,
    ): Promise<Workload> => {
      if (desired === 'running') requireApproved(actor)
      const alive = workload.desired === 'running' && ['starting', 'running', 'unhealthy'].includes(workload.status)
      if (desired === 'running' ? alive : workload.desired === 'stopped') return workload
      const type =
        desired === 'running' ? (`${workload.kind}.started` as const) : (`${workload.kind}.stopping` as const)
      const [result] = await commit(
        workload.id,
        [
          store.desireStep(seen, workload.id, desired, {
            steps: waitingSteps(),
            nowMs: clock.now(),
            ...(reason ? { reason } : {}),
          }),
        ],
        [event(type, actor, workload)],
      )
      const row = result?.rows[0]
      return row ? workloadOf(row as unknown as Parameters<typeof workloadOf>[0]) : workload // `returning` gave all columns
    },

    logs: (
      workload: Workload,
      query: { from: number; follow: boolean; signal: AbortSignal },
    ): Promise<{ stream: Readable; offset: number }> =>
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

    /** The variables a person has chosen, for another workload like it. Never leaves the server. */
    environment: async (workload: Workload): Promise<Record<string, string>> => {
      const sealed = await secrets.open(envSecretId(workload.id))
      return sealed === undefined ? {} : (JSON.parse(sealed) as Record<string, string>) // sealed by `create`
    },

    /** Whether this server looks after it. */
    isOurs: (workload: Workload): boolean => shards?.lease(workload.shard) !== undefined,

    /** Runs a command where it runs, with its variables, in its folder. */
    exec: (workload: Workload, command: readonly string[], signal: AbortSignal) =>
      runtime.instances.exec(refOf(workload), command, { signal }),

    suspend: (workload: Workload, suspended: boolean) => runtime.instances.suspend(refOf(workload), suspended),

    newId: () => newId(),

    /** Everything of a deleted project is declared deleted; the reconciler does the rest. */
    purgeProject: async (projectId: string): Promise<void> => {
      for (const id of await store.ofProject(projectId)) {
        const workload = await store.get(id)
        if (workload) await unlessGone(remove(systemActor, visible(systemActor, 'project:read'), workload))
      }
    },

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
