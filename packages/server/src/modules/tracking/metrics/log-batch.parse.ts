import { posix } from 'node:path'

/**
 * The body of MLflow's `runs/log-batch`, checked by hand: it runs where the rows are written (in the writer thread on SQLite), so it
 * imports nothing of ours. Limits and sentences are MLflow's (utils/validation.py), since its users know and search for them.
 */
export interface LoggedMetric {
  readonly key: string
  /** 0 for NaN. */
  readonly value: number
  readonly isNan: 0 | 1
  /** Epoch ms. */
  readonly at: number
  readonly step: number
  readonly modelId: string | null
  readonly datasetName: string | null
  readonly datasetDigest: string | null
}

export interface KeyValue {
  readonly key: string
  readonly value: string
}

export interface LogBatch {
  readonly runId: string
  readonly metrics: readonly LoggedMetric[]
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
}

export const logBatchLimits = {
  metrics: 1000,
  params: 100,
  tags: 100,
  total: 1000,
  keyLength: 250,
  paramLength: 6000,
  tagLength: 8000,
  bytes: 1_000_000,
} as const

/** What is wrong with a request, in MLflow's words. */
export class BatchRefusal extends Error {
  override readonly name = 'BatchRefusal'
}

/** Throws `BatchRefusal`. */
export function parseLogBatch(bytes: Uint8Array): LogBatch {
  if (bytes.byteLength > logBatchLimits.bytes)
    throw new BatchRefusal(
      `Batched logging API requests must be at most ${logBatchLimits.bytes} bytes, got a request of size ${bytes.byteLength}.`,
    )
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new BatchRefusal('The request body is not valid JSON.')
  }
  if (!isRecord(body)) throw new BatchRefusal('The request body must be a JSON object.')
  const runId = body['run_id'] ?? body['run_uuid']
  if (typeof runId !== 'string' || runId === '') throw new BatchRefusal(missing('run_id'))
  const metrics = list(body, 'metrics')
  const params = list(body, 'params')
  const tags = list(body, 'tags')
  checkCounts(metrics.length, params.length, tags.length)
  const checkedParams = params.map((one, index) => param(one, `params[${index}]`))
  refuseDuplicates(checkedParams)
  return {
    runId,
    metrics: metrics.map((one, index) => metric(one, `metrics[${index}]`)),
    params: checkedParams,
    tags: tags.map((one, index) => tag(one, `tags[${index}]`)),
  }
}

function checkCounts(metrics: number, params: number, tags: number) {
  const check = (what: string, limit: number, count: number) => {
    if (count > limit)
      throw new BatchRefusal(
        `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. ` +
          `Please split up ${what} across multiple requests and try again.`,
      )
  }
  check('metrics', logBatchLimits.metrics, metrics)
  check('params', logBatchLimits.params, params)
  check('tags', logBatchLimits.tags, tags)
  check('metrics, params, and tags', logBatchLimits.total, metrics + params + tags)
}

function metric(given: unknown, path: string): LoggedMetric {
  const fields = record(given, path)
  const key = name(fields['key'], `${path}.name`, 'Metric name')
  const value = double(fields['value'], `${path}.value`)
  const at = integer(fields['timestamp'], `${path}.timestamp`)
  if (at < 0)
    throw new BatchRefusal(`${wrong(`${path}.timestamp`, at)}: Timestamp must be a nonnegative long (64-bit integer)`)
  const isNan = Number.isNaN(value)
  return {
    key,
    value: isNan ? 0 : value,
    isNan: isNan ? 1 : 0,
    at,
    step: fields['step'] === undefined || fields['step'] === null ? 0 : integer(fields['step'], `${path}.step`),
    modelId: optionalText(fields['model_id'], `${path}.model_id`),
    datasetName: optionalText(fields['dataset_name'], `${path}.dataset_name`),
    datasetDigest: optionalText(fields['dataset_digest'], `${path}.dataset_digest`),
  }
}

function param(given: unknown, path: string): KeyValue {
  const fields = record(given, path)
  return {
    key: name(fields['key'], `${path}.key`, 'Param key'),
    value: value(fields['value'], `${path}.value`, logBatchLimits.paramLength),
  }
}

