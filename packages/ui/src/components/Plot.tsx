import { useEffect, useImperativeHandle, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useTheme } from '../lib/theme.ts'
import { resolveColor } from '../lib/resolve-color.ts'
import css from './Plot.module.css'
import { type Hover, plotData, plotOptions, type PlotProps } from './plot-options.ts'
import { ChartTip } from './Tip.tsx'

/** The canvas part of LineChart, in a chunk of its own with uPlot. */
export function Plot(props: PlotProps) {
  const { ref, x, series, height, range } = props
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef(props)
  const [hover, setHover] = useState<Hover | null>(null)
  const theme = useTheme()
  useEffect(() => void (latest.current = props))

  // A new shape (lines, scale, theme) is a new plot; new points are not.
  const shape = JSON.stringify([
    theme.shown,
    props.time,
    props.log,
    props.yRange,
    props.syncKey,
    series.map((one) => [one.id, one.style, one.faint, one.area, one.live]),
  ])
  useEffect(() => {
    if (!box.current) return
    const made = new uPlot(
      plotOptions(latest, box.current.clientWidth, setHover),
      plotData(latest.current),
      box.current,
    )
    plot.current = made
    const resize = new ResizeObserver(([entry]) =>
      made.setSize({ width: entry?.contentRect.width ?? 0, height: latest.current.height }),
    )
    resize.observe(box.current)
    return () => {
      resize.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape])

  useEffect(() => {
    plot.current?.setData(plotData(latest.current), latest.current.range === null)
  }, [x, series])
  useEffect(() => plot.current?.setSize({ width: plot.current.width, height }), [height])
  useEffect(() => {
    const [min, max] = range ?? [x[0], x.at(-1)]
    if (min !== undefined && max !== undefined) plot.current?.setScale('x', { min, max })
  }, [range, x])
  useImperativeHandle(ref, () => ({ toPng: () => toPng(plot.current) }))

  return (
    <div ref={box} className={css.plot}>
      {hover ? (
        <div
          className={css.tip}
          data-side={hover.side}
          style={hover.side === 'right' ? { left: hover.at + 12 } : { right: `calc(100% - ${hover.at - 12}px)` }}
        >
          <ChartTip title={hover.title} rows={hover.rows} />
        </div>
      ) : null}
    </div>
  )
}

async function toPng(plot: uPlot | null): Promise<Blob> {
  if (!plot) throw new Error('nothing is drawn')
  const { width, height } = plot.ctx.canvas
  const page = new OffscreenCanvas(width, height)
  const pen = page.getContext('2d')
  if (!pen) throw new Error('no 2d canvas')
  pen.fillStyle = resolveColor('var(--surface-1)')
  pen.fillRect(0, 0, width, height)
  pen.drawImage(plot.ctx.canvas, 0, 0)
  return page.convertToBlob({ type: 'image/png' })
}
