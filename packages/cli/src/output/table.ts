import { cell, title } from './cells.ts'

type Row = Readonly<Record<string, unknown>>

/** What names a thing stands first, and how it is comes next. */
const FIRST = ['slug', 'name', 'username', 'person', 'number', 'version', 'path', 'key', 'ref', 'id', 'state', 'status']
/** What may be done, and what only programs read. */
const LEFT_OUT = new Set(['can', 'generation', 'sha256'])
const MAX_CELL = 60
const GAP = '  '

/** Rows under a header, in columns that fit the width; what does not fit is in the JSON. */
export function table(rows: readonly Row[], width: number): string {
  const columns = columnsOf(rows).map((key) => {
    const cells = [title(key).toUpperCase(), ...rows.map((row) => short(cell(key, row[key]) ?? '', width))]
    return { cells, width: Math.max(...cells.map((text) => text.length)) }
  })
  const shown: typeof columns = []
  let used = 0
  for (const column of columns) {
    used += column.width + (shown.length > 0 ? GAP.length : 0)
    if (used > width && shown.length > 0) break
    shown.push(column)
  }
  return Array.from({ length: rows.length + 1 }, (_, index) =>
    shown
      .map(({ cells, width }) => (cells[index] ?? '').padEnd(width))
      .join(GAP)
      .trimEnd(),
  ).join('\n')
}

function columnsOf(rows: readonly Row[]): string[] {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => !LEFT_OUT.has(key) && rows.every((row) => cell(key, row[key]) !== undefined),
  )
  const hasSlug = keys.includes('slug')
  const place = (key: string) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length)
  return keys.filter((key) => !(hasSlug && key === 'id')).toSorted((a, b) => place(a) - place(b))
}

function short(text: string, width: number): string {
  return width === Infinity || text.length <= MAX_CELL ? text : `${text.slice(0, MAX_CELL - 1)}…`
}
