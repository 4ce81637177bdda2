import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'
import { keysetPages } from '../../lib/pages.ts'

const recentRuns = 8

/** What should be running or failed at it; a project has few of either. */
export const homeWorkspacesQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: ['home', project, 'workspaces'],
    queryFn: ({ signal }) => api.workspaces.list({ params: { project }, query: { limit: 200 } }, { signal }),
    meta: { live: ['workspace'], project },
  })

export const homeServicesQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: ['home', project, 'services'],
    queryFn: ({ signal }) => api.services.list({ params: { project }, query: { limit: 200 } }, { signal }),
    meta: { live: ['service'], project },
  })

export const recentRunsQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: ['home', project, 'runs'],
    queryFn: ({ signal }) => api.runs.list({ params: { project }, query: { limit: recentRuns } }, { signal }),
    meta: { live: ['run'], project },
  })

export const eventsQuery = (api: LabApi, project: string) =>
  infiniteQueryOptions({
    queryKey: ['events', project],
    queryFn: ({ pageParam, signal }) =>
      api.events.list(
        { params: { project }, query: { limit: 60, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        { signal },
      ),
    ...keysetPages,
    meta: {
      live: [
        'project',
        'member',
        'invitation',
        'token',
        'dataset',
        'experiment',
        'run',
        'model',
        'workspace',
        'service',
      ],
      project,
    },
  })
