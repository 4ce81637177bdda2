import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'
import { useApi } from '../../lib/api.ts'
import { useSay } from '../../components/Toast.tsx'
import { problemOf } from '../../lib/problem.ts'
import { type RunsAsked, runsQuery } from './experiments.queries.ts'
import { words } from './words.ts'

type Runs = Awaited<ReturnType<LabApi['runs']['list']>>['items']

/** Deletes runs: they leave the table at once, and Undo brings them back. */
export function useDeleteRuns(project: string, asked: RunsAsked) {
  const api = useApi()
  const queries = useQueryClient()
  const say = useSay()
  const { queryKey } = runsQuery(api, project, asked)
  const { refetch } = useInfiniteQuery({ ...runsQuery(api, project, asked), enabled: false })

  return async (ids: readonly string[]) => {
    const gone = new Set(ids)
    const keep = (items: Runs) => items.filter((run) => !gone.has(run.id))
    queries.setQueryData(queryKey, (before) =>
      before ? { ...before, pages: before.pages.map((page) => ({ ...page, items: keep(page.items) })) } : before,
    )
    const results = await Promise.allSettled(ids.map((run) => api.runs.remove({ params: { project, run } })))
    const done = ids.filter((_, index) => results[index]?.status === 'fulfilled')
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) {
      say({
        text: words('runs.deleteFailed', { n: ids.length - done.length, reason: problemOf(failed.reason).detail }),
      })
      void refetch()
    }
    if (done.length === 0) return
    say({
      text: words('runs.deleted', { n: done.length }),
      undo: () =>
        void Promise.allSettled(done.map((run) => api.runs.restore({ params: { project, run } }))).then(() =>
          refetch(),
        ),
    })
  }
}
