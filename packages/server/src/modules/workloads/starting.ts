import { isLabError, workloadScopes, type WorkloadKind } from '@mllab/contract'
import { crashPoint, isPortError, messageOf, newId, sha256Hex, type Clock } from '@mllab/kernel'

import type { Lease } from '../../core/leases.ts'
import type { Secrets } from '../../core/secrets.ts'
import type { Database } from '../../ports/database.ts'
import type { ImageDescription, ImageProgress, InstanceSpec, Runtime } from '../../ports/runtime.ts'
import type { Access } from '../access/access.ts'
import type { NamedSecrets } from '../secrets/secrets.ts'
import { giveSecrets, takeSecretsBack } from './given-secrets.ts'
import { envSecretId } from './sealed-env.ts'
import {
  endSteps,
  enterStep,
  waitingSteps,
  type Reason,
  type StartStepName,
  type StartStepRecord,
  type Workload,
} from './workload.ts'
import type { Observation, WorkloadsStore } from './workloads.store.ts'

export interface StartingOptions {
  readonly db: Database
  readonly clock: Clock
  readonly store: WorkloadsStore
  readonly runtime: Runtime
  readonly access: Access
  readonly secrets: Secrets
  readonly named: NamedSecrets
  readonly slugOf: (projectId: string) => Promise<string | undefined>
  readonly variables: Partial<Record<WorkloadKind, Readonly<Record<string, string>>>>
  /** What has to lie in the volumes before the process starts, by kind of workload: the model of a service. */
  readonly prepareVolumes: VolumePreparation
}

export type VolumePreparation = (
  workload: Workload,
  context: { readonly signal: AbortSignal; readonly report: (progress: StepProgress) => void },
) => Promise<void>

export interface StepProgress {
  /** For people: what is being done. */
  readonly detail: string
  readonly done: number
  readonly total: number
  readonly unit: string
}

/** Writes what was seen, with an event if the status changed. Fails if the declaration has changed meanwhile. */
export type Observe = (workload: Workload, lease: Lease, observation: Observation) => Promise<Workload>

const PROGRESS_EVERY_MS = 300

/**
 * Goes through the steps of a start up to the running process; whether it answers is watched afterwards. Each step is written before
 * it begins, so that a page shows it and a crash is followed by a start from the beginning, which finds what is there already.
 */
export async function startWorkload(
  options: StartingOptions,
  observe: Observe,
  given: Workload,
  lease: Lease,
  signal: AbortSignal,
): Promise<void> {
  const { clock, runtime } = options
  let workload = given
  let steps: StartStepRecord[] = waitingSteps(given.spec)
  /** Progress of a step that takes long, written a few times a second. */
  const progressOf = (name: StartStepName) => {
    let lastReport = 0
    let pending: Promise<unknown> = Promise.resolve()
    return {
      report: ({ detail, ...progress }: StepProgress) => {
        if (clock.now() - lastReport < PROGRESS_EVERY_MS) return
        lastReport = clock.now()
        steps = steps.map((step) => (step.name === name ? { ...step, detail, progress } : step))
        pending = pending
          .then(() => observe(workload, lease, { steps }))
          .catch(() => undefined /* the next write of a step says whether the start goes on */)
      },
      written: () => pending,
    }
  }
  const enter = async (name: StartStepName, detail: string) => {
    signal.throwIfAborted()
    steps = enterStep(steps, name, detail, clock)
    // One that is started again keeps why it ended.
    const reason = workload.status === 'starting' ? workload.reason : null
    workload = await observe(workload, lease, { status: 'starting', reason, steps, startedAt: null })
  }
  try {
    await enter('place', placeOf(workload, runtime))
    crashPoint('start/placed')
    const token = await issueToken(options, workload)
    crashPoint('start/token-issued')

    await enter('volume', workload.spec.mounts.map((mount) => mount.name).join(', '))
    const volumes = progressOf('volume')
    const named = await attempt(async () => {
      await takeSecretsBack(runtime, workload)
      for (const { volumeId, shared, readOnly } of workload.spec.mounts)
        await runtime.volumes.ensure({
          id: volumeId,
          projectId: workload.projectId,
          tenant: shared ? workload.projectId : tenantOf(workload),
          ...(shared && readOnly ? { sealed: true } : {}),
        })
      await options.prepareVolumes(workload, { signal, report: volumes.report })
      await volumes.written()
      const given = await giveSecrets(options, workload)
      crashPoint('start/secrets-given')
      return given
    })
    crashPoint('start/volumes-ready')

    await enter('image', workload.spec.image)
    const building = progressOf('image')
    const image = await attempt(async () => {
      const resolved = await resolveImage(options, workload, signal, ({ step, done, total, unit }) =>
        building.report({ detail: step, done, total, unit }),
      )
      await building.written()
      return resolved
    })
    workload = await observe(workload, lease, { imageKey: image.key })
    crashPoint('start/image-resolved')

    await enter('process', '')
    const spec = await instanceSpec(options, workload, image, { token, named })
    await attempt(() => runtime.instances.apply(spec))
    crashPoint('start/applied')
    const [told] = workload.spec.toldSteps ?? []
    await (told === undefined ? enter('ready', 'waits for the first answer') : enter(told, ''))
  } catch (error) {
    if (signal.aborted || !(error instanceof StartFailure)) throw error
    await observe(workload, lease, {
      status: 'failed',
      reason: startFailure(error.cause, steps),
      steps: endSteps(steps, 'failed', clock),
    })
  }
}

