/** A number as people type it: decimal comma or point, spaces and apostrophes between thousands. Null if it is none. */
export function parseNumber(text: string): number | null {
  const compact = text
    .trim()
    .replaceAll(/[\s'’]/gu, '')
    .replace('−', '-')
  const points = compact.match(/[.,]/g)?.length ?? 0
  // Several separators: all but the last are for thousands, and all of them if they are alike.
  const plain =
    points > 1
      ? compact
          .replaceAll(new Set(compact.match(/[.,]/g)).size === 1 ? /[.,]/g : /[.,](?=.*[.,])/g, '')
          .replace(',', '.')
      : compact.replace(',', '.')
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null
  const value = Number(plain)
  return Number.isFinite(value) ? value : null
}

/** One step up or down without the dust of binary fractions, kept between the bounds. An empty field steps to its lower bound. */
export function stepNumber(value: number | null, by: number, min = -Infinity, max = Infinity): number {
  const from = value ?? (Number.isFinite(min) ? min - by : 0)
  const digits = Math.max(decimals(from), decimals(by))
  return Math.min(max, Math.max(min, Number((from + by).toFixed(digits))))
}

const decimals = (value: number) => Math.min(20, (String(value).split('e')[0]?.split('.')[1] ?? '').length)
