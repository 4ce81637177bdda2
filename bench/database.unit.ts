import type { SqliteUnitClient } from '@mllab/server/ports/database'

/** What a `log-batch` of 1000 metrics costs the writer: parse, one row insert each, one upsert of the latest value for each key. */
export function run(client: SqliteUnitClient, body: Uint8Array): number {
  const { run: runNumber, metrics } = JSON.parse(new TextDecoder().decode(body)) as Batch // made by the bench
  const insert = client.prepare('insert into metric values (?, ?, ?, ?, ?, ?) on conflict do nothing')
  const upsert = client.prepare(`insert into latest (run, key, step, at, value) values (?, ?, ?, ?, ?)
    on conflict (run, key) do update set step = excluded.step, at = excluded.at, value = excluded.value
    where (excluded.step, excluded.at, excluded.value) > (latest.step, latest.at, latest.value)`)
  const latest = new Map<number, Metric>()
  for (const metric of metrics) {
    insert.run(runNumber, metric.key, metric.step, metric.at, metric.value, 0)
    const known = latest.get(metric.key)
    if (!known || metric.step >= known.step) latest.set(metric.key, metric)
  }
  for (const { key, step, at, value } of latest.values()) upsert.run(runNumber, key, step, at, value)
  return metrics.length
}

interface Metric {
  readonly key: number
  readonly step: number
  readonly at: number
  readonly value: number
}

interface Batch {
  readonly run: number
  readonly metrics: readonly Metric[]
}
