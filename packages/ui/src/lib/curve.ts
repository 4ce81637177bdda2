/** A value of a curve; null is a gap and is drawn as one. */
export type Value = number | null

/**
 * Exponential smoothing with the bias of the start taken out, as in TensorBoard.
 * @param weight 0 leaves the curve as it is, below 1
 */
export function smooth(values: readonly Value[], weight: number): Value[] {
  if (weight <= 0) return [...values]
  let sum = 0
  let mass = 0
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value
    sum = sum * weight + value * (1 - weight)
    mass = mass * weight + (1 - weight)
    return sum / mass
  })
}

/** The last value that is there: what stands at the right of a chart's title. */
export function lastValue(values: readonly Value[]): number | null {
  return values.findLast((value): value is number => value !== null && Number.isFinite(value)) ?? null
}

/** One curve of a chart: x ascending. */
export interface Curve {
  x: readonly number[]
  y: readonly Value[]
}

/** Measured points as a curve: where more than one interval is missing there is a gap. */
export function curveWithGaps(points: readonly { at: number; value: number }[], stepMs: number): Curve {
  const x: number[] = []
  const y: Value[] = []
  for (const { at, value } of points) {
    const last = x.at(-1)
    if (last !== undefined && at - last > 2 * stepMs) {
      x.push(last + stepMs)
      y.push(null)
    }
    x.push(at)
    y.push(value)
  }
  return { x, y }
}

/** Brings curves with their own x onto one common, ascending x. `undefined` where a curve has no point: no gap is drawn there. */
export function align(curves: readonly Curve[]): { x: number[]; ys: (Value | undefined)[][] } {
  const x = [...new Set(curves.flatMap((curve) => [...curve.x]))].toSorted((a, b) => a - b)
  const place = new Map(x.map((value, index) => [value, index]))
  const ys = curves.map((curve) => {
    const row = Array.from<Value | undefined>({ length: x.length })
    curve.x.forEach((at, index) => (row[place.get(at) ?? 0] = curve.y[index] ?? null))
    return row
  })
  return { x, ys }
}

/**
 * Where lines break into pieces, as SVG paths in a box of the given size. One value alone is a short dash.
 * @param range what the box spans at least; without it, what the values span
 */
export function sparkPath(
  values: readonly Value[],
  width: number,
  height: number,
  { inset = 2, range = [] }: { inset?: number; range?: readonly number[] } = {},
): string {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value))
  if (finite.length === 0) return ''
  const low = Math.min(...finite, ...range)
  const high = Math.max(...finite, ...range)
  const span = high - low || 1
  const flat = high === low
  const stepX = (width - 2 * inset) / Math.max(1, values.length - 1)
  let pen = 'M'
  return values
    .map((value, index) => {
      if (value === null || !Number.isFinite(value)) {
        pen = 'M'
        return ''
      }
      const y = flat ? height / 2 : height - inset - ((value - low) / span) * (height - 2 * inset)
      const piece = `${pen}${round(inset + index * stepX)} ${round(y)}`
      pen = 'L'
      return values.length === 1 ? `${piece}h${round(width - 2 * inset)}` : piece
    })
    .join('')
}

const round = (value: number) => Math.round(value * 10) / 10
