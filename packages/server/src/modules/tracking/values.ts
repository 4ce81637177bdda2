import { LabError } from '@mllab/contract'

/** A run's id as clients know it: its UUIDv7 without dashes. */
export function wireRunId(id: string): string {
  return id.replaceAll('-', '')
}

/** The id behind what a client sent, or undefined if it cannot be one. */
export function runIdFromWire(wire: string): string | undefined {
  if (/^[0-9a-f]{32}$/.test(wire))
    return `${wire.slice(0, 8)}-${wire.slice(8, 12)}-${wire.slice(12, 16)}-${wire.slice(16, 20)}-${wire.slice(20)}`
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(wire) ? wire : undefined
}

export type MetricNumber = number | 'NaN' | 'Infinity' | '-Infinity'

/** A stored metric as JSON can carry it. NaN is stored as 0 with a mark, since neither engine compares it alike. */
export function metricNumber(row: { readonly value: number; readonly is_nan: number }): MetricNumber {
  if (row.is_nan) return 'NaN'
  if (row.value === Infinity) return 'Infinity'
  return row.value === -Infinity ? '-Infinity' : row.value
}

/** Where a client finds the files of a run: without host or project, it resolves it against its own tracking address. */
export function runArtifactUri(experiment: number, id: string): string {
  return `mlflow-artifacts:/${experiment}/${wireRunId(id)}/artifacts`
}

export function modelArtifactUri(experiment: number, modelId: string): string {
  return `mlflow-artifacts:/${experiment}/models/${modelId}/artifacts`
}

/** The files a registered version keeps. */
export function versionArtifactUri(fileVersionId: string): string {
  return `mlflow-artifacts:/versions/${wireRunId(fileVersionId)}/artifacts`
}

/**
 * Ids for `in (…)`, the last one repeated up to a power of two: each length is a statement of its own, and the engines keep
 * prepared statements by their text.
 */
export function padded<T>(ids: readonly T[]): T[] {
  const last = ids.at(-1)
  if (last === undefined) return []
  const length = 2 ** Math.ceil(Math.log2(ids.length))
  return [...ids, ...Array.from<T>({ length: length - ids.length }).fill(last)]
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const all: T[][] = []
  for (let start = 0; start < items.length; start += size) all.push(items.slice(start, start + size))
  return all
}

/** Rows for any number of ids, asked for in parts: an engine takes only so many parameters in a statement. */
export async function inParts<Id, Row>(ids: readonly Id[], rows: (some: Id[]) => Promise<Row[]>): Promise<Row[]> {
  const parts = await Promise.all(chunks([...new Set(ids)], 1000).map((some) => rows(padded(some))))
  return parts.flat()
}

export function invalid(reason: string): LabError {
  return new LabError('INVALID_INPUT', { reason })
}
