import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo } from 'react'
import { useApi } from '../../lib/api.ts'
import { rowsOf } from '../../lib/pages.ts'
import { headQuery, type RunsAsked, runsQuery } from './experiments.queries.ts'
import { mergeRuns } from './merge-runs.ts'

/** The rows of a table of runs, kept new in their place, and how many have arrived since. */
export function useRuns(project: string, asked: RunsAsked) {
  const api = useApi()
  const queries = useQueryClient()
  const options = runsQuery(api, project, asked)
  const list = useInfiniteQuery(options)
  const head = useQuery({ ...headQuery(api, project, asked), enabled: list.isSuccess })
  const { rows: loaded, can } = rowsOf(list.data)
  const isNewer = head.dataUpdatedAt > list.dataUpdatedAt
  const merged = useMemo(
    () => mergeRuns(loaded, isNewer ? (head.data?.items ?? null) : null, head.data?.next === null),
    [loaded, head.data, isNewer],
  )

  const key = JSON.stringify(options.queryKey)
  const { refetch } = list
  /** From the top again, with everything that came. */
  const refresh = useCallback(async () => {
    queries.setQueryData(options.queryKey, (before) =>
      before ? { pages: before.pages.slice(0, 1), pageParams: before.pageParams.slice(0, 1) } : before,
    )
    await refetch()
    // oxlint-disable-next-line react/exhaustive-deps -- the key stands for the options
  }, [queries, refetch, key])

  // Nobody reads an empty list: it fills by itself.
  const fills = loaded.length === 0 && merged.arrived > 0
  useEffect(() => {
    if (fills) void refresh()
  }, [fills, refresh])

  return { ...merged, can, list, refresh, arrived: fills ? 0 : merged.arrived }
}
