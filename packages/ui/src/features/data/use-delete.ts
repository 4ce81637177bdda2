import { type InfiniteData, useQueryClient } from '@tanstack/react-query'
import type { Dataset } from '@mllab/sdk'
import { useSay } from '../../components/Toast.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(data)

interface Pages {
  items: Dataset[]
}

/** Deletes datasets at once, with undo: they leave the lists before the server answers, and come back if it refuses. */
export function useDelete(project: string): (datasets: readonly Pick<Dataset, 'id' | 'name'>[]) => void {
  const api = useApi()
  const queries = useQueryClient()
  const say = useSay()
  const refresh = () => queries.invalidateQueries({ predicate: ({ queryKey: [kind, of] }) => of === project && (kind === 'datasets' || kind === 'dataset' || kind === 'overview') }) // prettier-ignore

  async function restore(names: readonly string[]) {
    const results = await Promise.allSettled(names.map((name) => api.files.restore({ params: { project, name } })))
    for (const [index, result] of results.entries())
      if (result.status === 'rejected')
        say({ text: t('data.restoreFailed', { name: names[index] ?? '', why: problemOf(result.reason).detail }) })
    await refresh()
  }

  async function remove(datasets: readonly Pick<Dataset, 'id' | 'name'>[]) {
    const gone = new Set(datasets.map(({ id }) => id))
    queries.setQueriesData<InfiniteData<Pages>>(
      { queryKey: ['datasets', project] },
      (list) =>
      list && { ...list, pages: list.pages.map((page) => ({ ...page, items: page.items.filter(({ id }) => !gone.has(id)) })) }, // prettier-ignore
    )
    const results = await Promise.allSettled(
      datasets.map(({ name }) => api.files.remove({ params: { project, name } })),
    )
    const removed = datasets.filter((_, index) => results[index]?.status === 'fulfilled').map(({ name }) => name)
    for (const result of results) if (result.status === 'rejected') say({ text: problemOf(result.reason).detail })
    if (removed.length > 0)
      say({
        text:
          removed.length === 1
            ? t('data.deletedOne', { name: removed[0] ?? '' })
            : t('data.deleted', { n: removed.length }),
        undo: () => void restore(removed),
      })
    await refresh()
  }
  return (datasets) => void remove(datasets)
}
