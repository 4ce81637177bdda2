import { LabError, type AdministeredWorkspace, type Workspace, type WorkloadStatus } from '@mllab/contract'
import { crashPoint } from '@mllab/kernel'

import type { PageRequest } from '../../core/pages.ts'
import { systemActor, visible, type Access, type Actor, type Visible } from '../access/access.ts'
import type { Projects } from '../projects/projects.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import type { Making, NewWorkspace } from './new-workspace.ts'
import { DEFAULT_NAME, DEFAULT_SLUG, type Own } from './own.ts'
import type { Rules } from './rules.ts'

export interface AdministrationOptions {
  readonly access: Access
  readonly projects: Projects
  readonly workloads: Workloads
  readonly making: Making
  readonly rules: Rules
  readonly own: Own
  readonly slugOf: (projectId: string) => Promise<string | undefined>
  /** Has a workspace run that rests. */
  readonly begin: (actor: Actor, seen: Visible, workload: Workload) => Promise<Workload>
  readonly present: (actor: Actor, found: readonly Workload[]) => Promise<Workspace[]>
}

/** What an administrator says of a workspace for somebody else. */
export type HandedWorkspace = Omit<NewWorkspace, 'secrets' | 'datasets' | 'git'> & { readonly username: string }

/** Workspaces of all projects, for administrators: the endpoints' access rules say so. */
export function createAdministration(options: AdministrationOptions) {
  const { access, projects, workloads, making, rules, own, present, begin } = options
  const everything = visible(systemActor, 'workspaces:read')

  const presentAll = async (found: readonly Workload[]): Promise<AdministeredWorkspace[]> => {
    const projectOf = new Map(found.map((workload) => [workload.id, workload.projectId]))
    const shown = await present(systemActor, found)
    return Promise.all(
      shown.map(async ({ id, slug, name, owner, state, life, createdAt }) => ({
        id,
        slug,
        name,
        owner,
        state,
        life,
        createdAt,
        project: (await options.slugOf(projectOf.get(id) ?? '')) ?? '',
        can: actionsIn(state.status),
      })),
    )
  }

  const presentOne = async (workload: Workload): Promise<AdministeredWorkspace> => {
    const [workspace] = await presentAll([workload])
    if (!workspace) throw new LabError('NOT_FOUND', { what: 'workspace' })
    return workspace
  }

  const find = async (id: string): Promise<Workload> => {
    const workload = await workloads.byId(id)
    if (!workload || workload.kind !== 'workspace' || workload.desired === 'deleted')
      throw new LabError('NOT_FOUND', { what: 'workspace' })
    return workload
  }

  return {
    list: async (
      filter: { search?: string | undefined; status?: WorkloadStatus | undefined },
      request: PageRequest,
    ) => {
      const { search, status } = filter
      const page = await workloads.list(everything, undefined, { kind: 'workspace', search, status }, request)
      return { items: await presentAll(page.items), next: page.next }
    },

    /** Makes one that belongs to the person, in the personal project; without a name the default one, which is started if it is there. */
    create: async (administrator: Actor, { username, ...input }: HandedWorkspace): Promise<AdministeredWorkspace> => {
      await rules.requireHandOut()
      const account = await access.store.accountByUsername(username)
      const person = account && (await access.personById(account.principal_id))
      if (!account || !person)
        throw new LabError(
          'NOT_FOUND',
          { what: `active account ${username}` },
          { fields: [{ field: 'body.username', message: account ? 'is disabled' : 'is no user' }] },
        )
      const whose = { id: account.principal_id, name: account.display_name, username: account.username }
      const project = await projects.personalFor(whose, administrator)
      crashPoint('hand-out/project-there')
      const owner = (await access.personById(account.principal_id)) ?? person
      const named = input.name !== undefined || input.slug !== undefined
      const there = named ? undefined : await own.defaultOf(owner, project)
      if (there) return presentOne(await begin(administrator, everything, there))
      const wanted = {
        ...input,
        ...(named ? {} : { name: DEFAULT_NAME, slug: DEFAULT_SLUG }),
        secrets: [],
        datasets: [],
      }
      const made = await making.create(owner, project, wanted, { by: administrator })
      crashPoint('hand-out/made')
      return presentOne(made)
    },

    start: async (administrator: Actor, id: string): Promise<AdministeredWorkspace> => {
      await rules.requireHandOut()
      return presentOne(await begin(administrator, everything, await find(id)))
    },

    stop: async (administrator: Actor, id: string): Promise<AdministeredWorkspace> => {
      const reason = { code: 'administrator', detail: 'An administrator stopped it.', exitCode: null, lastLines: [] }
      return presentOne(await workloads.desire(administrator, everything, await find(id), 'stopped', reason))
    },
  }
}

function actionsIn(status: WorkloadStatus): string[] {
  if (status === 'stopping') return []
  return [status === 'stopped' || status === 'failed' ? 'start' : 'stop']
}
