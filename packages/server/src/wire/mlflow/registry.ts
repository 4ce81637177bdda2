import { isLabError } from '@mllab/contract'

import { modelArtifactUri, versionArtifactUri } from '../../modules/tracking/tracking.ts'
import { MlflowError } from './errors.ts'
import { limitOf, nextToken } from './experiments.ts'
import type { Input } from './input.ts'
import { modelVersionMessage, registeredModelMessage } from './messages.ts'
import { get, patch, post, remove, type MlflowCall, type MlflowRoute } from './route.ts'

export async function knownRegisteredModel<T>(name: string, task: Promise<T>): Promise<T> {
  try {
    return await task
  } catch (error) {
    if (isLabError(error, 'NOT_FOUND'))
      throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Registered Model with name=${name} not found`, {
        cause: error,
      })
    throw error
  }
}

async function knownVersion<T>(name: string, version: number, task: Promise<T>): Promise<T> {
  try {
    return await task
  } catch (error) {
    if (isLabError(error, 'NOT_FOUND'))
      throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Model Version (name=${name}, version=${version}) not found`, {
        cause: error,
      })
    throw error
  }
}

function versionOf(input: Input): number {
  const given = input.requiredText('version')
  if (/^\d{1,15}$/.test(given)) return Number(given)
  throw new MlflowError('INVALID_PARAMETER_VALUE', `Parameter 'version' must be an integer, got '${given}'.`)
}

const modelAnswer = async ({ tracking, actor, project }: MlflowCall, name: string) => ({
  registered_model: registeredModelMessage(
    await knownRegisteredModel(name, tracking.registry.full(actor, project, name)),
  ),
})

const latest = async ({ tracking, actor, project, input }: MlflowCall) => {
  const name = input.requiredText('name')
  const found = await knownRegisteredModel(name, tracking.versions.latest(actor, project, name, input.texts('stages')))
  return { model_versions: found.map(modelVersionMessage) }
}

const registeredModelRoutes: readonly MlflowRoute[] = [
  post('/registered-models/create', 'models:write', async (call) => {
    const { tracking, actor, project, input } = call
    const name = input.requiredText('name')
    try {
      await tracking.registry.create(actor, project, {
        name,
        description: input.text('description') ?? '',
        tags: input.pairs('tags'),
      })
    } catch (error) {
      if (isLabError(error, 'NAME_TAKEN'))
        throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`, {
          cause: error,
        })
      throw error
    }
    return modelAnswer(call, name)
  }),
  post('/registered-models/rename', 'models:write', async (call) => {
    const { tracking, actor, project, input } = call
    const [name, newName] = [input.requiredText('name'), input.requiredText('new_name')]
    try {
      await knownRegisteredModel(name, tracking.registry.update(actor, project, name, { name: newName }))
    } catch (error) {
      if (isLabError(error, 'NAME_TAKEN'))
        throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${newName}) already exists.`, {
          cause: error,
        })
      throw error
    }
    return modelAnswer(call, newName)
  }),
  patch('/registered-models/update', 'models:write', async (call) => {
    const { tracking, actor, project, input } = call
    const name = input.requiredText('name')
    const change = { description: input.text('description') ?? '' }
    await knownRegisteredModel(name, tracking.registry.update(actor, project, name, change))
    return modelAnswer(call, name)
  }),
  remove('/registered-models/delete', 'models:write', async ({ tracking, actor, project, input }) => {
    const name = input.requiredText('name')
    await knownRegisteredModel(name, tracking.registry.remove(actor, project, name))
    return undefined
  }),
  get('/registered-models/get', 'models:read', (call) => modelAnswer(call, call.input.requiredText('name'))),
  get('/registered-models/search', 'models:read', async ({ tracking, actor, project, input }) => {
    const { models, next } = await tracking.registry.search(actor, project, {
      filter: input.text('filter'),
      orderBy: input.texts('order_by'),
      limit: limitOf(input, 100, 1000),
      cursor: input.text('page_token'),
    })
    return { registered_models: models.map(registeredModelMessage), ...nextToken(next) }
  }),
  post('/registered-models/get-latest-versions', 'models:read', latest),
  get('/registered-models/get-latest-versions', 'models:read', latest),
  post('/registered-models/set-tag', 'models:write', async ({ tracking, actor, project, input }) => {
    const name = input.requiredText('name')
    const tag = { key: input.requiredText('key'), value: input.text('value') ?? '' }
    await knownRegisteredModel(name, tracking.registry.setTag(actor, project, name, tag))
    return undefined
  }),
  remove('/registered-models/delete-tag', 'models:write', async ({ tracking, actor, project, input }) => {
    const name = input.requiredText('name')
    const key = input.requiredText('key')
    await knownRegisteredModel(name, tracking.registry.deleteTag(actor, project, name, key))
    return undefined
  }),
  post('/registered-models/alias', 'models:write', async ({ tracking, actor, project, input }) => {
    const [name, alias, version] = [input.requiredText('name'), input.requiredText('alias'), versionOf(input)]
    await knownRegisteredModel(name, tracking.registry.find(actor, project, name))
    await knownVersion(name, version, tracking.registry.setAlias(actor, project, name, alias, version))
    return undefined
  }),
  remove('/registered-models/alias', 'models:write', async ({ tracking, actor, project, input }) => {
    const [name, alias] = [input.requiredText('name'), input.requiredText('alias')]
    await knownRegisteredModel(name, tracking.registry.removeAlias(actor, project, name, alias))
    return undefined
  }),
  get('/registered-models/alias', 'models:read', async ({ tracking, actor, project, input }) => {
    const [name, alias] = [input.requiredText('name'), input.requiredText('alias')]
    await knownRegisteredModel(name, tracking.registry.find(actor, project, name))
    try {
      return { model_version: modelVersionMessage(await tracking.versions.byAlias(actor, project, name, alias)) }
    } catch (error) {
      // MLflow's server answers this one with another code than the rest.
      if (isLabError(error, 'NOT_FOUND'))
        throw new MlflowError('INVALID_PARAMETER_VALUE', `Registered model alias ${alias} not found.`, {
          cause: error,
        })
      throw error
    }
  }),
]

