import { isLabError } from '@mllab/contract'

import { modelArtifactUri } from '../../modules/tracking/tracking.ts'
import { fileMessages, served } from './artifacts.ts'
import { MlflowError } from './errors.ts'
import { experimentNumber, knownExperiment, limitOf, nextToken } from './experiments.ts'
import { loggedModelMessage } from './messages.ts'
import { get, patch, post, remove, type MlflowCall, type MlflowRoute } from './route.ts'

async function knownModel<T>(id: string, task: Promise<T>): Promise<T> {
  try {
    return await task
  } catch (error) {
    if (isLabError(error, 'NOT_FOUND'))
      throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${id.slice(0, 100)}' not found.`, {
        cause: error,
      })
    throw error
  }
}

const idOf = ({ params }: MlflowCall): string => params['model_id'] ?? ''

export const loggedModelRoutes: readonly MlflowRoute[] = [
  post('/logged-models', 'runs:write', async ({ tracking, actor, project, input }) => {
    const experiment = input.requiredText('experiment_id')
    const model = await knownExperiment(
      experiment,
      tracking.loggedModels.create(actor, project, {
        experiment: experimentNumber(experiment),
        name: input.text('name'),
        type: input.text('model_type') ?? '',
        runId: input.text('source_run_id'),
        params: input.pairs('params'),
        tags: input.pairs('tags'),
      }),
    )
    return { model: loggedModelMessage(model) }
  }),
  post('/logged-models/search', 'runs:read', async ({ tracking, actor, project, input }) => {
    const { models, next } = await tracking.loggedModels.search(actor, project, {
      experiments: input.texts('experiment_ids').map(experimentNumber),
      filter: input.text('filter'),
      datasets: input
        .inputs('datasets')
        .map((one) => ({ name: one.requiredText('dataset_name'), digest: one.text('dataset_digest') })),
      orderBy: input
        .inputs('order_by')
        .map((one) => ({ field: one.requiredText('field_name'), ascending: one.flag('ascending') ?? true })),
      limit: limitOf(input, 50, 1000),
      cursor: input.text('page_token'),
    })
    return { models: models.map(loggedModelMessage), ...nextToken(next) }
  }),
  get('/logged-models/:model_id', 'runs:read', async (call) => {
    const { tracking, actor, project, input } = call
    const options = { deleted: input.flag('allow_deleted') ?? false }
    return {
      model: loggedModelMessage(
        await knownModel(idOf(call), tracking.loggedModels.get(actor, project, idOf(call), options)),
      ),
    }
  }),
  patch('/logged-models/:model_id', 'runs:write', async (call) => {
    const { tracking, actor, project, input } = call
    const status = input.requiredText('status')
    return {
      model: loggedModelMessage(
        await knownModel(idOf(call), tracking.loggedModels.finalize(actor, project, idOf(call), status)),
      ),
    }
  }),
  remove('/logged-models/:model_id', 'runs:write', async (call) => {
    await knownModel(idOf(call), call.tracking.loggedModels.remove(call.actor, call.project, idOf(call)))
    return undefined
  }),
  patch('/logged-models/:model_id/tags', 'runs:write', async (call) => {
    const { tracking, actor, project, input } = call
    const tags = input.pairs('tags')
    return {
      model: loggedModelMessage(
        await knownModel(idOf(call), tracking.loggedModels.setTags(actor, project, idOf(call), tags)),
      ),
    }
  }),
  remove('/logged-models/:model_id/tags/:tag_key', 'runs:write', async (call) => {
    const { tracking, actor, project, params } = call
    await knownModel(idOf(call), tracking.loggedModels.deleteTag(actor, project, idOf(call), params['tag_key'] ?? ''))
    return undefined
  }),
  post('/logged-models/:model_id/params', 'runs:write', async (call) => {
    const { tracking, actor, project, input } = call
    await knownModel(idOf(call), tracking.loggedModels.logParams(actor, project, idOf(call), input.pairs('params')))
    return undefined
  }),
  get('/logged-models/:model_id/artifacts/directories', 'runs:read', async (call) => {
    const { tracking, actor, project, input } = call
    const model = await knownModel(idOf(call), tracking.loggedModels.get(actor, project, idOf(call)))
    const owner = { kind: 'logged-model', id: model.id } as const
    return {
      root_uri: modelArtifactUri(model.experimentNumber, model.id),
      files: await fileMessages(call, owner, input.text('artifact_directory_path') ?? ''),
    }
  }),
  get('/logged-models/:model_id/artifacts/files', 'runs:read', (call) =>
    served(call, { kind: 'logged-model', id: idOf(call) }, call.input.requiredText('artifact_file_path')),
  ),
]
