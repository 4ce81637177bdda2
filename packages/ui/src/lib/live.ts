import type { Query, QueryClient } from '@tanstack/react-query'
import type { LiveChange } from '@mllab/sdk'
import { connectLive, type LiveHooks } from './api.ts'

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: {
      /** Kinds of objects whose changes make the answer old: `dataset`, `run`, `workspace`, `service`, `member`, `account`. */
      live?: readonly string[]
      /** Slug of the project it belongs to; absent for what belongs to the account. */
      project?: string
    }
  }
}

const togetherMs = 250

/** Keeps every query that says `meta: { live, project }` as new as the server. Changes within a quarter of a second are one. */
export function startLive(queries: QueryClient, onState: LiveHooks['onState']): () => void {
  const changed = new Map<string, LiveChange>()
  let timer: number | undefined
  let lastFlush = 0

  const flush = () => {
    timer = undefined
    lastFlush = performance.now()
    const changes = [...changed.values()]
    changed.clear()
    void queries.invalidateQueries({ predicate: (query) => changes.some((change) => concerns(query, change, queries)) })
  }
  const live = connectLive({
    onChange: (change) => {
      changed.set(`${change.project} ${change.topic}`, change)
      timer ??= window.setTimeout(flush, Math.max(0, lastFlush + togetherMs - performance.now()))
    },
    onResync: () => void queries.invalidateQueries(),
    onState,
  })
  return () => {
    window.clearTimeout(timer)
    live.close()
  }
}

/** Changes name a project by its id, pages by its slug; the query of the project knows both. */
export function concerns(
  query: Pick<Query, 'meta'>,
  change: Pick<LiveChange, 'topic' | 'project'>,
  queries: QueryClient,
): boolean {
  const { live, project } = query.meta ?? {}
  if (!live?.includes(change.topic)) return false
  if (project === undefined || change.project === null) return true
  return queries.getQueryData<{ id: string }>(['project', project])?.id === change.project
}
