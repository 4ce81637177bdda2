import { LabError, type SecretUse, type WorkloadKind } from '@mllab/contract'
import { crashPoint, isPortError, type Clock } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import type { Secrets } from '../../core/secrets.ts'
import { ExpectationError, type BatchStep } from '../../ports/database.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { Actor, ProjectRef, Visible } from '../access/access.ts'
import type { Routes } from '../routes/routes.ts'
import type { NamedSecrets } from '../secrets/secrets.ts'
import { bearerOf, refuseForeignSecrets, withSecrets } from './given-secrets.ts'
import { asRead, returned } from './as-read.ts'
import type { DeclaringStore } from './declaring.store.ts'
import { dropEnvStep, envSecretId } from './sealed-env.ts'
import { limitedSpec, type ResourceLimits } from './limits.ts'
import { shardOf } from './shards.ts'
import { declaredSpec, rests, waitingSteps, type Reason, type Workload, type WorkloadSpec } from './workload.ts'

export interface NewWorkload {
  readonly kind: WorkloadKind
  readonly slug: string
  readonly name: string
  /** Made by the caller, since paths and volumes are named after it. */
  readonly id: string
  readonly spec: Omit<WorkloadSpec, 'secretEnvNames' | 'envVersion'>
  /** Chosen by the person: kept sealed, shown masked. */
  readonly env: Readonly<Record<string, string>>
  /** By name; the values are looked up at each start. */
  readonly secrets?: readonly SecretUse[]
  /** Who does it for its owner, if that is somebody else. */
  readonly by?: Actor | undefined
  /** Stored with it, or not at all. */
  readonly also?: readonly BatchStep[]
  readonly routes: readonly {
    readonly portName: string
    readonly port: number
    readonly pathPrefix: string
    readonly stripPrefix: boolean
  }[]
}

export interface DeclaringOptions {
  readonly clock: Clock
  readonly outbox: Outbox
  readonly secrets: Secrets
  readonly named: NamedSecrets
  readonly runtime: Runtime
  readonly routes: Routes
  readonly store: DeclaringStore
  /** As it is now; undefined if it is gone. */
  readonly read: (workloadId: string) => Promise<Workload | undefined>
  readonly livingProjectStep: (projectId: string) => BatchStep
  readonly limits: ResourceLimits
  /** The reconciler looks at it anew, whatever it is doing. */
  readonly wake: (workloadId: string) => void
}

/** Writes down what should be: that something runs, rests, is reached at an address, or is gone. */
export function createDeclaring(options: DeclaringOptions) {
  const { clock, outbox, secrets, named, runtime, routes, store } = options

  const requireApproved = (actor: Actor) => {
    if (actor.status !== 'active' && runtime.capabilities.isolation === 'none') throw new LabError('APPROVAL_NEEDED')
  }

  const event = (
    type: NewEvent['type'],
    actor: Actor,
    workload: Pick<Workload, 'id' | 'projectId' | 'kind' | 'slug' | 'name'>,
    more: Readonly<Record<string, string>> = {},
  ): NewEvent => ({
    type,
    projectId: workload.projectId,
    subject: { kind: workload.kind, id: workload.id },
    actorId: actor.principalId,
    payload: { slug: workload.slug, name: workload.name, ...more },
  })

  /** Steps that belong to a declared change; the reconciler is woken after they are stored. */
  const commit = async (workloadId: string, steps: readonly BatchStep[], events: readonly NewEvent[]) => {
    const results = await outbox.commit(steps, events)
    options.wake(workloadId)
    return results
  }

  const start = async (actor: Actor, seen: Visible, given: Workload, how: 'started' | 'restarted' | 'updated') => {
    requireApproved(actor)
    return asRead(options.read, given, async (workload) => {
      const results = await commit(
        workload.id,
        [
          store.startStep(seen, workload, { anew: how === 'updated', nowMs: clock.now() }),
          dropEnvStep(secrets, workload.id, [declaredSpec(workload)]),
        ],
        [event(`${workload.kind}.${how}`, actor, workload)],
      )
      crashPoint('change/taken-over')
      return returned(results, 0)
    })
  }

  return {
    /** Declares something that should run from now on. */
    create: async (actor: Actor, project: ProjectRef, input: NewWorkload): Promise<Workload> => {
      requireApproved(actor)
      const now = clock.now()
      const uses = input.secrets ?? []
      refuseForeignSecrets(input.kind, uses)
      await named.check(bearerOf({ kind: input.kind, projectId: project.id, ownerId: actor.principalId }), uses)
      const spec: WorkloadSpec = {
        ...withSecrets(limitedSpec(input.spec, options.limits), input.id, uses),
        secretEnvNames: Object.keys(input.env),
      }
      const workload = {
        id: input.id,
        projectId: project.id,
        kind: input.kind,
        slug: input.slug,
        name: input.name,
        ownerId: actor.principalId,
        spec,
        statusSince: now,
        steps: waitingSteps(spec),
        shard: shardOf(input.id),
        createdAt: now,
      }
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
              ? [secrets.sealStep(envSecretId(workload.id, spec), JSON.stringify(input.env))]
              : []),
          ],
          [event(`${input.kind}.created`, input.by ?? actor, workload, input.by ? { for: actor.name } : {})],
        )
      } catch (error) {
        if (error instanceof ExpectationError && error.step === 'living project')
          throw new LabError('NOT_FOUND', { what: 'project' }, { cause: error })
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
        desired: 'running',
        generation: 1,
        status: 'starting',
        revision: 0,
        next: null,
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
      if (desired === 'running') return rests(workload) ? start(actor, seen, workload, 'started') : workload
      if (workload.desired === 'stopped') return workload
      return asRead(options.read, workload, async ({ id }) => {
        const steps = [store.restStep(seen, id, reason, clock.now())]
        return returned(await commit(id, steps, [event(`${workload.kind}.stopping`, actor, workload)]), 0)
      })
    },

    /** One call for a stop and a start, with what was changed meanwhile. A start under way that has all changes is left to go on. */
    restart: async (actor: Actor, seen: Visible, workload: Workload): Promise<Workload> => {
      const underWay = !rests(workload) && workload.status === 'starting' && workload.next === null
      return underWay ? workload : start(actor, seen, workload, rests(workload) ? 'started' : 'restarted')
    },

    /** Has it started on what its image is now, whether it runs or not. */
    update: (actor: Actor, seen: Visible, workload: Workload): Promise<Workload> =>
      start(actor, seen, workload, 'updated'),

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

    /** Its instance, volumes and addresses go with it. Throws `NOT_FOUND`. */
    remove: async (actor: Actor, seen: Visible, workload: Workload): Promise<void> => {
      try {
        await commit(
          workload.id,
          [
            store.deleteStep(seen, workload.id, clock.now()),
            routes.removeStep(workload.id),
            dropEnvStep(secrets, workload.id, []),
            ...named.useSteps(workload.id, []),
          ],
          [event(`${workload.kind}.deleted`, actor, workload)],
        )
      } catch (error) {
        if (error instanceof ExpectationError)
          throw new LabError('NOT_FOUND', { what: workload.kind }, { cause: error })
        throw error
      }
      await routes.changed()
    },
  }
}
