import { queryOptions } from '@tanstack/react-query'
import type { UsageHistory, UsageNow, WorkloadStatus } from '@mllab/sdk'
import type { LabApi } from '../../lib/api.ts'

/** CPU and memory change without an event, and are stored every 10 s. */
const everyMs = 10_000

/** What has CPU and memory to show. */
export const isMeasured = (status: WorkloadStatus) => status === 'running' || status === 'unhealthy'

/** Use of all workspaces or services that run, in one request; asked only while one does, and while somebody looks. */
export const usageOfAllQuery = (
  api: LabApi,
  project: string,
  kind: 'workspaces' | 'services',
  states: readonly { status: WorkloadStatus }[],
) =>
  queryOptions({
    queryKey: ['usage', project, kind] as const,
    queryFn: ({ signal }) => api[kind].usageOfAll({ params: { project }, query: {} }, { signal }),
    enabled: states.some(({ status }) => isMeasured(status)),
    staleTime: everyMs,
    refetchInterval: everyMs,
    select: byId,
  })

/** Use of one of them over the last half hour. */
export const usageQuery = (project: string, id: string, read: (signal: AbortSignal) => Promise<UsageHistory>) =>
  queryOptions({
    queryKey: ['usage', project, 'one', id] as const,
    queryFn: ({ signal }) => read(signal),
    staleTime: everyMs,
    refetchInterval: everyMs,
  })

/** Values of the last ten minutes, oldest first; null is a gap. */
export type UsageOfOne = UsageNow['items'][number]
export type UsageById = ReadonlyMap<string, UsageOfOne>

function byId({ items }: UsageNow): UsageById {
  return new Map(items.map((item) => [item.id, item]))
}
