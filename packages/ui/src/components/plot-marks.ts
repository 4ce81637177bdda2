import type uPlot from 'uplot'
import type { PlotSeries } from './plot-options.ts'

export type PlotMark =
  /** Something that happened: a deployment. */
  | { kind: 'moment'; x: number; label: string }
  /** Something to stay below or above: a limit, the champion's value. */
  | { kind: 'level'; y: number; label: string; tone?: 'failed' }

/** Draws moments, levels and the dots of live lines over the curves. */
export function drawMarks(
  plot: uPlot,
  marks: readonly PlotMark[],
  series: readonly PlotSeries[],
  resolve: (color: string) => string,
) {
  const { ctx: pen, bbox } = plot
  const ratio = devicePixelRatio
  pen.save()
  pen.font = `${11 * ratio}px ${getComputedStyle(document.body).fontFamily}`
  for (const mark of marks) {
    const color = resolve(mark.kind === 'level' && mark.tone === 'failed' ? 'var(--st-failed-mark)' : 'var(--axis)')
    pen.strokeStyle = pen.fillStyle = color
    pen.lineWidth = ratio
    pen.beginPath()
    if (mark.kind === 'moment') {
      const x = Math.round(plot.valToPos(mark.x, 'x', true))
      if (x < bbox.left || x > bbox.left + bbox.width) continue
      const before = x - bbox.left > bbox.width / 2
      pen.setLineDash([])
      pen.moveTo(x, bbox.top)
      pen.lineTo(x, bbox.top + bbox.height)
      pen.textAlign = before ? 'right' : 'left'
      pen.textBaseline = 'top'
      pen.fillText(mark.label, x + (before ? -6 : 6) * ratio, bbox.top + 2 * ratio)
    } else {
      const y = Math.round(plot.valToPos(mark.y, 'y', true))
      if (y < bbox.top || y > bbox.top + bbox.height) continue
      pen.setLineDash([5 * ratio, 3 * ratio])
      pen.moveTo(bbox.left, y)
      pen.lineTo(bbox.left + bbox.width, y)
      pen.textAlign = 'left'
      pen.textBaseline = 'bottom'
      pen.fillText(mark.label, bbox.left + 6 * ratio, y - 3 * ratio)
    }
    pen.stroke()
  }
  pen.setLineDash([])
  for (const one of series) {
    if (one.live) drawEnd(plot, one, resolve, ratio)
  }
  pen.restore()
}

function drawEnd(plot: uPlot, one: PlotSeries, resolve: (color: string) => string, ratio: number) {
  const index = one.values.findLastIndex((value) => typeof value === 'number')
  const x = plot.data[0][index]
  const y = one.values[index]
  if (x === undefined || typeof y !== 'number') return
  const pen = plot.ctx
  const center = [plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true)] as const
  for (const [radius, color] of [
    [5.5, `color-mix(in srgb, ${one.style.color} 30%, transparent)`],
    [3, one.style.color],
  ] as const) {
    pen.beginPath()
    pen.arc(...center, radius * ratio, 0, 2 * Math.PI)
    pen.fillStyle = resolve(color)
    pen.fill()
  }
}
