import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'
import { keysetPages, set } from '../../lib/pages.ts'
import type { RunQuery } from './run-filter.ts'

export const experimentsQuery = (api: LabApi, project: string, search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['experiments', project, 'list', search],
    queryFn: ({ pageParam, signal }) =>
      api.runs.experiments({ params: { project }, query: set({ search, cursor: pageParam }) }, { signal }),
    ...keysetPages,
    meta: { live: ['experiment', 'run'], project },
  })

export const experimentQuery = (api: LabApi, project: string, number: number) =>
  queryOptions({
    queryKey: ['experiments', project, 'one', number],
    queryFn: ({ signal }) => api.runs.experiment({ params: { project, number } }, { signal }),
    meta: { live: ['experiment', 'run'], project },
  })

export interface RunsAsked extends RunQuery {
  experiment: number | undefined
  /** `-started`, `name`, `metrics.val_auc`. */
  sort: string
}

const headRuns = 50

/** The table of runs. Nothing makes it old by itself: rows must not jump under the reader; `headQuery` says what is new. */
export const runsQuery = (api: LabApi, project: string, asked: RunsAsked) =>
  infiniteQueryOptions({
    queryKey: ['runs', project, 'list', asked],
    queryFn: ({ pageParam, signal }) =>
      api.runs.list({ params: { project }, query: set({ ...asked, cursor: pageParam }) }, { signal }),
    ...keysetPages,
    staleTime: 5_000,
  })

/** The first rows of the same list, as new as the server. */
export const headQuery = (api: LabApi, project: string, asked: RunsAsked) =>
  queryOptions({
    queryKey: ['runs', project, 'head', asked],
    queryFn: ({ signal }) =>
      api.runs.list({ params: { project }, query: set({ ...asked, limit: headRuns }) }, { signal }),
    meta: { live: ['run', 'experiment'], project },
  })
