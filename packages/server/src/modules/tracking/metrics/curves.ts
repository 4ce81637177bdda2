import type { Curve } from '@mllab/contract'

import { metricNumber } from '../values.ts'
import type { BucketRow, MetricsStore, PointRow } from './metrics.store.ts'

/** A series of at most this many points a bucket on average is read whole: cheaper than asking bucket by bucket. */
const POINTS_READ_WHOLE = 4000

/** The curve of one metric of a run: what the eye would see of it at `buckets` columns. Undefined if nothing was logged. */
export async function readCurve(
  store: MetricsStore,
  run: number,
  key: { readonly id: number; readonly name: string },
  buckets: number,
): Promise<Curve | undefined> {
  const extent = await store.extent(run, key.id)
  if (!extent) return undefined
  const width = Math.max(1, Math.ceil((extent.to - extent.from + 1) / buckets))
  const grid = { from: extent.from, width, count: Math.ceil((extent.to - extent.from + 1) / width) }
  const filled =
    extent.points <= POINTS_READ_WHOLE
      ? bucketsOf(await store.history(run, key.id, POINTS_READ_WHOLE, undefined), grid)
      : await readBuckets(store, run, key.id, grid)
  return { key: key.name, points: extent.points, buckets: filled }
}

interface Grid {
  readonly from: number
  /** Steps a bucket. */
  readonly width: number
  readonly count: number
}

async function readBuckets(store: MetricsStore, run: number, key: number, grid: Grid): Promise<Curve['buckets']> {
  const rows = await store.buckets(run, key, grid.from, grid.width, grid.count)
  const filled = rows.filter((row): row is BucketRow & { step: number } => row.step !== null)
  const last = await store.lastAt(
    run,
    key,
    filled.map(({ step }) => step),
  )
  return filled.flatMap(({ step, low, high }) => {
    const point = last.get(step)
    return point ? [bucket(point, low, high)] : []
  })
}

/** The points are in order of step and time. */
function bucketsOf(points: readonly PointRow[], { from, width }: Grid): Curve['buckets'] {
  const buckets: Curve['buckets'] = []
  let current = -1
  let low: number | null = null
  let high: number | null = null
  for (const point of points) {
    const index = Math.floor((point.step - from) / width)
    if (index !== current) {
      current = index
      low = null
      high = null
      buckets.push(bucket(point, null, null))
    }
    if (!point.is_nan) {
      low = low === null ? point.value : Math.min(low, point.value)
      high = high === null ? point.value : Math.max(high, point.value)
    }
    buckets[buckets.length - 1] = bucket(point, low, high)
  }
  return buckets
}

/** A drawing needs numbers: what is not finite is drawn at the edge of what is, and `last` says what it really was. */
function bucket(point: PointRow, low: number | null, high: number | null): Curve['buckets'][number] {
  return {
    step: point.step,
    at: point.at,
    low: finite(low),
    high: finite(high),
    last: metricNumber(point),
  }
}

function finite(value: number | null): number {
  if (value === null) return 0
  if (value === Infinity) return Number.MAX_VALUE
  return value === -Infinity ? -Number.MAX_VALUE : value
}
