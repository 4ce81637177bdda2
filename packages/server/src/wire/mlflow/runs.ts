import { isLabError } from '@mllab/contract'

import { logBatchLimits, type DatasetInput, type FullRun, type RunRow } from '../../modules/tracking/tracking.ts'
import { MlflowError } from './errors.ts'
import { experimentNumber, knownExperiment, lifecycleOf, limitOf, nextToken } from './experiments.ts'
import { missing, type Input } from './input.ts'
import { runInfoMessage, runMessage, statusFromWire } from './messages.ts'
import { get, post, type MlflowCall, type MlflowRoute } from './route.ts'

/** Largest body of `log-inputs`: a profile may have 16 MB. */
const INPUTS_LIMIT_BYTES = 20 * 1024 * 1024
const MODEL_HISTORY_TAG = 'mlflow.log-model.history'

/** Older clients call it `run_uuid`. */
export function runIdOf(input: Input): string {
  const id = input.text('run_id') ?? input.text('run_uuid')
  if (id === undefined) throw missing('run_id')
  return id
}

export async function knownRun<T>(id: string, task: Promise<T>): Promise<T> {
  try {
    return await task
  } catch (error) {
    if (isLabError(error, 'NOT_FOUND'))
      throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Run with id=${id.slice(0, 100)} not found`, { cause: error })
    throw error
  }
}

async function messagesOf({ tracking, actor, project }: MlflowCall, runs: readonly FullRun[]) {
  const refs = runs.map(({ ref }) => ref)
  const [datasets, models, numbers] = await Promise.all([
    tracking.inputs.datasetsOf(refs),
    tracking.inputs.modelsOf(refs),
    tracking.experiments.numbersOf(
      actor,
      project,
      runs.map(({ experiment }) => experiment),
    ),
  ])
  return runs.map((run) =>
    runMessage(run, {
      experiment: numbers.get(run.experiment) ?? 0,
      datasets: datasets.get(run.ref) ?? [],
      models: models.get(run.ref) ?? [],
    }),
  )
}

async function infoOf({ tracking, actor, project }: MlflowCall, row: RunRow) {
  const numbers = await tracking.experiments.numbersOf(actor, project, [row.experiment])
  return runInfoMessage(row, numbers.get(row.experiment) ?? 0)
}

/** One metric, param or tag is a batch of one: the same rules, the same path. */
async function logOne(call: MlflowCall, part: Readonly<Record<string, unknown>>): Promise<undefined> {
  const { tracking, actor, project, input } = call
  const runId = runIdOf(input)
  const body = new TextEncoder().encode(JSON.stringify({ run_id: runId, ...part }))
  await knownRun(runId, tracking.metrics.logBatch(actor, project, body))
}

function datasetOf(input: Input): DatasetInput {
  const dataset = input.input('dataset')
  if (!dataset) throw missing('dataset')
  return {
    name: dataset.requiredText('name'),
    digest: dataset.requiredText('digest'),
    sourceType: dataset.requiredText('source_type'),
    source: dataset.requiredText('source'),
    schema: dataset.text('schema') ?? null,
    profile: dataset.text('profile') ?? null,
    tags: input.pairs('tags'),
  }
}

/** The text of a tag of a run, as it is now. */
async function tagOf({ tracking }: MlflowCall, run: RunRow, key: string): Promise<string | undefined> {
  const [full] = await tracking.runs.full([run])
  return full?.tags.find((tag) => tag.key === key)?.value
}

export const runRoutes: readonly MlflowRoute[] = [
  post('/runs/create', 'runs:write', async (call) => {
    const { tracking, actor, project, input } = call
    const id = input.text('experiment_id') ?? '0'
    const tags = input.pairs('tags')
    for (const { key, value } of tags)
      if (key.length > logBatchLimits.keyLength || value.length > logBatchLimits.tagLength)
        throw new MlflowError('INVALID_PARAMETER_VALUE', `The tag '${key.slice(0, 250)}' exceeds the maximum length`)
    const run = await knownExperiment(
      id,
      tracking.runs.create(actor, project, {
        experiment: experimentNumber(id),
        name: input.text('run_name'),
        userName: input.text('user_id') ?? '',
        startedAt: input.integer('start_time') || undefined,
        tags,
      }),
    )
    const [message] = await messagesOf(call, [run])
    return { run: message }
  }),
  post('/runs/update', 'runs:write', async (call) => {
    const { tracking, actor, project, input } = call
    const id = runIdOf(input)
    const status = input.text('status')
    const known = status === undefined ? undefined : statusFromWire(status)
    if (status !== undefined && known === undefined)
      throw new MlflowError('INVALID_PARAMETER_VALUE', `Invalid value "${status}" for parameter 'status' supplied.`)
    const change = { status: known, endedAt: input.integer('end_time') || undefined, name: input.text('run_name') }
    const row = await knownRun(id, tracking.runs.update(actor, project, id, change))
    return { run_info: await infoOf(call, row) }
  }),
  post('/runs/delete', 'runs:write', async ({ tracking, actor, project, input }) => {
    const id = runIdOf(input)
    await knownRun(id, tracking.runs.remove(actor, project, id))
    return undefined
  }),
  post('/runs/restore', 'runs:write', async ({ tracking, actor, project, input }) => {
    const id = runIdOf(input)
    await knownRun(id, tracking.runs.restore(actor, project, id))
    return undefined
  }),
  get('/runs/get', 'runs:read', async (call) => {
    const { tracking, actor, project, input } = call
    const id = runIdOf(input)
    const row = await knownRun(id, tracking.runs.find(actor, project, id))
    const [message] = await messagesOf(call, await tracking.runs.full([row]))
    return { run: message }
  }),
  post('/runs/search', 'runs:read', async (call) => {
    const { tracking, actor, project, input } = call
    const { runs, next } = await tracking.search.search(actor, project, {
      experiments: input.texts('experiment_ids').map(experimentNumber),
      filter: input.text('filter'),
      orderBy: input.texts('order_by'),
      lifecycle: lifecycleOf(input, 'run_view_type'),
      limit: limitOf(input, 1000, 50_000),
      cursor: input.text('page_token'),
    })
    return { runs: await messagesOf(call, runs), ...nextToken(next) }
  }),
  post('/runs/log-metric', 'runs:write', (call) => {
    const { input } = call
    const metric = {
      key: input.requiredText('key'),
      value: call.input.has('value') ? valueOf(call.raw) : undefined,
      timestamp: input.requiredInteger('timestamp'),
      step: input.integer('step') ?? 0,
      model_id: input.text('model_id'),
      dataset_name: input.text('dataset_name'),
      dataset_digest: input.text('dataset_digest'),
    }
    return logOne(call, { metrics: [metric] })
  }),
  post('/runs/log-parameter', 'runs:write', (call) => {
    const param = { key: call.input.requiredText('key'), value: call.input.text('value') ?? '' }
    return logOne(call, { params: [param] })
  }),
  post('/runs/set-tag', 'runs:write', (call) => {
    const tag = { key: call.input.requiredText('key'), value: call.input.text('value') ?? '' }
    return logOne(call, { tags: [tag] })
  }),
  post('/runs/delete-tag', 'runs:write', async ({ tracking, actor, project, input }) => {
    const [id, key] = [runIdOf(input), input.requiredText('key')]
    const row = await knownRun(id, tracking.runs.find(actor, project, id))
    try {
      await tracking.runs.deleteTag(actor, project, row.id, key)
    } catch (error) {
      if (isLabError(error, 'NOT_FOUND'))
        throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No tag with name: ${key} in run with id ${id}`, {
          cause: error,
        })
      throw error
    }
    return undefined
  }),
  // The bytes go on as they came: they are parsed where they are stored.
  post('/runs/log-batch', 'runs:write', async ({ tracking, actor, project, raw }) => {
    try {
      await tracking.metrics.logBatch(actor, project, raw)
    } catch (error) {
      if (isLabError(error, 'NOT_FOUND'))
        throw new MlflowError('RESOURCE_DOES_NOT_EXIST', String(error.parameters['what'] ?? error.message), {
          cause: error,
        })
      throw error
    }
    return undefined
  }),
  // How clients before 3.0 note a model: in a tag that grows.
  post('/runs/log-model', 'runs:write', async (call) => {
    const { tracking, actor, project, input } = call
    const id = runIdOf(input)
    const model = parsedModel(input.requiredText('model_json'))
    const row = await knownRun(id, tracking.runs.findActive(actor, project, id))
    const before = await tagOf(call, row, MODEL_HISTORY_TAG)
    const history: unknown = before === undefined ? [] : JSON.parse(before)
    const value = JSON.stringify([...(Array.isArray(history) ? (history as unknown[]) : []), model])
    await tracking.runs.setLongTag(row, { key: MODEL_HISTORY_TAG, value })
    return undefined
  }),
  post(
    '/runs/log-inputs',
    'runs:write',
    async ({ tracking, actor, project, input }) => {
      const id = runIdOf(input)
      const row = await knownRun(id, tracking.runs.findActive(actor, project, id))
      const models = input.inputs('models').map((one) => one.requiredText('model_id'))
      await tracking.inputs.log(row, input.inputs('datasets').map(datasetOf), models)
      return undefined
    },
    INPUTS_LIMIT_BYTES,
  ),
  post('/runs/outputs', 'runs:write', async ({ tracking, actor, project, input }) => {
    const id = runIdOf(input)
    const row = await knownRun(id, tracking.runs.findActive(actor, project, id))
    const models = input
      .inputs('models')
      .map((one) => ({ modelId: one.requiredText('model_id'), step: one.integer('step') ?? 0 }))
    await tracking.inputs.logOutputs(row, models)
    return undefined
  }),
  post('/experiments/search-datasets', 'runs:read', async ({ tracking, actor, project, input }) => {
    const numbers = input.texts('experiment_ids').map(experimentNumber)
    if (numbers.length === 0) throw missing('experiment_ids')
    const summaries = await tracking.inputs.summaries(actor, project, numbers)
    return {
      dataset_summaries: summaries.map(({ experiment, name, digest, context }) => ({
        experiment_id: String(experiment),
        name,
        digest,
        ...(context === null ? {} : { context }),
      })),
    }
  }),
]

/** The value of a metric, which may be NaN as text: the batch decides what it is. */
function valueOf(raw: Uint8Array): unknown {
  const body: unknown = JSON.parse(Buffer.from(raw).toString('utf8'))
  return typeof body === 'object' && body !== null && 'value' in body ? body.value : undefined
}

function parsedModel(json: string): object {
  let model: unknown
  try {
    model = JSON.parse(json)
  } catch (error) {
    throw new MlflowError('INVALID_PARAMETER_VALUE', 'Malformed model info. The model_json is not JSON.', {
      cause: error,
    })
  }
  const required = ['artifact_path', 'flavors', 'utc_time_created', 'run_id']
  const absent = typeof model === 'object' && model !== null ? required.filter((key) => !(key in model)) : required
  if (typeof model !== 'object' || model === null || absent.length > 0)
    throw new MlflowError('INVALID_PARAMETER_VALUE', `Model json is missing mandatory fields: ${absent.join(', ')}`)
  return model
}
