import type { ParameterValues, SecretUse, WorkloadKind, WorkloadState, WorkloadStatus } from '@mllab/contract'
import { isoTime, isoTimeOrNull, type Clock } from '@mllab/kernel'

import type { WorkloadUsage } from './usage.ts'
import type { HealthSpec, InstanceRef, PortSpec } from '../../ports/runtime.ts'

/** What a workload is declared to be; stored as JSON, secrets apart. */
export interface WorkloadSpec {
  readonly image: string
  readonly requirements?: readonly string[]
  readonly python?: string
  readonly command?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Names of the variables whose values are sealed. */
  readonly secretEnvNames: readonly string[]
  /** Which of the sealed values are its own; absent for the first. */
  readonly envVersion?: number
  readonly secrets?: readonly SecretUse[]
  /** Versions of datasets in mounts `data-0`, `data-1`…, and the paths of the workspace where they are found. */
  readonly datasets?: readonly { readonly name: string; readonly version: number; readonly path: string }[]
  /** What a workspace is made of, and the answers to the profile's questions. */
  readonly profile?: { readonly slug: string; readonly parameters: ParameterValues }
  /** Name of the mount the command starts in. */
  readonly workingMount: string
  readonly mounts: readonly {
    readonly name: string
    readonly volumeId: string
    readonly path: string
    readonly readOnly: boolean
    /** Belongs to the project: others may have it too, and it stays when this workload goes. */
    readonly shared?: boolean
  }[]
  readonly resources: { readonly cpus?: number; readonly memoryBytes?: number }
  readonly health?: HealthSpec
  /** Steps its program goes through before it answers, and tells in its log. */
  readonly toldSteps?: readonly StartStepName[]
  readonly ports?: readonly PortSpec[]
  /** Path below which it sees requests, `/` at both ends. */
  readonly servicePath: string
  /** What the module that made it needs again: the model of a service. */
  readonly about: Readonly<Record<string, string | number>>
}

/** What a workload becomes at its next start. */
export interface NextSpec {
  readonly spec: WorkloadSpec
  /** What is another one then: `image`, `env.NAME`, `datasets`… */
  readonly changed: readonly string[]
}

export type StartStepName = WorkloadState['steps'][number]['name']

export interface StartStepRecord {
  readonly name: StartStepName
  readonly status: 'waiting' | 'running' | 'done' | 'failed'
  readonly detail: string
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly progress: { readonly done: number; readonly total: number; readonly unit: string } | null
}

export interface Reason {
  readonly code: string
  readonly detail: string
  readonly exitCode: number | null
  readonly lastLines: readonly string[]
}

/** A workload with what was last observed of it. */
export interface Workload {
  readonly id: string
  readonly projectId: string
  readonly kind: WorkloadKind
  readonly slug: string
  readonly name: string
  readonly ownerId: string
  readonly desired: 'running' | 'stopped' | 'deleted'
  readonly generation: number
  /** As its last start found it. */
  readonly spec: WorkloadSpec
  /** Counts changes of the specification. */
  readonly revision: number
  readonly next: NextSpec | null
  readonly imageKey: string | null
  readonly status: WorkloadStatus
  readonly statusSince: number
  readonly reason: Reason | null
  readonly steps: readonly StartStepRecord[]
  readonly restarts: number
  readonly restartedAt: number | null
  readonly startedAt: number | null
  readonly shard: number
  readonly createdAt: number
  readonly purgedAt: number | null
  /** Secrets that changed since it was started. Looked up for those who show it; else empty. */
  readonly restartFor: readonly string[]
}

/** What its next start makes of it. */
export function declaredSpec({ spec, next }: Workload): WorkloadSpec {
  return next?.spec ?? spec
}

/** What is in effect; of one that rests, what will be. */
export function shownSpec(workload: Workload): WorkloadSpec {
  return rests(workload) ? declaredSpec(workload) : workload.spec
}

/** Nothing of it runs or is about to. */
export function rests({ desired, status }: Workload): boolean {
  return desired !== 'running' || status === 'stopped' || status === 'failed'
}

/** The one instance of a workload. */
export function refOf(workload: Workload): InstanceRef {
  return { workloadId: workload.id, replica: 0 }
}

/** The order in which a start goes through its steps. */
const startStepNames: readonly StartStepName[] = ['place', 'volume', 'image', 'process', 'fetch', 'install', 'ready']
const OWN_STEPS: readonly StartStepName[] = ['fetch', 'install']

export function waitingSteps({ toldSteps = [] }: Pick<WorkloadSpec, 'toldSteps'>): StartStepRecord[] {
  const names = startStepNames.filter((name) => !OWN_STEPS.includes(name) || toldSteps.includes(name))
  return names.map((name) => ({
    name,
    status: 'waiting',
    detail: '',
    startedAt: null,
    finishedAt: null,
    progress: null,
  }))
}

/** Enters a step: what ran before is done, what was entered runs. */
export function enterStep(
  steps: readonly StartStepRecord[],
  name: StartStepName,
  detail: string,
  clock: Clock,
): StartStepRecord[] {
  const now = clock.now()
  return steps.map((step) => {
    if (step.name === name)
      return { ...step, status: 'running', detail, startedAt: now, finishedAt: null, progress: null }
    return step.status === 'running' ? { ...step, status: 'done', finishedAt: now } : step
  })
}

/** Since when it has nothing left but to answer, in epoch ms; 0 if there is still something. */
export function readySince({ steps }: Workload): number {
  return steps.find(({ name, status }) => name === 'ready' && status === 'running')?.startedAt ?? 0
}

export function endSteps(
  steps: readonly StartStepRecord[],
  status: 'done' | 'failed',
  clock: Clock,
): StartStepRecord[] {
  return steps.map((step) => (step.status === 'running' ? { ...step, status, finishedAt: clock.now() } : step))
}

/** How a workload looks at the API; usage comes from the runtime's last measurement. */
export function presentState(workload: Workload, usage: WorkloadUsage | undefined): WorkloadState {
  const { reason } = workload
  return {
    status: workload.status,
    since: isoTime(workload.statusSince),
    // Of one that goes on it tells of the end before.
    reason: reason && !isWell(workload) ? { ...reason, lastLines: [...reason.lastLines] } : null,
    notices: [...restartNotice(workload), ...(isUp(workload) ? (usage?.notices ?? []) : [])],
    steps: workload.steps.map((step) => ({
      ...step,
      startedAt: isoTimeOrNull(step.startedAt),
      finishedAt: isoTimeOrNull(step.finishedAt),
    })),
    generation: workload.generation,
    image: shownSpec(workload).image,
    cpu: usage?.cpu ?? null,
    memoryBytes: usage?.memoryBytes ?? null,
    startedAt: isoTimeOrNull(workload.startedAt),
    restartFor: [...workload.restartFor],
  }
}

function isWell({ status }: Workload): boolean {
  return status === 'starting' || status === 'running'
}

function isUp(workload: Workload): boolean {
  return isWell(workload) || workload.status === 'unhealthy'
}

/** A service that ends is started again by itself: that it runs does not mean that all is well. */
function restartNotice(workload: Workload): WorkloadState['notices'] {
  const { reason, restarts } = workload
  if (!reason || restarts === 0 || !isWell(workload)) return []
  const times = restarts === 1 ? 'once' : `${restarts} times`
  return [
    {
      code: 'restarted',
      detail: `It ended and was started again ${times}. The last time: ${reason.detail}`,
    },
  ]
}
