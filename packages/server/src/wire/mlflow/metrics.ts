import { metricNumber, wireRunId, type PointCursor, type PointRow } from '../../modules/tracking/tracking.ts'
import { MlflowError } from './errors.ts'
import { limitOf, nextToken } from './experiments.ts'
import { missing, type Input } from './input.ts'
import { get, type MlflowCall, type MlflowRoute } from './route.ts'
import { knownRun, runIdOf } from './runs.ts'

/** MLflow's own limits of its server (handlers.py). */
const MOST_POINTS = 25_000
const MOST_RUNS = 100
const SAMPLED_POINTS = 2500
const DEFAULT_SAMPLED_POINTS = 320

function pointMessage(point: PointRow, key: string) {
  return { key, value: metricNumber(point), timestamp: point.at, step: point.step }
}

function tokenOf(point: PointRow | undefined): string | null {
  if (!point) return null
  // As text, since JSON has no infinities.
  return Buffer.from(JSON.stringify([point.step, point.at, String(point.value), point.is_nan])).toString('base64url')
}

function placeOf(token: string | undefined): PointCursor | undefined {
  if (token === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (Array.isArray(parsed) && parsed.length === 4) {
      const [step, at, value, isNan] = parsed.map(Number)
      if (![step, at, value, isNan].some((one) => one === undefined || Number.isNaN(one)))
        return [step ?? 0, at ?? 0, value ?? 0, isNan ?? 0]
    }
  } catch {
    // Said below, as for everything else that is no token of ours.
  }
  throw new MlflowError('INVALID_PARAMETER_VALUE', 'Invalid page token')
}

function runIds(input: Input, name: string): string[] {
  const ids = input.texts(name)
  if (ids.length === 0) throw missing(name)
  if (ids.length > MOST_RUNS)
    throw new MlflowError(
      'INVALID_PARAMETER_VALUE',
      `GetMetricHistoryBulk request cannot specify more than ${MOST_RUNS} run_ids. Received ${ids.length} run_ids.`,
    )
  return ids
}

const bulk = async ({ tracking, actor, project, input }: MlflowCall) => {
  const key = input.requiredText('metric_key')
  const limit = Math.min(input.integer('max_results') || MOST_POINTS, MOST_POINTS)
  const points = await tracking.metrics.histories(actor, project, runIds(input, 'run_id'), key, limit)
  return { metrics: points.map((point) => ({ ...pointMessage(point, key), run_id: wireRunId(point.runId) })) }
}

export const metricRoutes: readonly MlflowRoute[] = [
  get('/metrics/get-history', 'runs:read', async ({ tracking, actor, project, input }) => {
    const id = runIdOf(input)
    const key = input.requiredText('metric_key')
    const limit = limitOf(input, MOST_POINTS, MOST_POINTS)
    const after = placeOf(input.text('page_token'))
    const points = await knownRun(id, tracking.metrics.history(actor, project, id, key, { limit: limit + 1, after }))
    const page = points.slice(0, limit)
    return {
      metrics: page.map((point) => pointMessage(point, key)),
      ...nextToken(points.length > limit ? tokenOf(page.at(-1)) : null),
    }
  }),
  get('/metrics/get-history-bulk', 'runs:read', bulk),
  get('/metrics/get-history-bulk-interval', 'runs:read', async ({ tracking, actor, project, input }) => {
    const key = input.requiredText('metric_key')
    const [from, to] = [input.integer('start_step'), input.integer('end_step')]
    if ((from === undefined) !== (to === undefined))
      throw new MlflowError(
        'INVALID_PARAMETER_VALUE',
        'If either start step or end step are specified, both must be specified.',
      )
    if (from !== undefined && to !== undefined && from > to)
      throw new MlflowError(
        'INVALID_PARAMETER_VALUE',
        `end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`,
      )
    const range = {
      from: from ?? Number.MIN_SAFE_INTEGER,
      to: to ?? Number.MAX_SAFE_INTEGER,
      limit: limitOf(input, DEFAULT_SAMPLED_POINTS, SAMPLED_POINTS),
    }
    const points = await tracking.metrics.sampled(actor, project, runIds(input, 'run_ids'), key, range)
    return { metrics: points.map((point) => ({ ...pointMessage(point, key), run_id: wireRunId(point.runId) })) }
  }),
]
