import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { Workspace, WorkloadStatus } from '@mllab/sdk'
import { type LabApi, useApi } from '../../lib/api.ts'
import { keysetPages, set } from '../../lib/pages.ts'
import { isMoving } from '../workloads/steps.ts'

export interface WorkspaceFilter {
  search: string | undefined
  status: WorkloadStatus | undefined
  mine: boolean
}

const root = (project: string) => ['workspaces', project] as const

/** Steps of a start are not announced one by one, so what moves is looked at often. */
const watchMs = 700
/** What is in use, and hence what happens when, changes without an event. */
const lifeMs = 15_000

const lookAgainMs = ({ state: { status } }: Workspace) =>
  isMoving(status) ? watchMs : status === 'running' ? lifeMs : (false as const)

export const workspacesQuery = (api: LabApi, project: string, filter: WorkspaceFilter) =>
  infiniteQueryOptions({
    queryKey: [...root(project), 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      api.workspaces.list(
        { params: { project }, query: set({ ...filter, mine: filter.mine ? 'true' : undefined, cursor: pageParam }) },
        { signal },
      ),
    ...keysetPages,
    meta: { live: ['workspace'], project },
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some((one) => isMoving(one.state.status))) ? watchMs : false,
  })

export const workspaceQuery = (api: LabApi, project: string, slug: string) =>
  queryOptions({
    queryKey: [...root(project), 'one', slug],
    queryFn: ({ signal }) => api.workspaces.get({ params: { project, workspace: slug } }, { signal }),
    meta: { live: ['workspace'], project },
    refetchInterval: ({ state }) => (state.data ? lookAgainMs(state.data) : false),
  })

export const optionsQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: [...root(project), 'options'],
    queryFn: ({ signal }) => api.workspaces.options({ params: { project } }, { signal }),
    meta: { live: ['workspace'], project },
  })

/** What can be done with a workspace. Each answer is shown at once, the list follows. */
export function useWorkspaceActions(project: string) {
  const api = useApi()
  const queries = useQueryClient()
  const show = (workspace: Workspace) => {
    queries.setQueryData(workspaceQuery(api, project, workspace.slug).queryKey, workspace)
    void queries.invalidateQueries({ queryKey: root(project) })
  }
  const params = (workspace: string) => ({ params: { project, workspace } })
  return {
    create: useMutation({
      mutationFn: (body: Parameters<LabApi['workspaces']['create']>[0]['body']) =>
        api.workspaces.create({ params: { project }, body }),
      onSuccess: show,
    }),
    start: useMutation({ mutationFn: (slug: string) => api.workspaces.start(params(slug)), onSuccess: show }),
    stop: useMutation({ mutationFn: (slug: string) => api.workspaces.stop(params(slug)), onSuccess: show }),
    update: useMutation({ mutationFn: (slug: string) => api.workspaces.update(params(slug)), onSuccess: show }),
    remove: useMutation({
      mutationFn: (slug: string) => api.workspaces.remove(params(slug)),
      onSuccess: () => queries.invalidateQueries({ queryKey: [...root(project), 'list'] }),
    }),
  }
}
