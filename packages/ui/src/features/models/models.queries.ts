import { infiniteQueryOptions, queryOptions, type QueryClient } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'
import { keysetPages, set } from '../../lib/pages.ts'

const root = (project: string) => ['models', project] as const
const live = ['model', 'service']

export const modelsQuery = (api: LabApi, project: string, search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...root(project), 'list', search],
    queryFn: ({ pageParam, signal }) =>
      api.models.list({ params: { project }, query: set({ search, cursor: pageParam }) }, { signal }),
    ...keysetPages,
    meta: { live, project },
  })

export const modelQuery = (api: LabApi, project: string, model: string) =>
  queryOptions({
    queryKey: [...root(project), 'one', model],
    queryFn: ({ signal }) => api.models.get({ params: { project, model } }, { signal }),
    meta: { live, project },
  })

export const versionsQuery = (api: LabApi, project: string, model: string) =>
  infiniteQueryOptions({
    queryKey: [...root(project), 'versions', model],
    queryFn: ({ pageParam, signal }) =>
      api.models.versions({ params: { project, model }, query: set({ cursor: pageParam }) }, { signal }),
    ...keysetPages,
    meta: { live, project },
  })

export const versionQuery = (api: LabApi, project: string, model: string, version: number) =>
  queryOptions({
    queryKey: [...root(project), 'version', model, version],
    queryFn: ({ signal }) => api.models.version({ params: { project, model, version } }, { signal }),
    meta: { live, project },
  })

export const refreshModels = (queries: QueryClient, project: string) =>
  queries.invalidateQueries({ queryKey: root(project) })
