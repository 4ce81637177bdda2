import { lazy, Suspense, useMemo, useRef, useState, type ReactNode } from 'react'
import { chartToCsv, chartToSvg, type ChartData } from '../lib/chart-export.ts'
import { align, type Curve, lastValue, smooth, type Value } from '../lib/curve.ts'
import { format } from '../lib/format.ts'
import { resolveColor } from '../lib/resolve-color.ts'
import type { SeriesStyle } from '../lib/series.ts'
import { saveBlob, saveText } from '../lib/save.ts'
import { t } from '../text/t.ts'
import { IconButton } from './Button.tsx'
import css from './LineChart.module.css'
import { DownloadIcon, MoreIcon } from './icons.ts'
import { SeriesMark } from './Marks.tsx'
import { Menu, type MenuItem } from './Menu.tsx'
import type { PlotMark } from './plot-marks.ts'
import type { PlotHandle, PlotSeries } from './plot-options.ts'

export interface ChartSeries {
  /** Of the object it draws; its colour follows it everywhere. */
  id: string
  name: string
  curve: Curve
  style: SeriesStyle
  /** Ground below the line. */
  area?: boolean
  /** Still growing: a dot at its end. */
  live?: boolean
}

export interface LineChartProps {
  title: string
  /** Faint beside the title: “lower is better”. */
  facts?: ReactNode
  series: readonly ChartSeries[]
  /** The word before x in the tip: step, epoch. */
  xName: string
  /** x is epoch milliseconds. */
  time?: boolean
  log?: boolean
  /** 0 to 0.99; the raw line stays, faintly. */
  smoothing?: number
  /** 140 small, 200 normal, 244 in comparisons; 150 to 176 on phones. */
  height?: number
  /** Charts with the same key share the crosshair. */
  syncKey?: string
  /** Range of x on the page; null is all of it. Without it the chart keeps its own. */
  range?: readonly [number, number] | null
  /** Dragged to zoom; null on double click. */
  onRange?: (range: readonly [number, number] | null) => void
  /** What the y axis spans at least: `[0, 0]` begins at 0, `[0, 1]` also reaches 1. */
  yRange?: readonly [number, number]
  marks?: readonly PlotMark[]
  /** Names of the lines beside the title. Off where the page has one legend for all charts. */
  legend?: boolean
  yFormat?: (value: number) => string
}

const Plot = lazy(() => import('./Plot.tsx').then((chunk) => ({ default: chunk.Plot })))

/** Curves over one x. The last value stands at the right of the title, so that reading needs no hover. */
export function LineChart(props: LineChartProps) {
  const {
    title,
    facts,
    series,
    xName,
    time = false,
    log = false,
    smoothing = 0,
    height = 200,
    legend = series.length > 1,
  } = props
  const { yFormat = format.metric } = props
  const [asTable, setAsTable] = useState(false)
  const [ownRange, setOwnRange] = useState<readonly [number, number] | null>(null)
  const plot = useRef<PlotHandle>(null)
  const drawn = useMemo(() => drawable(series, smoothing, log), [series, smoothing, log])
  const data: ChartData = {
    xName,
    x: drawn.x,
    series: series.map((one, index) => ({ name: one.name, color: one.style.color, values: drawn.raw[index] ?? [] })),
  }
  const last = series.map((one) => lastValue(one.curve.y))
  const empty = drawn.x.length === 0

  const items = (): MenuItem[] => [
    { label: asTable ? t('chart.asChart') : t('chart.asTable'), onSelect: () => setAsTable(!asTable) },
    'line',
    {
      label: t('chart.png'),
      icon: DownloadIcon,
      onSelect: () => void plot.current?.toPng().then((blob) => saveBlob(blob, `${title}.png`)),
    },
    {
      label: t('chart.svg'),
      icon: DownloadIcon,
      onSelect: () => saveText(chartToSvg(data, title, resolveColor), `${title}.svg`, 'image/svg+xml'),
    },
    {
      label: t('chart.csv'),
      icon: DownloadIcon,
      onSelect: () => saveText(chartToCsv(data), `${title}.csv`, 'text/csv'),
    },
  ]

  return (
    <figure className={css.chart}>
      <figcaption className={css.head}>
        <span className={css.title}>{title}</span>
        {facts === undefined ? null : <span className={css.facts}>{facts}</span>}
        {legend ? (
          <span className={css.legend} data-end={time || undefined}>
            {series.map((one, index) => (
              <span key={one.id} className={css.legendItem}>
                <SeriesMark line color={one.style.color} />
                {one.name}
                {series.length > 1 && time ? (
                  <b>{last[index] === null || last[index] === undefined ? '' : yFormat(last[index])}</b>
                ) : null}
              </span>
            ))}
          </span>
        ) : null}
        {time && series.length > 1 ? null : (
          <span className={css.value}>{last[0] === null || last[0] === undefined ? '' : yFormat(last[0])}</span>
        )}
        <span className={css.options}>
          <Menu
            items={items}
            label={t('chart.options', { name: title })}
            trigger={(trigger) => (
              <IconButton {...trigger} icon={MoreIcon} size="bare" label={t('chart.options', { name: title })} />
            )}
          />
        </span>
      </figcaption>
      {asTable ? (
        <ChartTable data={data} height={height} time={time} yFormat={yFormat} />
      ) : empty ? (
        <div className={css.empty} style={{ height }}>
          {t('chart.noPoints')}
        </div>
      ) : (
        <div style={{ height }} role="img" aria-label={summary(title, series, last, yFormat)}>
          <Suspense fallback={<div className={css.waiting} />}>
            <Plot
              ref={plot}
              x={drawn.x}
              series={drawn.series}
              xName={xName}
              time={time}
              log={log}
              height={height}
              range={props.range === undefined ? ownRange : props.range}
              onRange={props.onRange ?? setOwnRange}
              syncKey={props.syncKey}
              yRange={props.yRange}
              marks={props.marks ?? none}
              yFormat={yFormat}
            />
          </Suspense>
        </div>
      )}
      {drawn.dropped > 0 ? <p className={css.note}>{t('chart.dropped', { n: drawn.dropped })}</p> : null}
    </figure>
  )
}

