import os from 'node:os'

import { LabError, type SecretUse, type Workspace, type WorkloadStatus } from '@mllab/contract'
import { isoTime, slugFrom } from '@mllab/kernel'

import type { PageRequest } from '../../core/pages.ts'
import { may, requireIn, type Access, type Actor, type Person, type ProjectRef } from '../access/access.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'

export interface WorkspacesOptions {
  readonly access: Access
  readonly workloads: Workloads
  /** Path prefix of the platform, without a slash at the end. */
  readonly basePath: string
  /** The page that waits for an app and opens it. */
  readonly openUrl: (label: string, path: string) => string
}

export interface NewWorkspace {
  readonly name?: string | undefined
  readonly slug?: string | undefined
  readonly image: string
  readonly memoryGb?: number | undefined
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly SecretUse[]
}

export type Workspaces = ReturnType<typeof createWorkspaces>

const HOME = 'home'

/** Workspaces: JupyterLab and a terminal over files that stay. Only the owner enters one; owners of the project may stop and delete it. */
export function createWorkspaces({ access, workloads, basePath, openUrl }: WorkspacesOptions) {
  const present = (actor: Actor, workload: Workload, people: ReadonlyMap<string, Person>): Workspace => {
    const [route] = workloads.routesOf(workload)
    return {
      id: workload.id,
      slug: workload.slug,
      name: workload.name,
      owner: people.get(workload.ownerId) ?? { id: workload.ownerId, name: 'somebody who left', username: null },
      state: workloads.state(workload),
      url: route ? openUrl(route.label, route.pathPrefix) : '',
      env: Object.fromEntries(workload.spec.secretEnvNames.map((name) => [name, '********'])),
      secrets: [...(workload.spec.secrets ?? [])],
      createdAt: isoTime(workload.createdAt),
      can: can(actor, workload),
    }
  }
  const presentOne = async (actor: Actor, workload: Workload) =>
    present(actor, workload, await access.people([workload.ownerId]))

  const get = (actor: Actor, project: ProjectRef, slug: string) =>
    workloads.get(requireIn(actor, 'workspaces:read', project.id), project, 'workspace', slug)

  const change = async (actor: Actor, project: ProjectRef, slug: string, what: 'start' | 'stop' | 'delete') => {
    const seen = requireIn(actor, 'workspaces:write', project.id)
    const workload = await workloads.get(seen, project, 'workspace', slug)
    if (!can(actor, workload).includes(what))
      throw new LabError('FORBIDDEN', {
        reason: `Only ${what === 'start' ? 'its owner' : 'its owner or an owner of the project'} may ${what} a workspace.`,
      })
    return { seen, workload }
  }

  return {
    list: async (
      actor: Actor,
      project: ProjectRef,
      filter: { search?: string | undefined; mine: boolean; status?: WorkloadStatus | undefined },
      request: PageRequest,
    ) => {
      const seen = requireIn(actor, 'workspaces:read', project.id)
      const page = await workloads.list(
        seen,
        project,
        {
          kind: 'workspace',
          search: filter.search,
          status: filter.status,
          ...(filter.mine ? { ownerId: actor.principalId } : {}),
        },
        request,
      )
      const people = await access.people(page.items.map((workload) => workload.ownerId))
      return {
        items: page.items.map((workload) => present(actor, workload, people)),
        next: page.next,
        can: may(actor, 'workspaces:write', project.id) ? ['create'] : [],
      }
    },

    options: async (actor: Actor, project: ProjectRef) => {
      const seen = requireIn(actor, 'workspaces:read', project.id)
      const { runtime } = workloads
      const images = (await runtime.images.list()).filter((image) => image.ref.startsWith('mllab/workspace'))
      return {
        images: images.map(({ ref, title, ready }) => ({ ref, title, ready })),
        cpus: os.availableParallelism(),
        memoryBytes: os.totalmem(),
        isolation: runtime.capabilities.isolation,
        memoryLimit: runtime.capabilities.limits.memory,
        suggestedName: await freeSlug(slugFrom(actor.name) ?? 'workspace', (slug) => exists(seen, project, slug)),
      }
    },

    create: async (actor: Actor, project: ProjectRef, input: NewWorkspace): Promise<Workspace> => {
      const seen = requireIn(actor, 'workspaces:write', project.id)
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'A workspace belongs to a person.' })
      await requireImage(input.image)
      const wanted = input.slug ?? slugFrom(input.name ?? actor.name) ?? 'workspace'
      const slug = input.slug ?? (await freeSlug(wanted, (candidate) => exists(seen, project, candidate)))
      const id = workloads.newId()
      const servicePath = `${basePath}/w/${id}/`
      const workload = await workloads.create(actor, project, {
        kind: 'workspace',
        id,
        slug,
        name: input.name ?? slug,
        spec: {
          image: input.image,
          env: {},
          workingMount: HOME,
          mounts: [{ name: HOME, volumeId: id, path: '/workspace', readOnly: false }],
          resources: input.memoryGb === undefined ? {} : { memoryBytes: Math.round(input.memoryGb * 2 ** 30) },
          servicePath,
          about: {},
        },
        env: input.env,
        secrets: input.secrets,
        routes: [{ portName: 'http', port: 8080, pathPrefix: servicePath, stripPrefix: false }],
      })
      return presentOne(actor, workload)
    },

    usage: async (actor: Actor, project: ProjectRef, slug: string, minutes: number) =>
      workloads.history(await get(actor, project, slug), minutes),

    usageOfAll: (actor: Actor, project: ProjectRef, minutes: number) =>
      workloads.usageOfAll(requireIn(actor, 'workspaces:read', project.id), project, 'workspace', minutes),

    get: async (actor: Actor, project: ProjectRef, slug: string) => presentOne(actor, await get(actor, project, slug)),

    start: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await change(actor, project, slug, 'start')
      return presentOne(actor, await workloads.desire(actor, seen, workload, 'running'))
    },

    stop: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await change(actor, project, slug, 'stop')
      return presentOne(actor, await workloads.desire(actor, seen, workload, 'stopped'))
    },

    remove: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await change(actor, project, slug, 'delete')
      await workloads.remove(actor, seen, workload)
    },

    logs: async (
      actor: Actor,
      project: ProjectRef,
      slug: string,
      query: { from: number; follow: boolean; signal: AbortSignal },
    ) => {
      const workload = await get(actor, project, slug)
      // A log may hold what its owner printed: his, and for owners of the project to find out why it fails.
      if (!can(actor, workload).includes('logs'))
        throw new LabError('FORBIDDEN', {
          reason: 'Only its owner or an owner of the project may read the log of a workspace.',
        })
      return workloads.logs(workload, query)
    },
  }

  async function exists(seen: ReturnType<typeof requireIn>, project: ProjectRef, slug: string): Promise<boolean> {
    const page = await workloads.list(seen, project, { kind: 'workspace', search: slug }, { limit: 500 })
    return page.items.some((workload) => workload.slug === slug)
  }

  async function requireImage(ref: string): Promise<void> {
    if (!(await workloads.runtime.images.list()).some((image) => image.ref === ref))
      throw new LabError(
        'IMAGE_UNKNOWN',
        { image: ref },
        { fields: [{ field: 'body.image', message: 'is not known here' }] },
      )
  }
}

function can(actor: Actor, workload: Workload): string[] {
  if (!may(actor, 'workspaces:write', workload.projectId)) return []
  const owner = workload.ownerId === actor.principalId && actor.kind !== 'project'
  const manages = may(actor, 'project:write', workload.projectId)
  return [...(owner ? ['open', 'start'] : []), ...(owner || manages ? ['stop', 'delete', 'logs'] : [])]
}

async function freeSlug(wanted: string, taken: (slug: string) => Promise<boolean>): Promise<string> {
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? wanted : `${wanted.slice(0, 36)}-${n}`
    if (!(await taken(candidate))) return candidate
  }
}
