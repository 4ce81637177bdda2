import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { LiveChange } from '@mllab/sdk'

/** What the live connection names: the kind of what changed. */
export type Topic = string

/**
 * Key of a query: the topic that makes it old, the slug of its project, then what else it depends on.
 * `topicKey('run', 'churn', 'list', filter)` is fetched again once any run of Churn changed.
 */
export const topicKey = (topic: Topic, project: string | null, ...rest: readonly unknown[]): QueryKey => [
  topic,
  project,
  ...rest,
]

/** Fetches again what is shown of a topic; what is not shown is only marked as old. */
export function invalidateChanged(queries: QueryClient, change: Pick<LiveChange, 'topic' | 'project'>) {
  void queries.invalidateQueries({ queryKey: topicKey(change.topic, change.project) })
}
