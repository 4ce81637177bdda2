import type { ModelVersion } from '@mllab/sdk'
import { lessIsBetter, metricNumber } from '../experiments/run-columns.ts'

export interface ComparedMetric {
  key: string
  before: number
  after: number
  change: number
  /** Null where the name does not tell which way is good, or nothing changed. */
  better: boolean | null
}

/** The metrics two versions share; the older one is what the newer is measured by. */
export function compareVersions(before: ModelVersion, after: ModelVersion): ComparedMetric[] {
  const newer = new Map(after.metrics.map(({ key, value }) => [key, metricNumber(value)]))
  return before.metrics.flatMap(({ key, value }) => {
    const next = newer.get(key)
    if (next === undefined) return []
    const change = next - metricNumber(value)
    const less = lessIsBetter(key)
    const better = less === null || change === 0 || !Number.isFinite(change) ? null : change < 0 === less
    return [{ key, before: metricNumber(value), after: next, change, better }]
  })
}
