import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'

export type DatasetSort = 'name' | '-updated'

export const datasetsQuery = (api: LabApi, project: string, search: string, sort: DatasetSort) =>
  infiniteQueryOptions({
    queryKey: ['datasets', project, search, sort],
    queryFn: ({ pageParam, signal }) =>
      api.files.list(
        {
          params: { project },
          query: { sort, ...(search ? { search } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    meta: { live: ['dataset'], project },
  })

export const datasetQuery = (api: LabApi, project: string, name: string) =>
  queryOptions({
    queryKey: ['dataset', project, name],
    queryFn: ({ signal }) => api.files.get({ params: { project, name } }, { signal }),
    meta: { live: ['dataset'], project },
  })

export const versionsQuery = (api: LabApi, project: string, name: string) =>
  infiniteQueryOptions({
    queryKey: ['dataset', project, name, 'versions'],
    queryFn: ({ pageParam, signal }) =>
      api.files.versions(
        { params: { project, name }, query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    meta: { live: ['dataset'], project },
  })

/** What a version holds never changes, so nothing makes the answer old. */
export const entriesQuery = (api: LabApi, project: string, name: string, version: number, prefix: string) =>
  infiniteQueryOptions({
    queryKey: ['entries', project, name, version, prefix],
    queryFn: ({ pageParam, signal }) =>
      api.files.entries(
        {
          params: { project, name, version },
          query: { limit: 200, ...(prefix ? { prefix } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    staleTime: Infinity,
  })

export const unfinishedQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: ['uploads', project],
    queryFn: ({ signal }) => api.files.uploads({ params: { project } }, { signal }),
    meta: { live: ['upload', 'dataset'], project },
  })
