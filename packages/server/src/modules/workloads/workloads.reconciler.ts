import type { WorkloadStatus } from '@mllab/contract'
import { crashPoint, type Log, type Scope } from '@mllab/kernel'

import type { Lease } from '../../core/leases.ts'
import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { startReconcileLoop, type ReconcileLoop } from '../../core/reconcile.ts'
import { ExpectationError } from '../../ports/database.ts'
import type { HealthSpec, ObservedInstance } from '../../ports/runtime.ts'
import type { WorkloadClient } from '../../ports/workload-client.ts'
import type { Routes } from '../routes/routes.ts'
import { createEnding, restartDueInMs } from './ending.ts'
import { endpointsOf, shapeOf } from './endpoints.ts'
import { takeSecretsBack } from './given-secrets.ts'
import { lastLines } from './last-lines.ts'
import type { Shards } from './shards.ts'
import { startWorkload, type Observe, type StartingOptions } from './starting.ts'
import { isAtToldStep, stepsAsTold } from './told-steps.ts'
import { endSteps, readySince, refOf, type Reason, type Workload } from './workload.ts'

export interface ReconcilerOptions extends StartingOptions {
  readonly outbox: Outbox
  readonly routes: Routes
  readonly log: Log
  readonly shards: Shards
  readonly client: WorkloadClient
  /** After a status has changed. */
  readonly onStatus: (workload: Workload) => void
}

export interface WorkloadsReconciler {
  /** Makes what answered when the server before ended reachable again. Whether it still answers is looked at next. */
  adopt(): Promise<void>
  wakeAll(): void
  /** Stops a start under way, because the declaration has changed. */
  interrupt(workloadId: string): void
  idle(): Promise<void>
}

const FIRST_PROBES_MS = 25
const SLOW_PROBES_MS = 250
const UNHEALTHY_AFTER = 3
const RESTART_TOLD_MS = 24 * 60 * 60_000

