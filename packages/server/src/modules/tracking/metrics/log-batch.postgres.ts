import type { PostgresUnitClient } from '../../../ports/database.ts'
import { BatchRefusal, parseLogBatch, type KeyValue, type LogBatch, type LoggedMetric } from './log-batch.parse.ts'
import {
  changedParamMessage,
  dashed,
  isLater,
  notActive,
  refused,
  type LogBatchInput,
  type LogBatchOutput,
} from './log-batch.unit.ts'

/** The same as `log-batch.unit.ts` on PostgreSQL: a few statements over arrays, in one transaction. */
export async function logBatchOnPostgres(client: PostgresUnitClient, input: LogBatchInput): Promise<LogBatchOutput> {
  let batch: LogBatch
  try {
    batch = parseLogBatch(input.body)
  } catch (error) {
    if (error instanceof BatchRefusal) return refused('INVALID', error.message)
    throw error
  }
  // Those who log params to one run take turns, or two could both find a param missing and store different values.
  const found = await client.query(
    `select ref, id, experiment, deleted_at from run where id = $1 and project_id = $2${batch.params.length > 0 ? ' for update' : ''}`,
    [dashed(batch.runId), input.projectId],
  )
  const row = found.rows[0]
  if (!row) return refused('NO_RUN', `Run with id=${batch.runId} not found`)
  if (row['deleted_at'] !== null) return refused('NOT_ACTIVE', notActive(batch.runId))
  const run = { ref: Number(row['ref']), id: String(row['id']), experiment: Number(row['experiment']) }

  const keys = await ensureKeys(client, input.projectId, batch)
  const conflict = await changedParam(client, keys, run, batch.params)
  if (conflict) return refused('INVALID', conflict)
  await writeMetrics(client, keys, run, batch.metrics)
  await writeTexts(client, 'run_param', keys, run, batch.params)
  await writeTexts(client, 'run_tag', keys, run, lastOfEach(batch.tags))
  const name = batch.tags.findLast(({ key }) => key === 'mlflow.runName')
  if (name) await client.query('update run set name = $1 where ref = $2', [name.value, run.ref])
  return { ok: true, runId: run.id, metrics: batch.metrics.length, renamed: name !== undefined }
}

interface RunRow {
  readonly ref: number
  readonly id: string
  readonly experiment: number
}

type Keys = ReadonlyMap<string, number>

/** Sorted, so that two requests that bring the same new names wait for each other instead of deadlocking. */
async function ensureKeys(client: PostgresUnitClient, projectId: string, batch: LogBatch): Promise<Keys> {
  const names = [...new Set([...batch.metrics, ...batch.params, ...batch.tags].map(({ key }) => key))].toSorted()
  if (names.length === 0) return new Map()
  const find = async () => {
    const { rows } = await client.query(
      'select id, name from key_ref where project_id = $1 and name = any($2::text[])',
      [projectId, names],
    )
    return new Map(rows.map((row) => [String(row['name']), Number(row['id'])]))
  }
  const known = await find()
  const missing = names.filter((name) => !known.has(name))
  if (missing.length === 0) return known
  await client.query(
    'insert into key_ref (project_id, name) select $1, n from unnest($2::text[]) n on conflict do nothing',
    [projectId, missing],
  )
  return find()
}

function idOf(keys: Keys, name: string): number {
  const id = keys.get(name)
  if (id === undefined) throw new Error('a key that was just stored is not there')
  return id
}

async function changedParam(
  client: PostgresUnitClient,
  keys: Keys,
  run: RunRow,
  params: readonly KeyValue[],
): Promise<string | undefined> {
  if (params.length === 0) return undefined
  const { rows } = await client.query('select key, value from run_param where run = $1 and key = any($2::bigint[])', [
    run.ref,
    params.map(({ key }) => idOf(keys, key)),
  ])
  const stored = new Map(rows.map((row) => [Number(row['key']), String(row['value'])]))
  for (const { key, value } of params) {
    const old = stored.get(idOf(keys, key))
    if (old !== undefined && old !== value) return changedParamMessage(key, run.id, old, value)
  }
  return undefined
}

