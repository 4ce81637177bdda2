import { LabError, type LifeRules, type ParameterValues, type SecretUse } from '@mllab/contract'
import { slugFrom, type Clock } from '@mllab/kernel'

import type { Actor, ProjectRef } from '../access/access.ts'
import { requireIn } from '../access/access.ts'
import { ExpectationError } from '../../ports/database.ts'
import {
  declaredSpec,
  withoutSecrets,
  type NewWorkload,
  type Workload,
  type Workloads,
} from '../workloads/workloads.ts'
import type { DatasetMounts, WantedDataset } from './dataset-mounts.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, type LifeSpans } from './life.ts'
import { fillProfile, type Filled } from './profile-values.ts'
import type { Profiles } from './profiles.ts'
import { folderOf, secretOf, type Repository } from './repository.ts'
import { ALLOWANCE_STEP, type Rules, type WorkspaceKind } from './rules.ts'
import { DEFAULT_IMAGE, type Terms } from './terms.ts'
import { toolRoutes } from './tools.ts'
import type { WorkspacesStore } from './workspaces.store.ts'

export interface NewWorkspace {
  readonly name?: string | undefined
  readonly slug?: string | undefined
  readonly profile?: string | undefined
  readonly parameters: ParameterValues
  readonly image?: string | undefined
  readonly cpus?: number | undefined
  readonly memoryGb?: number | undefined
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly SecretUse[]
  readonly datasets: readonly WantedDataset[]
  readonly git?: (Omit<Repository, 'path' | 'userName' | 'email'> & Partial<WantedAuthor>) | undefined
  readonly life: LifeRules
}

interface WantedAuthor {
  readonly path: string | undefined
  readonly userName: string | undefined
  readonly email: string | undefined
}

export interface MakingOptions {
  readonly workloads: Workloads
  readonly store: WorkspacesStore
  readonly profiles: Profiles
  readonly datasets: DatasetMounts
  readonly clock: Clock
  /** Path prefix of the platform, without a slash at the end. */
  readonly basePath: string
  /** What is so unless a profile says otherwise. */
  readonly life: LifeSpans
  readonly requireImage: (ref: string) => Promise<void>
  readonly rules: Rules
  readonly terms: Terms
  /** Whose personal project this is, if it is one. */
  readonly personOf: (projectId: string) => Promise<string | undefined>
}

/** For whom and how one is made. An administrator who hands it out is not bound by what its owner may make. */
export interface MakingContext {
  readonly kind?: WorkspaceKind
  readonly by?: Actor
}

export type Making = ReturnType<typeof createMaking>

export const HOME = 'home'

