import type { Value } from './curve.ts'

export interface ChartData {
  xName: string
  x: readonly number[]
  series: readonly { name: string; color: string; values: readonly (Value | undefined)[] }[]
}

/** RFC 4180, every digit; an empty field where a curve has no point. */
export function chartToCsv({ xName, x, series }: ChartData): string {
  const rows = x.map((at, index) => [at, ...series.map((one) => one.values[index] ?? '')])
  return [[xName, ...series.map((one) => one.name)], ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

// A leading = + - @ in a text would be a formula in a spreadsheet.
const field = (value: string | number) => {
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The curves with a plain frame, 800 × 400. */
export function chartToSvg({ x, series }: ChartData, title: string, resolve: (color: string) => string): string {
  const values = series.flatMap((one) => one.values).filter((value): value is number => typeof value === 'number')
  const [x0 = 0, x1 = 1] = [x[0], x.at(-1)]
  const [y0, y1] = [Math.min(...values), Math.max(...values)]
  const px = (at: number) => round(60 + ((at - x0) / (x1 - x0 || 1)) * 720)
  const py = (value: number) => round(360 - ((value - y0) / (y1 - y0 || 1)) * 310)
  const lines = series.map((one) => {
    let pen = 'M'
    const path = one.values.map((value, index) => {
      if (value === null) pen = 'M'
      if (value === null || value === undefined) return ''
      const piece = `${pen}${px(x[index] ?? 0)} ${py(value)}`
      pen = 'L'
      return piece
    })
    return `<path d="${path.join('')}" fill="none" stroke="${resolve(one.color)}" stroke-width="2"><title>${escape(one.name)}</title></path>`
  })
  const label = (text: string | number, at: string) =>
    `<text ${at} font-family="sans-serif" font-size="12" fill="#666a75">${escape(String(text))}</text>`
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400" width="800" height="400">',
    label(title, 'x="60" y="30"'),
    '<path d="M60 50V360H780" fill="none" stroke="#8e919b"/>',
    label(y1, 'x="52" y="54" text-anchor="end"'),
    label(y0, 'x="52" y="364" text-anchor="end"'),
    label(x0, 'x="60" y="380"'),
    label(x1, 'x="780" y="380" text-anchor="end"'),
    ...lines,
    '</svg>',
  ].join('\n')
}

const round = (value: number) => Math.round(value * 100) / 100
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string) => text.replaceAll(/[&<>"]/g, (char) => entities[char] ?? char)
