import type { RunSummary } from '@mllab/sdk'

type WithMetrics = Pick<RunSummary, 'metrics'>

/** The metrics most of the runs have, at most two: what a short list of runs of many experiments can be compared by. */
export function commonMetrics(runs: readonly WithMetrics[], most = 2): string[] {
  const counts = new Map<string, number>()
  for (const { metrics } of runs) for (const { key } of metrics) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts]
    .toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([key]) => key)
}

/** The last value; null if the run has none. */
export function metricOf(run: WithMetrics, key: string): number | null {
  const value = run.metrics.find((metric) => metric.key === key)?.value
  return value === undefined ? null : Number(value)
}
