import type { Ref } from 'react'
import type uPlot from 'uplot'
import type { Value } from '../lib/curve.ts'
import { format } from '../lib/format.ts'
import type { SeriesStyle } from '../lib/series.ts'
import { resolveColor } from '../lib/resolve-color.ts'
import { drawMarks, type PlotMark } from './plot-marks.ts'
import type { ChartTipRow } from './Tip.tsx'

export interface PlotSeries {
  id: string
  name: string
  style: SeriesStyle
  values: readonly (Value | undefined)[]
  /** The raw line behind a smoothed one: not in the tip. */
  faint?: boolean
  area?: boolean
  live?: boolean
}

export interface PlotHandle {
  toPng: () => Promise<Blob>
}

export interface PlotProps {
  ref?: Ref<PlotHandle>
  x: readonly number[]
  series: readonly PlotSeries[]
  xName: string
  time: boolean
  log: boolean
  height: number
  range: readonly [number, number] | null
  onRange: (range: readonly [number, number] | null) => void
  syncKey: string | undefined
  yRange: readonly [number, number] | undefined
  marks: readonly PlotMark[]
  yFormat: (value: number) => string
}

/** What is under the crosshair. */
export interface Hover {
  title: string
  rows: ChartTipRow[]
  /** The tip stands on the side where more room is. */
  side: 'left' | 'right'
  at: number
}

/** px: how far from the crosshair the nearest point of a line may be to count. */
const hoverReach = 40

type Latest = { readonly current: PlotProps }

// uPlot takes readonly rows as well, but its type does not say so.
export const plotData = ({ x, series }: PlotProps) =>
  [x, ...series.map((one) => one.values)] as unknown as uPlot.AlignedData

/** How uPlot draws the chart; `latest` is read by its hooks, so that new points need no new plot. */
export function plotOptions(latest: Latest, width: number, setHover: (hover: Hover | null) => void): uPlot.Options {
  const { series, time, log, height, syncKey, yRange = [], yFormat } = latest.current
  const tick = { font: `11px ${getComputedStyle(document.body).fontFamily}`, stroke: resolveColor('var(--axis)') }
  const grid = { stroke: resolveColor('var(--grid)'), width: 1 }
  const axisLine = resolveColor('var(--line-strong)')
  return {
    width,
    height,
    ms: 1,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time },
      y: log
        ? { distr: 3 }
        : { range: (_, min, max) => paddedRange([min, max, ...levels(latest.current.marks), ...yRange]) },
    },
    axes: [
      {
        ...tick,
        size: 26,
        gap: 6,
        grid: { show: false },
        ticks: { show: false },
        border: { show: true, stroke: axisLine, width: 1 },
        space: 72,
        ...(time ? { values: timeTicks } : {}),
      },
      {
        ...tick,
        size: (self, values) => axisWidth(self, values),
        gap: 8,
        grid: log ? { ...grid, filter: powersOfTen } : grid,
        ticks: { show: false },
        space: 28,
        values: (_, ticks) => alike(ticks, yFormat),
      },
    ],
    series: [{}, ...series.map(seriesOptions)],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: {
        size: 7,
        width: 1.5,
        stroke: resolveColor('var(--surface-1)'),
        show: (self, index) => pointOf(self, index, series[index - 1]?.faint),
      },
      hover: { prox: hoverReach },
      ...(syncKey === undefined ? {} : { sync: { key: syncKey, scales: ['x', null], setSeries: false } }),
    },
    hooks: {
      draw: [(self) => drawMarks(self, latest.current.marks, latest.current.series, resolveColor)],
      setCursor: [(self) => setHover(self.over.matches(':hover') ? hoverOf(self, latest.current) : null)],
      setSelect: [
        (self) => {
          if (self.select.width < 4) return
          latest.current.onRange([
            self.posToVal(self.select.left, 'x'),
            self.posToVal(self.select.left + self.select.width, 'x'),
          ])
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
      ready: [
        (self) => {
          self.over.addEventListener('dblclick', () => latest.current.onRange(null))
          self.over.addEventListener('pointerleave', () => setHover(null))
        },
      ],
    },
  }
}

