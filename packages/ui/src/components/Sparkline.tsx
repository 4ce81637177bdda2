import { sparkPath, type Value } from '../lib/curve.ts'
import { format } from '../lib/format.ts'
import { t } from '../text/t.ts'
import css from './Sparkline.module.css'

export interface SparklineProps {
  values: readonly Value[]
  /** What it shows, for readers of the screen. */
  name: string
  /** Of the object it belongs to; grey if it is not in focus. */
  color?: string | undefined
  /** Still growing: a dot at its end. */
  live?: boolean
  /** Ground below the line: use over time. */
  area?: boolean
  /** What its height spans at least; without it, what the values span. */
  range?: readonly [number, number]
  width?: number
  height?: number
}

/** A curve the size of a word. Nothing to hover: its number stands beside it. */
export function Sparkline({
  values,
  name,
  color = 'var(--text-3)',
  live = false,
  area = false,
  range,
  width = 72,
  height = 20,
}: SparklineProps) {
  const path = sparkPath(values, width, height, range ? { range } : {})
  if (path === '') return <span className={css.none} data-area={area || undefined} style={{ width, height }} />
  const ends = values.filter((value): value is number => value !== null)
  const label = t('spark.label', { name, first: format.metric(ends[0] ?? 0), last: format.metric(ends.at(-1) ?? 0) })
  const [, x, y] = /([\d.]+) ([\d.]+)$/.exec(path) ?? []
  return (
    <svg
      className={css.spark}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {area ? <path d={ground(path, height)} className={css.area} /> : null}
      <path d={path} fill="none" stroke={color} strokeWidth={1.25} strokeLinejoin="round" strokeLinecap="round" />
      {live && x !== undefined ? <circle cx={x} cy={y} r={2.25} fill={color} /> : null}
    </svg>
  )
}

/** Each piece of the line, closed along the ground below it. */
function ground(path: string, height: number): string {
  return path
    .split(/(?=M)/)
    .map((piece) => `${piece}V${height}H${/^M([\d.]+)/.exec(piece)?.[1] ?? 0}Z`)
    .join('')
}
