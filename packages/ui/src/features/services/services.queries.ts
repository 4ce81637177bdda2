import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { Service, WorkloadStatus } from '@mllab/sdk'
import { type LabApi, useApi } from '../../lib/api.ts'
import { keysetPages, set } from '../../lib/pages.ts'
import { isMoving } from '../workloads/steps.ts'

const root = (project: string) => ['services', project] as const

/** Steps of a start are not announced one by one, so what moves is looked at often. */
const watchMs = 700
/** What holds back what runs comes without an event. */
const noticesMs = 10_000

export const servicesQuery = (
  api: LabApi,
  project: string,
  filter: { search: string | undefined; status: WorkloadStatus | undefined },
) =>
  infiniteQueryOptions({
    queryKey: [...root(project), 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      api.services.list({ params: { project }, query: set({ ...filter, cursor: pageParam }) }, { signal }),
    ...keysetPages,
    meta: { live: ['service'], project },
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some((one) => isMoving(one.state.status))) ? watchMs : false,
  })

export const serviceQuery = (api: LabApi, project: string, slug: string) =>
  queryOptions({
    queryKey: [...root(project), 'one', slug],
    queryFn: ({ signal }) => api.services.get({ params: { project, service: slug } }, { signal }),
    meta: { live: ['service'], project },
    refetchInterval: ({ state: { data } }) =>
      data ? (isMoving(data.state.status) ? watchMs : noticesMs) : (false as const),
  })

/** What a service can be made of. */
export const optionsQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: [...root(project), 'options'],
    queryFn: ({ signal }) => api.services.options({ params: { project } }, { signal }),
  })

/** What can be done with a service. Each answer is shown at once, the list follows. */
export function useServiceActions(project: string) {
  const api = useApi()
  const queries = useQueryClient()
  const show = (service: Service) => {
    queries.setQueryData(serviceQuery(api, project, service.slug).queryKey, service)
    void queries.invalidateQueries({ queryKey: root(project) })
  }
  const params = (service: string) => ({ params: { project, service } })
  return {
    create: useMutation({
      mutationFn: (body: Parameters<LabApi['services']['create']>[0]['body']) =>
        api.services.create({ params: { project }, body }),
      onSuccess: show,
    }),
    start: useMutation({ mutationFn: (slug: string) => api.services.start(params(slug)), onSuccess: show }),
    restart: useMutation({ mutationFn: (slug: string) => api.services.restart(params(slug)), onSuccess: show }),
    stop: useMutation({ mutationFn: (slug: string) => api.services.stop(params(slug)), onSuccess: show }),
    update: useMutation({ mutationFn: (slug: string) => api.services.update(params(slug)), onSuccess: show }),
    discard: useMutation({ mutationFn: (slug: string) => api.services.discardChanges(params(slug)), onSuccess: show }),
    change: useMutation({
      mutationFn: ({
        slug,
        body,
        version,
      }: {
        slug: string
        body: Parameters<LabApi['services']['change']>[0]['body']
        version: number
      }) => api.services.change({ ...params(slug), body }, { headers: { 'if-match': `"${version}"` } }),
      onSuccess: show,
    }),
    remove: useMutation({
      mutationFn: (slug: string) => api.services.remove(params(slug)),
      onSuccess: () => queries.invalidateQueries({ queryKey: [...root(project), 'list'] }),
    }),
  }
}
