import type { Curve as LoggedCurve } from '@mllab/sdk'
import type { Curve } from '../../lib/curve.ts'
import { lessIsBetter } from '../experiments/run-columns.ts'

export interface ChartGroup {
  /** What the curves measure: `loss` of `train_loss` and `val_loss`. */
  title: string
  lines: { key: string; name: string; curve: Curve }[]
}

const split = /^(train|training|val|valid|validation|test|eval)[_/.](.+)$/i

/** Charts of a run: curves that measure the same on different data share one. Metrics with one value have no curve. */
export function chartGroups(curves: readonly LoggedCurve[]): ChartGroup[] {
  const drawn = curves.filter((curve) => curve.points > 1)
  const groups = new Map<string, ChartGroup>()
  for (const curve of drawn) {
    const [, part, base] = split.exec(curve.key) ?? []
    const title = base ?? curve.key
    const group = groups.get(title) ?? { title, lines: [] }
    group.lines.push({ key: curve.key, name: part ?? curve.key, curve: lineOf(curve) })
    groups.set(title, group)
  }
  // A part that stands alone keeps its whole name.
  const charts = [...groups.values()].map((group) =>
    group.lines.length === 1 && group.lines[0] ? { ...group, title: group.lines[0].key } : group,
  )
  // What judges the model comes before what only drives it, as its learning rate.
  return charts.toSorted((a, b) => Number(lessIsBetter(a.title) === null) - Number(lessIsBetter(b.title) === null))
}

function lineOf(curve: LoggedCurve): Curve {
  return {
    x: curve.buckets.map((bucket) => bucket.step),
    y: curve.buckets.map((bucket) => (typeof bucket.last === 'number' ? bucket.last : null)),
  }
}