function tag(given: unknown, path: string): KeyValue {
  const fields = record(given, path)
  return {
    key: name(fields['key'], `${path}.key`, `${path}.key`),
    value: value(fields['value'], `${path}.value`, logBatchLimits.tagLength),
  }
}

/** A name of a metric, param or tag, as MLflow allows it: it must also be a path that means only itself. */
export function name(given: unknown, path: string, what: string): string {
  if (given === undefined || given === null || given === '') throw new BatchRefusal(missing(path))
  if (typeof given !== 'string') throw new BatchRefusal(wrong(path, given))
  if (!/^[/\p{L}\p{M}\p{N}_.\- :]*$/u.test(given))
    throw new BatchRefusal(
      `${wrong(path, given)}: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), ` +
        'spaces ( ), colon(:) and slashes (/).',
    )
  const resolved = posix.normalize(given)
  if (resolved !== given || given.endsWith('/') || given === '.' || given.startsWith('..') || given.startsWith('/'))
    throw new BatchRefusal(
      `${wrong(path, given)}: Names may be treated as files in certain cases, and must not resolve to other names ` +
        `when treated as such. This name would resolve to '${resolved}'`,
    )
  if (given.length > logBatchLimits.keyLength)
    throw new BatchRefusal(`'${what}' exceeds the maximum length of ${logBatchLimits.keyLength} characters`)
  return given
}

function value(given: unknown, path: string, limit: number): string {
  if (given === undefined || given === null) return ''
  if (typeof given !== 'string') throw new BatchRefusal(wrong(path, given))
  if (isLonger(given, limit)) throw new BatchRefusal(`'${path}' exceeds the maximum length of ${limit} characters`)
  return storable(given, path)
}

/** Counted in characters, as Python counts. */
export function isLonger(text: string, limit: number): boolean {
  return text.length > limit && (text.length > 2 * limit || [...text].length > limit)
}

function optionalText(given: unknown, path: string): string | null {
  if (given === undefined || given === null || given === '') return null
  if (typeof given !== 'string' || given.length > 500) throw new BatchRefusal(wrong(path, given))
  return storable(given, path)
}

/** What one of the engines would refuse or silently change. */
function storable(text: string, path: string): string {
  if (text.includes('\0') || !text.isWellFormed())
    throw new BatchRefusal(`The value of '${path}' contains a character that cannot be stored.`)
  return text
}

/** JSON has no NaN and no infinities; protobuf writes them as text. */
function double(given: unknown, path: string): number {
  if (given === undefined || given === null) throw new BatchRefusal(missing(path))
  if (typeof given === 'number') return given
  if (given === 'NaN') return NaN
  if (given === 'Infinity') return Infinity
  if (given === '-Infinity') return -Infinity
  const parsed = typeof given === 'string' && given.trim() !== '' ? Number(given) : NaN
  if (Number.isNaN(parsed))
    throw new BatchRefusal(`${wrong(path, given)}: Please specify value as a valid double (64-bit floating point)`)
  return parsed
}

function integer(given: unknown, path: string): number {
  if (given === undefined || given === null) throw new BatchRefusal(missing(path))
  const parsed = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given
  if (typeof parsed === 'number' && Number.isSafeInteger(parsed)) return parsed === 0 ? 0 : parsed
  throw new BatchRefusal(`${wrong(path, given)}: must be an integer of at most 2^53`)
}

function refuseDuplicates(params: readonly KeyValue[]) {
  const seen = new Set<string>()
  const twice = params.filter(({ key }) => seen.size === seen.add(key).size).map(({ key }) => `'${key}'`)
  if (twice.length > 0)
    throw new BatchRefusal(
      `Duplicate parameter keys have been submitted: [${twice.join(', ')}]. Please ensure the request contains only one param value per param key.`,
    )
}

function list(body: Record<string, unknown>, field: string): readonly unknown[] {
  const given = body[field]
  if (given === undefined || given === null) return []
  if (Array.isArray(given)) return given
  throw new BatchRefusal(wrong(field, given))
}

function record(given: unknown, path: string): Record<string, unknown> {
  if (isRecord(given)) return given
  throw new BatchRefusal(wrong(path, given))
}

function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function missing(path: string): string {
  return `Missing value for required parameter '${path}'.`
}

function wrong(path: string, given: unknown): string {
  return `Invalid value ${JSON.stringify(given)?.slice(0, 500)} for parameter '${path}' supplied`
}
