import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { Me, Project } from '@mllab/sdk'
import { type LabApi, useApi } from './api.ts'

/** What more than one page asks the server. Keys begin with the kind of thing, then the slug of the project. */

export const meQuery = (api: LabApi) =>
  queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.accounts.me({}, { signal }),
    staleTime: Infinity,
    meta: { live: ['account'] },
  })

export const setupFactsQuery = (api: LabApi) =>
  queryOptions({ queryKey: ['setup-facts'], queryFn: ({ signal }) => api.accounts.setupFacts({}, { signal }) })

/** The first 500 by name: the switcher and the palette; the page of all projects searches on the server. */
export const projectsQuery = (api: LabApi) =>
  queryOptions({
    queryKey: ['projects'],
    queryFn: ({ signal }) => api.projects.list({ query: { limit: 500 } }, { signal }),
    meta: { live: ['project', 'member'] },
  })

export const projectQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: ['project', project],
    queryFn: ({ signal }) => api.projects.get({ params: { project } }, { signal }),
    meta: { live: ['project', 'member'], project },
  })

export const overviewQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: ['overview', project],
    queryFn: ({ signal }) => api.home.overview({ params: { project } }, { signal }),
    meta: { live: ['dataset', 'run', 'model', 'workspace', 'service', 'workload'], project },
  })

export const membersQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: ['members', project],
    queryFn: ({ signal }) => api.projects.members({ params: { project } }, { signal }),
    meta: { live: ['project', 'member'], project },
  })

/** Who is signed in. Only below the signed-in routes, which load it first. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery(useApi())).data
}

/** The project of the address. Only below the route of a project, which loads it first. */
export function useProject(): Project {
  const slug = useProjectSlug()
  if (slug === undefined) throw new Error('outside of a project')
  return useSuspenseQuery(projectQuery(useApi(), slug)).data
}

/** Slug of the project of the address; undefined in areas that belong to none. */
export function useProjectSlug(): string | undefined {
  return useParams({ strict: false, select: (params: { project?: string }) => params.project })
}

/** Counts and statuses for the rail; absent until they are known. */
export function useOverview(project: string | undefined) {
  return useQuery({ ...overviewQuery(useApi(), project ?? ''), enabled: project !== undefined }).data
}