const versionRoutes: readonly MlflowRoute[] = [
  post('/model-versions/create', 'models:write', async ({ tracking, actor, project, input }) => {
    const name = input.requiredText('name')
    const row = await knownRegisteredModel(
      name,
      tracking.versions.create(actor, project, name, {
        source: input.requiredText('source'),
        runId: input.text('run_id'),
        loggedModelId: input.text('model_id'),
        runLink: input.text('run_link') ?? '',
        description: input.text('description') ?? '',
        tags: input.pairs('tags'),
      }),
    )
    return { model_version: modelVersionMessage(await tracking.versions.full(actor, project, name, row.version)) }
  }),
  patch('/model-versions/update', 'models:write', async ({ tracking, actor, project, input }) => {
    const [name, version] = [input.requiredText('name'), versionOf(input)]
    const description = input.text('description') ?? ''
    const row = await knownVersion(
      name,
      version,
      tracking.versions.describe(actor, project, name, version, description),
    )
    return { model_version: modelVersionMessage(row) }
  }),
  post('/model-versions/transition-stage', 'models:write', async ({ tracking, actor, project, input }) => {
    const [name, version] = [input.requiredText('name'), versionOf(input)]
    const to = {
      stage: input.requiredText('stage'),
      archiveOthers: input.flag('archive_existing_versions') ?? false,
    }
    const row = await knownVersion(name, version, tracking.versions.moveToStage(actor, project, name, version, to))
    return { model_version: modelVersionMessage(row) }
  }),
  remove('/model-versions/delete', 'models:write', async ({ tracking, actor, project, input }) => {
    const [name, version] = [input.requiredText('name'), versionOf(input)]
    await knownVersion(name, version, tracking.versions.remove(actor, project, name, version))
    return undefined
  }),
  get('/model-versions/get', 'models:read', async ({ tracking, actor, project, input }) => {
    const [name, version] = [input.requiredText('name'), versionOf(input)]
    const row = await knownVersion(name, version, tracking.versions.full(actor, project, name, version))
    return { model_version: modelVersionMessage(row) }
  }),
  get('/model-versions/search', 'models:read', async ({ tracking, actor, project, input }) => {
    const { versions, next } = await tracking.versions.search(actor, project, {
      filter: input.text('filter'),
      orderBy: input.texts('order_by'),
      // MLflow allows 200 000; the rest comes with the next page.
      limit: Math.min(limitOf(input, 10_000, 200_000), 10_000),
      cursor: input.text('page_token'),
    })
    return { model_versions: versions.map(modelVersionMessage), ...nextToken(next) }
  }),
  get('/model-versions/get-download-uri', 'models:read', async ({ tracking, actor, project, input }) => {
    const [name, version] = [input.requiredText('name'), versionOf(input)]
    const row = await knownVersion(name, version, tracking.versions.full(actor, project, name, version))
    if (row.file_version_id !== null) return { artifact_uri: versionArtifactUri(row.file_version_id) }
    const model = row.source.startsWith('models:') ? row.loggedModel : undefined
    return { artifact_uri: model ? modelArtifactUri(model.experimentNumber, model.id) : row.source }
  }),
  post('/model-versions/set-tag', 'models:write', async ({ tracking, actor, project, input }) => {
    const [name, version] = [input.requiredText('name'), versionOf(input)]
    const tag = { key: input.requiredText('key'), value: input.text('value') ?? '' }
    await knownVersion(name, version, tracking.versions.setTag(actor, project, name, version, tag))
    return undefined
  }),
  remove('/model-versions/delete-tag', 'models:write', async ({ tracking, actor, project, input }) => {
    const [name, version] = [input.requiredText('name'), versionOf(input)]
    const key = input.requiredText('key')
    await knownVersion(name, version, tracking.versions.deleteTag(actor, project, name, version, key))
    return undefined
  }),
]

export const registryRoutes: readonly MlflowRoute[] = [...registeredModelRoutes, ...versionRoutes]