/** Makes what is declared true: starts, watches, restarts, stops and removes the instances of workloads. */
export function startWorkloadsReconciler(options: ReconcilerOptions, scope: Scope): WorkloadsReconciler {
  const { store, runtime, routes, outbox, clock, log, shards, access } = options
  const starts = new Map<string, AbortController>()
  const probeFailures = new Map<string, number>()

  const observe: Observe = async (workload, lease, observation) => {
    const status = observation.status ?? workload.status
    // What has come to rest has no token, from the same moment on.
    const rests = observation.status === 'stopped' || observation.status === 'failed'
    if (rests) await takeSecretsBack(runtime, workload)
    await outbox.commit(
      [
        store.observeStep(workload, lease, observation, clock.now()),
        ...(rests ? [access.store.bumpStep(), access.store.revokeWorkloadTokensStep(workload.id, clock.now())] : []),
      ],
      status === workload.status ? [] : [statusEvent(workload, status)],
    )
    if (rests) access.changed()
    const observed = {
      ...workload,
      ...observation,
      status,
      statusSince: status === workload.status ? workload.statusSince : clock.now(),
    }
    if (status !== workload.status) options.onStatus(observed)
    return observed
  }

  const ended = createEnding(options, observe)

  const step = async (id: string, stopping: AbortSignal): Promise<number | undefined> => {
    const workload = await store.get(id)
    if (!workload || workload.purgedAt !== null) return undefined
    const lease = shards.lease(workload.shard)
    if (!lease) return undefined
    const seen = (await runtime.instances.list()).find(
      (instance) => instance.workloadId === id && instance.replica === 0,
    )
    try {
      if (workload.desired === 'deleted') return await purge(workload, lease)
      if (workload.desired === 'stopped') return await stop(workload, lease, seen)
      return await run(workload, lease, seen, stopping)
    } catch (error) {
      // Somebody declared something else meanwhile: look again at once.
      if (error instanceof ExpectationError) return 0
      throw error
    }
  }

  const run = async (
    workload: Workload,
    lease: Lease,
    seen: ObservedInstance | undefined,
    stopping: AbortSignal,
  ): Promise<number | undefined> => {
    const current = seen?.generation === workload.generation ? seen : undefined
    if ((workload.status === 'failed' || workload.status === 'stopped') && (!current || current.phase === 'exited')) {
      routes.report(workload.id, { state: workload.status })
      // A start that failed replaced nothing; what an earlier one left must not go on under a workload that has failed.
      if (seen && !current) await runtime.instances.remove(refOf(workload), { keepLog: true })
      return undefined
    }
    const waitMs = current ? 0 : restartDueInMs(workload, clock)
    if (waitMs > 0) return waitMs
    if (!current) return start(workload, lease, stopping)
    const told = await withTold(workload, lease, current)
    if (current.phase === 'exited') return ended(told, lease, current)
    return watch(told, lease, current)
  }

  /** With the steps that its program says it is at. */
  const withTold = async (workload: Workload, lease: Lease, seen: ObservedInstance): Promise<Workload> => {
    if (workload.status !== 'starting') return workload
    const steps = await stepsAsTold(runtime, workload, seen.startedAt)
    return steps === workload.steps ? workload : observe(workload, lease, { steps })
  }

  const start = async (workload: Workload, lease: Lease, stopping: AbortSignal): Promise<number> => {
    routes.report(workload.id, { state: 'starting' })
    const controller = new AbortController()
    starts.set(workload.id, controller)
    try {
      await startWorkload(options, observe, workload, lease, AbortSignal.any([controller.signal, stopping]))
    } catch (error) {
      if (!controller.signal.aborted) throw error
    } finally {
      starts.delete(workload.id)
    }
    return 0
  }

  const watch = async (workload: Workload, lease: Lease, seen: ObservedInstance): Promise<number> => {
    const { ports, health } = await shapeOf(runtime, workload)
    const endpoints = await endpointsOf(runtime, workload, ports, routes.ofWorkload(workload.id))
    // It answers nobody now, and would be resumed by whoever asks: its address stays as it is.
    if (seen.suspended) {
      routes.report(workload.id, { state: 'ready', endpoints })
      return health?.intervalMs ?? 5000
    }
    const port = health?.port ?? ports[0]?.name
    const endpoint = port === undefined ? undefined : endpoints.get(port)
    const answers =
      port === undefined ||
      (endpoint !== undefined && (await options.client.probe(endpoint, health?.path, health?.timeoutMs ?? 2000)))
    if (answers) {
      probeFailures.delete(workload.id)
      routes.report(workload.id, { state: 'ready', endpoints })
      if (workload.status !== 'running') {
        crashPoint('start/answered')
        await observe(workload, lease, {
          status: 'running',
          // Why it had to be started again is told for a while.
          reason: workload.status === 'starting' ? workload.reason : null,
          steps: endSteps(workload.steps, 'done', clock),
          startedAt: seen.startedAt,
        })
      } else if (workload.reason && clock.now() - seen.startedAt > RESTART_TOLD_MS) {
        await observe(workload, lease, { reason: null })
      }
      return health?.intervalMs ?? 5000
    }
    return noAnswer(workload, lease, seen, health)
  }

  const noAnswer = async (
    workload: Workload,
    lease: Lease,
    seen: ObservedInstance,
    health: HealthSpec | undefined,
  ): Promise<number> => {
    if (workload.status === 'starting') {
      routes.report(workload.id, { state: 'starting' })
      // It says itself when it is done with what may take any time.
      if (isAtToldStep(workload)) return SLOW_PROBES_MS
      const waitedMs = clock.now() - Math.max(seen.startedAt, readySince(workload))
      if (waitedMs <= (health?.startMs ?? 60_000)) return waitedMs < 3000 ? FIRST_PROBES_MS : SLOW_PROBES_MS
      const reason: Reason = {
        code: 'health',
        detail: `It does not answer at ${health?.path ?? 'its port'} after ${Math.round(waitedMs / 1000)} s.`,
        exitCode: null,
        lastLines: await lastLines(runtime, workload.id),
      }
      await observe(workload, lease, { status: 'unhealthy', reason, steps: endSteps(workload.steps, 'failed', clock) })
      return health?.intervalMs ?? 5000
    }
    const failures = (probeFailures.get(workload.id) ?? 0) + 1
    probeFailures.set(workload.id, failures)
    if (failures >= UNHEALTHY_AFTER && workload.status === 'running') {
      const reason: Reason = {
        code: 'health',
        detail: `It stopped answering at ${health?.path ?? 'its port'}.`,
        exitCode: null,
        lastLines: await lastLines(runtime, workload.id),
      }
      await observe(workload, lease, { status: 'unhealthy', reason })
    }
    return Math.min(health?.intervalMs ?? 5000, 1000)
  }

  const stop = async (workload: Workload, lease: Lease, seen: ObservedInstance | undefined): Promise<undefined> => {
    routes.report(workload.id, { state: 'stopped' })
    if (workload.status === 'stopped' && !seen) return undefined
    if (seen) await runtime.instances.remove(refOf(workload), { keepLog: true })
    crashPoint('stop/removed')
    await observe(workload, lease, {
      status: 'stopped',
      steps: endSteps(workload.steps, 'done', clock),
      startedAt: null,
    })
    return undefined
  }

  const purge = async (workload: Workload, lease: Lease): Promise<undefined> => {
    // Also without an instance: a stop keeps the log.
    await runtime.instances.remove(refOf(workload))
    crashPoint('purge/removed')
    for (const { volumeId, shared } of workload.spec.mounts) if (!shared) await runtime.volumes.remove(volumeId)
    crashPoint('purge/volumes-removed')
    await observe(workload, lease, { status: 'stopped', purgedAt: clock.now() })
    return undefined
  }

  const adopt = async (): Promise<void> => {
    const before = (await runtime.instances.list()).filter(({ phase }) => phase === 'running')
    await Promise.all(
      before.map(async ({ workloadId, generation }) => {
        const workload = await store.get(workloadId)
        const answered = workload?.status === 'running' || workload?.status === 'unhealthy'
        if (!answered || workload.desired !== 'running' || workload.generation !== generation) return
        const { ports } = await shapeOf(runtime, workload)
        const endpoints = await endpointsOf(runtime, workload, ports, routes.ofWorkload(workload.id))
        routes.report(workload.id, { state: 'ready', endpoints })
      }),
    )
  }

  const loop: ReconcileLoop = startReconcileLoop({
    name: 'workloads',
    scope,
    log,
    resyncMs: 10_000,
    concurrency: 16,
    step,
    keys: () => store.unpurged(shards.held()),
  })
  runtime.instances.watch((ref) => loop.wake(ref.workloadId), scope.signal)
  scope.defer(() => starts.forEach((controller) => controller.abort(new Error('the server stops'))))
  log.debug('workloads reconciler started', { shards: shards.held().length })

  return {
    adopt,
    wakeAll: loop.wakeAll,
    interrupt: (id) => {
      starts.get(id)?.abort(new Error('the declaration has changed'))
      loop.wake(id)
    },
    idle: loop.idle,
  }
}

function statusEvent(workload: Workload, status: WorkloadStatus): NewEvent {
  return {
    type: `${workload.kind}.${status}`,
    projectId: workload.projectId,
    subject: { kind: workload.kind, id: workload.id },
    actorId: undefined,
    payload: { slug: workload.slug, name: workload.name },
  }
}
