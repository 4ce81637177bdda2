import { queryOptions } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'
import { keysetPages } from '../../lib/pages.ts'

const LOOK_EVERY_MS = 3000

/** Workspaces of all projects, as an administrator sees them. */
export const allWorkspacesQuery = (api: LabApi, search: string) => ({
  queryKey: ['all-workspaces', search],
  queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) =>
    api.workspaceAdministration.list(
      { query: { ...(search ? { search } : {}), ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
      { signal },
    ),
  ...keysetPages,
  // Changes in projects of others are not told to administrators.
  refetchInterval: LOOK_EVERY_MS,
})

export const rulesQuery = (api: LabApi) =>
  queryOptions({
    queryKey: ['workspace-rules'],
    queryFn: ({ signal }) => api.workspaceRules.get({}, { signal }),
    meta: { live: ['workspace-rules'] },
  })