async function writeMetrics(client: PostgresUnitClient, keys: Keys, run: RunRow, metrics: readonly LoggedMetric[]) {
  if (metrics.length === 0) return
  const latest = new Map<string, LoggedMetric>()
  for (const metric of metrics) {
    const other = latest.get(metric.key)
    if (!other || isLater(metric, other)) latest.set(metric.key, metric)
  }
  const columns = (rows: readonly LoggedMetric[]) => [
    rows.map(({ key }) => idOf(keys, key)),
    rows.map(({ step }) => step),
    rows.map(({ at }) => at),
    rows.map(({ value }) => value),
    rows.map(({ isNan }) => isNan),
  ]
  const arrays = 'unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::float8[], $6::bigint[]) x(k, s, a, v, n)'
  await client.query(
    `insert into metric (run, key, step, at, value, is_nan) select $1, k, s, a, v, n from ${arrays} on conflict do nothing`,
    [run.ref, ...columns(metrics)],
  )
  await client.query(
    `insert into latest_metric (run, key, experiment, step, at, value, is_nan) select $1, k, $7, s, a, v, n from ${arrays}
     on conflict (run, key) do update set step = excluded.step, at = excluded.at, value = excluded.value, is_nan = excluded.is_nan
     where (excluded.step, excluded.at, excluded.value) > (latest_metric.step, latest_metric.at, latest_metric.value)`,
    [run.ref, ...columns(inOrder(latest, keys)), run.experiment],
  )
  await writeModelMetrics(client, run, metrics)
}

/** Always in the same order, so that two requests that touch the same keys wait for each other instead of deadlocking. */
function inOrder(latest: ReadonlyMap<string, LoggedMetric>, keys: Keys): LoggedMetric[] {
  return [...latest.values()].toSorted((a, b) => idOf(keys, a.key) - idOf(keys, b.key))
}

async function writeModelMetrics(client: PostgresUnitClient, run: RunRow, metrics: readonly LoggedMetric[]) {
  const rows = metrics.filter(({ modelId }) => modelId !== null)
  if (rows.length === 0) return
  await client.query(
    `insert into logged_model_metric (model_id, key, step, at, run, value, is_nan, dataset_name, dataset_digest)
     select m.id, k, s, a, $1, v, n, dn, dd
     from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::float8[], $7::bigint[], $8::text[], $9::text[])
       x(model, k, s, a, v, n, dn, dd)
     join logged_model m on m.id = x.model and m.experiment = $10 on conflict do nothing`,
    [
      run.ref,
      rows.map(({ modelId }) => modelId),
      rows.map(({ key }) => key),
      rows.map(({ step }) => step),
      rows.map(({ at }) => at),
      rows.map(({ value }) => value),
      rows.map(({ isNan }) => isNan),
      rows.map(({ datasetName }) => datasetName),
      rows.map(({ datasetDigest }) => datasetDigest),
      run.experiment,
    ],
  )
}

async function writeTexts(
  client: PostgresUnitClient,
  table: 'run_param' | 'run_tag',
  keys: Keys,
  run: RunRow,
  rows: readonly KeyValue[],
) {
  if (rows.length === 0) return
  await client.query(
    `insert into ${table} (run, key, experiment, value) select $1, k, $2, v from unnest($3::bigint[], $4::text[]) x(k, v)
     on conflict (run, key) do update set value = excluded.value`,
    [run.ref, run.experiment, rows.map(({ key }) => idOf(keys, key)), rows.map(({ value }) => value)],
  )
}

function lastOfEach(rows: readonly KeyValue[]): KeyValue[] {
  return [...new Map(rows.map((row) => [row.key, row])).values()]
}
