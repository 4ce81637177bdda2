import { LabError, type AdministeredWorkspace, type Workspace, type WorkloadStatus } from '@mllab/contract'

import type { PageRequest } from '../../core/pages.ts'
import { systemActor, visible, type Actor } from '../access/access.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'

/** Workspaces of all projects, for administrators: the endpoints' access rules say so. */
export function createAdministration({
  workloads,
  slugOf,
  present,
}: {
  workloads: Workloads
  slugOf: (projectId: string) => Promise<string | undefined>
  present: (actor: Actor, found: readonly Workload[]) => Promise<Workspace[]>
}) {
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
        project: (await slugOf(projectOf.get(id) ?? '')) ?? '',
        can: state.status === 'stopped' || state.status === 'stopping' ? [] : ['stop'],
      })),
    )
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

    stop: async (administrator: Actor, id: string): Promise<AdministeredWorkspace> => {
      const workload = await workloads.byId(id)
      if (!workload || workload.kind !== 'workspace' || workload.desired === 'deleted')
        throw new LabError('NOT_FOUND', { what: 'workspace' })
      const reason = { code: 'administrator', detail: 'An administrator stopped it.', exitCode: null, lastLines: [] }
      const stopped = await workloads.desire(administrator, everything, workload, 'stopped', reason)
      const [workspace] = await presentAll([stopped])
      if (!workspace) throw new LabError('NOT_FOUND', { what: 'workspace' })
      return workspace
    },
  }
}
