import type { RunSummary } from '@mllab/sdk'

/** A column that is chosen: `metrics.val_auc`, `params.eta`, `tags.sweep`. */
export interface ChosenColumn {
  group: 'metrics' | 'params' | 'tags'
  key: string
}

export const columnId = ({ group, key }: ChosenColumn) => `${group}.${key}`

export function parseColumn(text: string): ChosenColumn | null {
  const [, group, key] = /^(metrics|params|tags)\.(.+)$/.exec(text) ?? []
  return key === undefined ? null : { group: group as ChosenColumn['group'], key } // the pattern allows no other
}

/** What stands in the address when no column is wanted. */
export const noColumns = '-'

/** The columns of the address; without any the ones that tell most. */
export function chosenColumns(asked: readonly string[], runs: readonly RunSummary[]): ChosenColumn[] {
  if (asked.length > 0) return asked.flatMap((text) => parseColumn(text) ?? [])
  return usualColumns(runs)
}

const usualMetrics = 3
const usualParams = 3

/** The metrics most runs have, and the parameters in which they differ. */
export function usualColumns(runs: readonly RunSummary[]): ChosenColumn[] {
  const metrics = byFrequency(
    runs.flatMap((run) => run.metrics.filter(({ key }) => !isSystem(key)).map(({ key }) => key)),
  ).toSorted((a, b) => tellsMost(a) - tellsMost(b))
  const values = new Map<string, Set<string>>()
  for (const run of runs)
    for (const { key, value } of run.params) values.set(key, (values.get(key) ?? new Set()).add(value))
  const params = byFrequency(runs.flatMap((run) => run.params.map(({ key }) => key))).filter(
    (key) => runs.length < 2 || (values.get(key)?.size ?? 0) > 1,
  )
  return [
    ...metrics.slice(0, usualMetrics).map((key) => ({ group: 'metrics' as const, key })),
    ...params.slice(0, usualParams).map((key) => ({ group: 'params' as const, key })),
  ]
}

/** Every column the runs could have, by group. Tags that mlflow sets for itself are left out. */
export function possibleColumns(runs: readonly RunSummary[]): Record<ChosenColumn['group'], string[]> {
  const names = (entries: readonly { key: string }[][]) =>
    [...new Set(entries.flat().map(({ key }) => key))].toSorted((a, b) => a.localeCompare(b))
  return {
    metrics: names(runs.map((run) => run.metrics)),
    params: names(runs.map((run) => run.params)),
    tags: names(runs.map((run) => run.tags)).filter((key) => !key.startsWith('mlflow.')),
  }
}

/** Adds or takes away a column; what results stands in the address. */
export function toggleColumn(chosen: readonly ChosenColumn[], column: ChosenColumn): string[] {
  const id = columnId(column)
  const ids = chosen.map(columnId)
  const next = ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]
  return next.length === 0 ? [noColumns] : next.toSorted((a, b) => order(a) - order(b))
}

/** What judges a model first, on data it has not seen before all. */
function tellsMost(key: string): number {
  if (lessIsBetter(key) === null) return 3
  if (/(^|_|\/)train/i.test(key)) return 2
  return /^(val|valid|validation|test|eval)[_/.]/i.test(key) ? 0 : 1
}

const order = (id: string) => ['metrics', 'params', 'tags'].indexOf(id.slice(0, id.indexOf('.')))
const isSystem = (key: string) => key.startsWith('system/')

function byFrequency(keys: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([key]) => key)
}

/** The number of a metric; the API writes those that JSON lacks as text. */
export function metricNumber(value: number | 'NaN' | 'Infinity' | '-Infinity'): number {
  return Number(value)
}

/** Whether less is better, by the name of a metric; null if the name does not tell. */
export function lessIsBetter(key: string): boolean | null {
  if (/loss|error|mse|mae|rmse|mape|perplexity|latency|_err\b/i.test(key)) return true
  if (/acc|auc|f1|precision|recall|r2|score|map\d*|iou|bleu|rouge/i.test(key)) return false
  return null
}

/** The best value of a metric among runs; undefined if nobody can say what is best, all are alike, or one run stands alone. */
export function bestOf(key: string, runs: readonly RunSummary[]): number | undefined {
  const less = lessIsBetter(key)
  const values = runs
    .flatMap((run) => run.metrics.filter((metric) => metric.key === key).map((metric) => metricNumber(metric.value)))
    .filter(Number.isFinite)
  if (less === null || new Set(values).size < 2) return undefined
  return less ? Math.min(...values) : Math.max(...values)
}

/** Runs as a table for other programs: one column for each metric and parameter that is there. */
export function runsCsv(runs: readonly RunSummary[]): string {
  const { metrics, params } = possibleColumns(runs)
  const head = ['id', 'name', 'experiment', 'status', 'started', 'ended', 'by']
  const rows = runs.map((run) => [
    run.id,
    run.name,
    run.experiment.name,
    run.status,
    run.startedAt ?? '',
    run.endedAt ?? '',
    run.by?.name ?? '',
    ...metrics.map((key) => String(run.metrics.find((metric) => metric.key === key)?.value ?? '')),
    ...params.map((key) => run.params.find((param) => param.key === key)?.value ?? ''),
  ])
  const columns = [...metrics.map((key) => `metrics.${key}`), ...params.map((key) => `params.${key}`)]
  return [[...head, ...columns], ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')
}

/** Quoted where needed; what a spreadsheet would run as a formula is text. */
function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