const none: readonly PlotMark[] = []

interface Drawable {
  x: number[]
  raw: (Value | undefined)[][]
  series: PlotSeries[]
  /** Points that a logarithmic axis cannot show: zero and below. */
  dropped: number
}

function drawable(series: readonly ChartSeries[], smoothing: number, log: boolean): Drawable {
  let dropped = 0
  const shown = (value: Value) => {
    if (value === null || !Number.isFinite(value)) return null
    if (!log || value > 0) return value
    dropped++
    return null
  }
  const curves = series.map((one) => ({ x: one.curve.x, y: one.curve.y.map(shown) }))
  const { x, ys: raw } = align(curves)
  if (smoothing <= 0)
    return { x, raw, series: series.map((one, index) => ({ ...one, values: raw[index] ?? [] })), dropped }
  const smoothed = align(curves.map((curve) => ({ x: curve.x, y: smooth(curve.y, smoothing) }))).ys
  const faint = series.map((one, index): PlotSeries => ({
    id: `${one.id}:raw`,
    name: one.name,
    style: one.style,
    values: raw[index] ?? [],
    faint: true,
  }))
  const full = series.map((one, index): PlotSeries => ({ ...one, values: smoothed[index] ?? [] }))
  return { x, raw, series: [...faint, ...full], dropped }
}

function summary(
  title: string,
  series: readonly ChartSeries[],
  last: readonly (number | null)[],
  yFormat: (value: number) => string,
) {
  const values = series.flatMap((one, index) => {
    const value = last[index]
    return value === null || value === undefined ? [] : [`${one.name} ${t('chart.last', { value: yFormat(value) })}`]
  })
  return [t('chart.summary', { name: title, n: series.length }), ...values].join('; ')
}

const tableRows = 1000

function ChartTable({
  data,
  height,
  time,
  yFormat,
}: {
  data: ChartData
  height: number
  time: boolean
  yFormat: (value: number) => string
}) {
  return (
    <div
      className={css.tableBox}
      style={{ height }}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
      tabIndex={0}
      role="region"
      aria-label={data.xName}
    >
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{data.xName}</th>
            {data.series.map((one) => (
              <th key={one.name} scope="col">
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.x.slice(-tableRows).map((x, index) => {
            const row = index + Math.max(0, data.x.length - tableRows)
            return (
              <tr key={x}>
                <th scope="row">{time ? format.exact(x) : format.number(x)}</th>
                {data.series.map((one) => {
                  const value = one.values[row]
                  return <td key={one.name}>{value === null || value === undefined ? '' : yFormat(value)}</td>
                })}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
