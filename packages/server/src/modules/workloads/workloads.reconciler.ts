import type { WorkloadStatus } from '@mllab/contract'
import { crashPoint, type Log, type Scope } from '@mllab/kernel'

import type { Lease } from '../../core/leases.ts'
import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { startReconcileLoop, type ReconcileLoop } from '../../core/reconcile.ts'
import { ExpectationError } from '../../ports/database.ts'
import type { Endpoint, HealthSpec, ObservedInstance, PortSpec } from '../../ports/runtime.ts'
import type { WorkloadClient } from '../../ports/workload-client.ts'
import type { Routes } from '../routes/routes.ts'
import { lastLines } from './last-lines.ts'
import type { Shards } from './shards.ts'
import { startWorkload, type Observe, type StartingOptions } from './starting.ts'
import { endSteps, type Reason, type Workload } from './workload.ts'

export interface ReconcilerOptions extends StartingOptions {
  readonly outbox: Outbox
  readonly routes: Routes
  readonly log: Log
  readonly shards: Shards
  readonly client: WorkloadClient
}

export interface WorkloadsReconciler {
  wakeAll(): void
  /** Stops a start under way, because the declaration has changed. */
  interrupt(workloadId: string): void
  idle(): Promise<void>
}

const FIRST_PROBES_MS = 25
const SLOW_PROBES_MS = 250
const UNHEALTHY_AFTER = 3
const MAX_RESTARTS = 5
const RESTART_WINDOW_MS = 10 * 60_000

/** Makes what is declared true: starts, watches, restarts, stops and removes the instances of workloads. */
export function startWorkloadsReconciler(options: ReconcilerOptions, scope: Scope): WorkloadsReconciler {
  const { store, runtime, routes, outbox, clock, log, shards, access } = options
  const starts = new Map<string, AbortController>()
  const probeFailures = new Map<string, number>()

  const observe: Observe = async (workload, lease, observation) => {
    const status = observation.status ?? workload.status
    await outbox.commit(
      [store.observeStep(workload, lease, observation, clock.now())],
      status === workload.status ? [] : [statusEvent(workload, status)],
    )
    return {
      ...workload,
      ...observation,
      status,
      statusSince: status === workload.status ? workload.statusSince : clock.now(),
    }
  }

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
      return undefined
    }
    if (!current) return start(workload, lease, stopping)
    if (current.phase === 'exited') return exited(workload, lease, current)
    return watch(workload, lease, current)
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
    const { ports, health } = await shapeOf(workload)
    const endpoints = await endpointsOf(workload, ports)
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
          reason: null,
          steps: endSteps(workload.steps, 'done', clock),
          startedAt: seen.startedAt,
        })
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
    const waitedMs = clock.now() - seen.startedAt
    if (workload.status === 'starting') {
      routes.report(workload.id, { state: 'starting' })
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

  const exited = async (workload: Workload, lease: Lease, seen: ObservedInstance): Promise<number | undefined> => {
    const cleanEnd = seen.exit?.reason === 'exit' && seen.exit.code === 0
    if (workload.kind === 'service' && !(await givesUp(workload, lease))) return 0
    routes.report(workload.id, { state: cleanEnd && workload.kind === 'workspace' ? 'stopped' : 'failed' })
    if (cleanEnd && workload.kind === 'workspace') {
      await observe(workload, lease, {
        status: 'stopped',
        reason: { code: 'exit', detail: 'It was shut down from inside.', exitCode: 0, lastLines: [] },
        steps: endSteps(workload.steps, 'done', clock),
      })
      return undefined
    }
    await observe(workload, lease, {
      status: 'failed',
      reason: await exitReason(workload, seen),
      steps: endSteps(workload.steps, 'failed', clock),
    })
    return undefined
  }

  /** Restarts a service that ended, later each time, and says true once that happened too often. */
  const givesUp = async (workload: Workload, lease: Lease): Promise<boolean> => {
    const recent = workload.restartedAt !== null && clock.now() - workload.restartedAt < RESTART_WINDOW_MS
    const restarts = recent ? workload.restarts : 0
    if (restarts >= MAX_RESTARTS) return true
    routes.report(workload.id, { state: 'starting' })
    const restarted = await observe(workload, lease, {
      status: 'starting',
      restarts: restarts + 1,
      restartedAt: clock.now(),
    })
    crashPoint('restart/counted')
    await runtime.instances.remove({ workloadId: workload.id, replica: 0 }, { keepLog: true })
    crashPoint('restart/removed')
    if (restarts > 0) await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** restarts))
    log.info('service restarted', { workload: restarted.id, restarts: restarts + 1 })
    return false
  }

  const exitReason = async (workload: Workload, seen: ObservedInstance): Promise<Reason> => {
    const code = seen.exit?.code ?? null
    const details: Readonly<Record<string, string>> = {
      oom: 'It used more memory than it may and was ended.',
      killed: 'It was killed.',
      lost: 'Nobody saw how it ended, probably because the machine was restarted.',
      'start-failed': 'It could not be started.',
    }
    const reason = seen.exit?.reason ?? 'lost'
    return {
      code: reason,
      detail: seen.exit?.detail ?? details[reason] ?? `It ended with code ${code}.`,
      exitCode: code,
      lastLines: await lastLines(runtime, workload.id),
    }
  }

  const stop = async (workload: Workload, lease: Lease, seen: ObservedInstance | undefined): Promise<undefined> => {
    routes.report(workload.id, { state: 'stopped' })
    if (workload.status === 'stopped' && !seen) return undefined
    if (seen) await runtime.instances.remove({ workloadId: workload.id, replica: 0 }, { keepLog: true })
    crashPoint('stop/removed')
    await access.commit([access.store.revokeWorkloadTokensStep(workload.id, clock.now())])
    crashPoint('stop/token-void')
    await observe(workload, lease, {
      status: 'stopped',
      reason: null,
      steps: endSteps(workload.steps, 'done', clock),
      startedAt: null,
    })
    return undefined
  }

  const purge = async (workload: Workload, lease: Lease): Promise<undefined> => {
    // Also without an instance: a stop keeps the log.
    await runtime.instances.remove({ workloadId: workload.id, replica: 0 })
    crashPoint('purge/removed')
    for (const mount of workload.spec.mounts) await runtime.volumes.remove(mount.volumeId)
    crashPoint('purge/volumes-removed')
    await access.commit([access.store.revokeWorkloadTokensStep(workload.id, clock.now())])
    crashPoint('purge/token-void')
    await observe(workload, lease, { status: 'stopped', purgedAt: clock.now() })
    return undefined
  }

  const shapeOf = async (
    workload: Workload,
  ): Promise<{ ports: readonly PortSpec[]; health: HealthSpec | undefined }> => {
    const { spec, imageKey } = workload
    const image = imageKey === null ? undefined : await runtime.images.inspect({ ref: spec.image, key: imageKey })
    const health = spec.health ?? image?.health
    return {
      ports: spec.ports ?? image?.ports ?? [],
      health: health && { ...health, path: health.path.replace('{basePath}', spec.servicePath) },
    }
  }

  const endpointsOf = async (workload: Workload, ports: readonly PortSpec[]): Promise<Map<string, Endpoint>> => {
    const endpoints = new Map<string, Endpoint>()
    for (const { name } of ports) {
      const endpoint = await runtime.instances.endpoint({ workloadId: workload.id, replica: 0 }, name)
      if (endpoint) endpoints.set(name, endpoint)
    }
    return endpoints
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