function seriesOptions(one: PlotSeries): uPlot.Series {
  const stroke = resolveColor(
    one.faint ? `color-mix(in srgb, ${one.style.color} 38%, var(--surface-1))` : one.style.color,
  )
  return {
    label: one.name,
    stroke,
    width: one.faint ? 1 : 1.5,
    points: { show: (_self, index, from, to) => to - from < 1 && index > 0 },
    ...(one.style.dash ? { dash: [...one.style.dash] } : {}),
    ...(one.area ? { fill: resolveColor(`color-mix(in srgb, ${one.style.color} 10%, transparent)`) } : {}),
  }
}

function pointOf(self: uPlot, index: number, faint = false): HTMLElement {
  const dot = document.createElement('div')
  dot.hidden = faint
  const stroke = self.series[index]?.stroke
  const color: unknown = typeof stroke === 'function' ? stroke(self, index) : stroke
  if (typeof color === 'string') dot.style.background = color
  return dot
}

/** 5 % of air above and below, but none below 0 of what begins there; a constant gets a band around it. */
function paddedRange(values: readonly (number | null)[]): [number, number] {
  const known = values.filter((value) => value !== null)
  const low = Math.min(...known, ...(known.length === 0 ? [0] : []))
  const high = Math.max(...known, ...(known.length === 0 ? [1] : []))
  const air = (high - low || Math.abs(high) || 1) * 0.06
  return [low === 0 ? 0 : low - air, high + air]
}

/** Between the powers of ten a logarithmic axis has no lines: they would be the darkest thing of the chart. */
const powersOfTen = (_: uPlot, splits: readonly number[]) =>
  splits.map((value) => (Math.abs(Math.log10(value) % 1) < 1e-9 ? value : null))

const levels = (marks: readonly PlotMark[]) => marks.flatMap((mark) => (mark.kind === 'level' ? [mark.y] : []))

/** Labels of one axis have the same number of decimals. */
function alike(ticks: readonly (number | null)[], yFormat: (value: number) => string): string[] {
  const decimals = Math.max(
    0,
    ...ticks.map((tick) => (tick === null ? 0 : (String(Number(tick.toPrecision(10))).split('.')[1] ?? '').length)),
  )
  const large = ticks.some((tick) => tick !== null && (Math.abs(tick) >= 1e6 || (tick !== 0 && Math.abs(tick) < 1e-4)))
  return ticks.map((tick) =>
    tick === null ? '' : large || yFormat !== format.metric ? yFormat(tick) : tick.toFixed(decimals),
  )
}

function axisWidth(self: uPlot, values: readonly string[] | null): number {
  const longest = (values ?? []).reduce((long, value) => (value.length > long.length ? value : long), '')
  self.ctx.save()
  self.ctx.font = `${11 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`
  const width = self.ctx.measureText(longest).width / devicePixelRatio
  self.ctx.restore()
  return Math.ceil(width) + 10
}

const hourMs = 3_600_000

function timeTicks(self: uPlot, ticks: readonly number[]): string[] {
  const span = (self.scales['x']?.max ?? 0) - (self.scales['x']?.min ?? 0)
  return ticks.map((tick) =>
    span > 48 * hourMs ? format.date(tick) : format.clock(tick).slice(0, span < hourMs / 6 ? 8 : 5),
  )
}

function hoverOf(self: uPlot, { series, xName, time, yFormat }: PlotProps): Hover | null {
  const { idx, idxs, left = 0 } = self.cursor
  const x = idx === null || idx === undefined ? undefined : self.data[0][idx]
  if (x === undefined) return null
  const rows = series.flatMap((one, index) => {
    const place = idxs?.[index + 1]
    const value = place === null || place === undefined || one.faint ? null : one.values[place]
    return value === null || value === undefined
      ? []
      : [{ height: value, row: { name: one.name, color: one.style.color, value: yFormat(value) } }]
  })
  const offset = self.over.offsetLeft
  return {
    title: time ? format.exact(x) : `${xName} ${format.number(x)}`,
    rows: rows.toSorted((a, b) => b.height - a.height).map((found) => found.row),
    side: left < self.over.clientWidth / 2 ? 'right' : 'left',
    at: left + offset,
  }
}