/** Makes workspaces: what was asked for and what a profile says become a workload. */
export function createMaking(options: MakingOptions) {
  const { workloads, store, profiles, clock, basePath } = options

  /** The profile that was named, or the default one; undefined where an image was named or there is none. */
  const profileFor = async ({ profile, image, parameters }: NewWorkspace) => {
    if (profile !== undefined && image !== undefined)
      throw new LabError(
        'INVALID_INPUT',
        { reason: 'Name a profile or an image, one of them.' },
        { fields: [{ field: 'body.image', message: 'the profile says it' }] },
      )
    const found =
      profile === undefined ? image === undefined && (await profiles.byDefault()) : await profiles.find(profile)
    if (!found && Object.keys(parameters).length > 0)
      throw new LabError(
        'INVALID_INPUT',
        { reason: 'Parameters belong to a profile.' },
        { fields: [{ field: 'body.parameters', message: 'there is no profile' }] },
      )
    return found || undefined
  }

  const freeSlug = async (actor: Actor, project: ProjectRef, wanted: string): Promise<string> => {
    const seen = requireIn(actor, 'workspaces:read', project.id)
    const page = await workloads.list(seen, project, { kind: 'workspace', search: wanted }, { limit: 500 })
    const taken = new Set(page.items.map(({ slug }) => slug))
    for (let n = 1; ; n += 1) {
      const candidate = n === 1 ? wanted : `${wanted.slice(0, 36)}-${n}`
      if (!taken.has(candidate)) return candidate
    }
  }

  /** `default` in a personal project is the default workspace of whose project it is. */
  const requireFreeName = async (actor: Actor, project: ProjectRef, slug: string | undefined) => {
    if (slug !== 'default') return
    const person = await options.personOf(project.id)
    if (person !== undefined && person !== actor.principalId) throw new LabError('RESERVED_NAME', { name: slug })
  }

  /** Declares it, unless its owner would have more than he may. */
  const declare = async (actor: Actor, project: ProjectRef, wanted: NewWorkload, { kind, by }: MakingContext) => {
    const counted = by ? [] : await options.rules.makingSteps(actor, kind ?? 'named')
    try {
      return await workloads.create(actor, project, { ...wanted, by, also: [...(wanted.also ?? []), ...counted] })
    } catch (error) {
      if (error instanceof ExpectationError && error.step === ALLOWANCE_STEP) throw await options.rules.tooMany(actor)
      throw error
    }
  }

  const routesFor = async (image: string, servicePath: string) => [
    { portName: 'http', port: 8080, pathPrefix: servicePath, stripPrefix: false },
    ...(await toolRoutes(workloads.runtime, image, servicePath)),
  ]

  return {
    freeSlug,

    create: async (
      actor: Actor,
      project: ProjectRef,
      input: NewWorkspace,
      context: MakingContext = {},
    ): Promise<Workload> => {
      requireIn(actor, 'workspaces:write', project.id)
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'A workspace belongs to a person.' })
      options.terms.requireImage(input.image)
      await requireFreeName(actor, project, input.slug)
      const profile = await profileFor(input)
      const filled: Filled = profile
        ? fillProfile(profile, input.parameters)
        : { image: input.image ?? DEFAULT_IMAGE, env: {}, values: {} }
      await options.requireImage(filled.image)
      const repository = repositoryFor(actor, input)
      const data = await options.datasets.resolve(actor, project, input.datasets)
      const id = workloads.newId()
      const slug = input.slug ?? (await freeSlug(actor, project, slugFrom(input.name ?? actor.name) ?? 'workspace'))
      const servicePath = `${basePath}/w/${id}/`
      const now = clock.now()
      const life = lifeFor(input.life, { ...options.life, ...profile?.life })
      const wanted: NewWorkload = {
        kind: 'workspace',
        id,
        slug,
        name: input.name ?? slug,
        spec: {
          image: filled.image,
          env: { ...filled.env, ...data.env },
          workingMount: HOME,
          mounts: [{ name: HOME, volumeId: id, path: '/workspace', readOnly: false }, ...data.mounts],
          resources: resourcesOf(
            input.cpus ?? filled.cpus ?? options.terms.cpus,
            input.memoryGb ?? filled.memoryGb ?? options.terms.memoryGb,
          ),
          ...(data.datasets.length > 0 ? { datasets: data.datasets } : {}),
          ...(profile ? { profile: { slug: profile.slug, parameters: filled.values } } : {}),
          servicePath,
          about: {},
        },
        env: input.env,
        secrets: [...input.secrets, ...secretOf(repository)],
        routes: await routesFor(filled.image, servicePath),
        also: [
          store.createStep({
            workload_id: id,
            project_id: project.id,
            git: repository ? JSON.stringify(repository) : null,
            git_status: repository ? 'waiting' : null,
            git_detail: '',
            prepared_generation: 0,
            suspend_after_ms: Math.round(life.suspendAfterMinutes * MINUTE_MS),
            stop_after_ms: Math.round(life.stopAfterHours * HOUR_MS),
            active_at: now,
            busy: '',
            suspended_at: null,
            keep_until: 0,
            stop_warned_at: null,
            expires_at: life.daysToLive > 0 ? now + Math.round(life.daysToLive * DAY_MS) : null,
            expiry_warned_at: null,
            expired_at: null,
            copy_from: null,
          }),
        ],
      }
      return declare(actor, project, wanted, context)
    },

    /** Another one like it, whose files are those of a volume: its own as they are now, or those of a snapshot. */
    copy: async (
      actor: Actor,
      project: ProjectRef,
      original: Workload,
      { name, slug, volumeId }: { name: string | undefined; slug: string | undefined; volumeId: string },
    ): Promise<Workload> => {
      requireIn(actor, 'workspaces:write', project.id)
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'A workspace belongs to a person.' })
      const row = await store.get(original.id)
      if (!row) throw new LabError('NOT_FOUND', { what: 'workspace' })
      const id = workloads.newId()
      const servicePath = `${basePath}/w/${id}/`
      const free = slug ?? (await freeSlug(actor, project, slugFrom(name ?? '') ?? original.slug))
      const now = clock.now()
      const lifeSpan = row.expires_at === null ? null : Math.max(DAY_MS, row.expires_at - original.createdAt)
      const wanted: NewWorkload = {
        kind: 'workspace',
        id,
        slug: free,
        name: name ?? free,
        spec: specOfCopy(original, id, servicePath),
        env: await workloads.environment(original),
        secrets: declaredSpec(original).secrets ?? [],
        routes: await routesFor(declaredSpec(original).image, servicePath),
        also: [
          store.createStep({
            ...row,
            workload_id: id,
            git_status: row.git_status === 'cloning' ? 'waiting' : row.git_status,
            prepared_generation: 0,
            active_at: now,
            busy: '',
            suspended_at: null,
            keep_until: 0,
            stop_warned_at: null,
            expires_at: lifeSpan === null ? null : now + lifeSpan,
            expiry_warned_at: null,
            expired_at: null,
            copy_from: volumeId,
          }),
        ],
      }
      return declare(actor, project, wanted, {})
    },
  }
}

/** What one workspace has of another: everything but its files, its addresses and the time it has left. */
function specOfCopy(original: Workload, id: string, servicePath: string) {
  const spec = withoutSecrets(declaredSpec(original))
  return {
    ...spec,
    servicePath,
    mounts: spec.mounts.map((mount) => (mount.name === HOME ? { ...mount, volumeId: id } : mount)),
  }
}

export function resourcesOf(cpus: number | undefined, memoryGb: number | undefined) {
  return {
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryGb === undefined ? {} : { memoryBytes: Math.round(memoryGb * 2 ** 30) }),
  }
}

function repositoryFor(actor: Actor, { git }: NewWorkspace): Repository | undefined {
  if (!git) return undefined
  return {
    ...git,
    path: git.path ?? folderOf(git.url),
    userName: git.userName ?? actor.name,
    email: git.email ?? `${slugFrom(actor.name) ?? 'person'}@localhost`,
  }
}

/** One may ask for less than is given, never for more; where nothing is given, for anything. */
function lifeFor(asked: LifeRules, given: LifeRules): LifeSpans {
  const lesser = (name: keyof LifeRules) => {
    const [most = 0, wanted] = [given[name], asked[name]]
    if (wanted === undefined) return most
    return most > 0 ? Math.min(most, wanted > 0 ? wanted : most) : wanted
  }
  return {
    suspendAfterMinutes: lesser('suspendAfterMinutes'),
    stopAfterHours: lesser('stopAfterHours'),
    daysToLive: lesser('daysToLive'),
  }
}