/** The runtime could not do a step, and trying again by itself would hide why from the person who waits. */
class StartFailure extends Error {}

async function attempt<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (isPortError(error) || isLabError(error)) throw new StartFailure(error.message, { cause: error })
    throw error
  }
}

export function tenantOf(workload: Workload): string {
  return workload.kind === 'workspace' ? `${workload.projectId}/${workload.ownerId}` : workload.projectId
}

async function resolveImage(
  options: StartingOptions,
  workload: Workload,
  signal: AbortSignal,
  onProgress: (progress: ImageProgress) => void,
): Promise<ImageDescription> {
  const { runtime } = options
  const { spec, imageKey } = workload
  // A restart uses what was resolved at first; only an update looks again.
  const known = imageKey === null ? undefined : await runtime.images.inspect({ ref: spec.image, key: imageKey })
  if (known) return known
  return runtime.images.ensure(
    {
      ref: spec.image,
      ...(spec.requirements ? { requirements: spec.requirements } : {}),
      ...(spec.python ? { python: spec.python } : {}),
    },
    { signal, onProgress },
  )
}

/** The token inside: can be computed again from the instance key, so a restarted server finds it without having stored it. */
async function issueToken({ db, access, secrets, clock }: StartingOptions, workload: Workload): Promise<string> {
  const secret = `mlp_${secrets.derive('workload', workload.id, workload.generation)}`
  const secretHash = sha256Hex(secret)
  // Voids no decision that was made before, so it is not told: else each start would have all access decided anew.
  await db.batch([
    access.store.workloadTokenStep({
      id: newId(),
      secretHash,
      kind: 'workload',
      name: `${workload.kind} ${workload.slug}`,
      principalId: workload.ownerId,
      projectId: workload.projectId,
      workloadId: workload.id,
      scopes: workloadScopes[workload.kind],
      createdBy: workload.ownerId,
      createdAt: clock.now(),
      expiresAt: null,
    }),
  ])
  crashPoint('start/token-stored')
  if (await access.store.hasOtherTokens(workload.id, secretHash))
    await access.commit([access.store.revokeOtherTokensStep(workload.id, secretHash, clock.now())])
  return secret
}

async function instanceSpec(
  options: StartingOptions,
  workload: Workload,
  image: ImageDescription,
  { token, named }: { token: string; named: Readonly<Record<string, string>> },
): Promise<InstanceSpec> {
  const { runtime, secrets } = options
  const { spec } = workload
  const project = (await options.slugOf(workload.projectId)) ?? ''
  const sealed = spec.secretEnvNames.length > 0 ? await secrets.open(envSecretId(workload.id, spec)) : undefined
  const command = spec.command
  const health = spec.health ?? image.health
  return {
    workloadId: workload.id,
    replica: 0,
    generation: workload.generation,
    name: `${project}/${workload.kind}s/${workload.slug}`,
    projectId: workload.projectId,
    tenant: tenantOf(workload),
    image: { ref: image.ref, key: image.key },
    ...(command ? { command } : {}),
    env: {
      ...options.variables[workload.kind],
      ...spec.env,
      LAB_ENDPOINT: runtime.platformUrl,
      LAB_API_ENDPOINT: runtime.platformUrl,
      LAB_PROJECT: project,
      LAB_SERVICE_PATH: spec.servicePath,
      MLFLOW_TRACKING_URI: `${runtime.platformUrl}/mlflow/${project}`,
    },
    secretEnv: {
      ...named,
      ...(sealed === undefined ? {} : (JSON.parse(sealed) as Record<string, string>)),
      LAB_API_TOKEN: token,
      MLFLOW_TRACKING_TOKEN: token,
    },
    ports: spec.ports ?? image.ports,
    mounts: spec.mounts,
    workingMount: spec.workingMount,
    resources: spec.resources,
    ...(health ? { health } : {}),
  }
}

function placeOf(workload: Workload, runtime: Runtime): string {
  const { cpus, memoryBytes } = workload.spec.resources
  const limits = [
    cpus === undefined ? undefined : `${cpus} CPU`,
    memoryBytes === undefined ? undefined : `${(memoryBytes / 2 ** 30).toFixed(1)} GB`,
  ].filter((limit) => limit !== undefined)
  const place = runtime.kind === 'process' ? 'on this machine' : runtime.kind
  return limits.length > 0 ? `${place}, at most ${limits.join(' and ')}` : place
}

function startFailure(error: unknown, steps: readonly StartStepRecord[]): Reason {
  const step = steps.find(({ status }) => status === 'running')?.name ?? 'place'
  const [first = '', ...rest] = messageOf(error).split('\n')
  return { code: step, detail: first, exitCode: null, lastLines: rest.slice(-20) }
}
