import { LabError, type ParameterValues, type SecretUse } from '@mllab/contract'

import type { Actor, ProjectRef } from '../access/access.ts'
import { declaredSpec, type Workload, type Workloads, type WorkloadSpec } from '../workloads/workloads.ts'
import { withoutDatasets, type DatasetMounts, type WantedDataset } from './dataset-mounts.ts'
import { resourcesOf } from './new-workspace.ts'
import { fillProfile, type Filled } from './profile-values.ts'
import type { Profiles } from './profiles.ts'
import type { Terms } from './terms.ts'
import { requireDo } from './workspaces.policy.ts'

/** What is left out stays as it is; a limit that is null goes. */
export interface WorkspaceChange {
  readonly name?: string | undefined
  readonly profile?: string | undefined
  readonly parameters?: ParameterValues | undefined
  readonly image?: string | undefined
  readonly cpus?: number | null | undefined
  readonly memoryGb?: number | null | undefined
  readonly env?: Readonly<Record<string, string | null>> | undefined
  readonly secrets?: readonly SecretUse[] | undefined
  readonly datasets?: readonly WantedDataset[] | undefined
}

/** Another making of a workspace: what a profile or an image says now. */
interface Remade extends Filled {
  readonly profile: WorkloadSpec['profile'] | undefined
  /** Nothing of the one before counts any more, its limits neither. */
  readonly another: boolean
}

export interface ChangesOptions {
  readonly workloads: Workloads
  readonly profiles: Profiles
  readonly datasets: DatasetMounts
  readonly requireImage: (ref: string) => Promise<void>
  readonly terms: Terms
  readonly find: (actor: Actor, project: ProjectRef, slug: string) => Promise<Workload>
}

/** Changes the settings of workspaces, by the rules by which they are made. */
export function createChanges({ workloads, profiles, datasets, requireImage, terms, find }: ChangesOptions) {
  const remade = async (workload: Workload, change: WorkspaceChange): Promise<Remade | undefined> => {
    const { image, parameters } = change
    if (image !== undefined) {
      refuseTwo(change)
      terms.requireImage(image)
      await requireImage(image)
      return { image, env: {}, values: {}, profile: undefined, another: true }
    }
    if (change.profile === undefined && parameters === undefined) return undefined
    const before = declaredSpec(workload).profile
    const slug = change.profile ?? before?.slug
    if (slug === undefined) {
      const fields = [{ field: 'body.parameters', message: 'there is no profile' }]
      throw new LabError('INVALID_INPUT', { reason: 'Parameters belong to a profile.' }, { fields })
    }
    const another = slug !== before?.slug
    const profile = await profiles.find(slug)
    const filled = fillProfile(profile, parameters ?? (another ? {} : (before?.parameters ?? {})))
    await requireImage(filled.image)
    return { ...filled, profile: { slug, parameters: filled.values }, another }
  }

  return {
    /** What runs goes on as it is until its next start. */
    change: async (actor: Actor, project: ProjectRef, slug: string, change: WorkspaceChange, ifVersion?: number) => {
      const workload = await find(actor, project, slug)
      const seen = requireDo(actor, workload, isOnlyLimits(change) ? 'limit' : 'change')
      const made = await remade(workload, change)
      const data = change.datasets && (await datasets.resolve(actor, project, change.datasets))
      const spec = (before: Omit<WorkloadSpec, 'secretEnvNames'>) => {
        const one = made ? withMaking(before, made) : before
        return withLimits(data ? withDatasets(one, data) : one, change)
      }
      const { name, env, secrets } = change
      return workloads.change(actor, seen, workload, { name, env, secrets, spec }, ifVersion)
    },

    discard: async (actor: Actor, project: ProjectRef, slug: string) => {
      const workload = await find(actor, project, slug)
      return workloads.discard(actor, requireDo(actor, workload, 'change'), workload)
    },
  }
}

type PlainSpec = Omit<WorkloadSpec, 'secretEnvNames'>

/** Variables of the profile before go, those that name folders of datasets stay. */
function withMaking(
  { profile: _before, ...spec }: PlainSpec,
  { image, env, profile, another, ...given }: Remade,
): PlainSpec {
  const folders = Object.entries(spec.env).filter(([name]) => !(name in withoutDatasets(spec).env))
  const resources = resourcesOf(given.cpus, given.memoryGb)
  return {
    ...spec,
    image,
    env: { ...env, ...Object.fromEntries(folders) },
    resources: another ? resources : { ...spec.resources, ...resources },
    ...(profile ? { profile } : {}),
  }
}

function withDatasets(spec: PlainSpec, data: Awaited<ReturnType<DatasetMounts['resolve']>>): PlainSpec {
  const without = withoutDatasets(spec)
  return {
    ...without,
    env: { ...without.env, ...data.env },
    mounts: [...without.mounts, ...data.mounts],
    ...(data.datasets.length > 0 ? { datasets: data.datasets } : {}),
  }
}

function withLimits(spec: PlainSpec, { cpus, memoryGb }: WorkspaceChange): PlainSpec {
  const { cpus: cpusBefore, memoryBytes } = spec.resources
  const memoryBefore = memoryBytes === undefined ? undefined : memoryBytes / 2 ** 30
  const said = <T>(value: T | null | undefined, before: T | undefined) =>
    value === undefined ? before : (value ?? undefined)
  return { ...spec, resources: resourcesOf(said(cpus, cpusBefore), said(memoryGb, memoryBefore)) }
}

function isOnlyLimits({ cpus, memoryGb, ...rest }: WorkspaceChange): boolean {
  return (cpus !== undefined || memoryGb !== undefined) && Object.values(rest).every((value) => value === undefined)
}

function refuseTwo({ profile, parameters }: WorkspaceChange): void {
  if (profile === undefined && parameters === undefined) return
  throw new LabError(
    'INVALID_INPUT',
    { reason: 'Name a profile or an image, one of them.' },
    { fields: [{ field: 'body.image', message: 'the profile says it' }] },
  )
}
