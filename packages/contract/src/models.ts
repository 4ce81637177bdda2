import { z } from 'zod'

import { Can, page, PageQuery, Person, ProjectParams, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { FileEntry, FilePath } from './files.ts'
import { MetricNumber, RunId } from './runs.ts'

export const ModelName = z.string().trim().min(1).max(256).describe('Name in the registry')

export const ModelVersion = z.object({
  model: z.string(),
  version: z.number().int(),
  aliases: z.array(z.string()),
  description: z.string(),
  stage: z.string(),
  status: z.enum(['ready', 'pending', 'failed']),
  run: z
    .object({ id: RunId, name: z.string(), experiment: z.number().int().describe('Number of its experiment') })
    .nullable()
    .describe('The run that made it, until the run is purged'),
  source: z.string().describe('Where its files came from when it was registered'),
  stored: z
    .boolean()
    .describe('Its files were frozen when it was registered and never change; if not, they stay where `source` says'),
  flavors: z.array(z.string()),
  signature: z
    .object({
      inputs: z.array(z.object({ name: z.string().nullable(), type: z.string(), optional: z.boolean() })),
      outputs: z.array(z.object({ name: z.string().nullable(), type: z.string() })),
    })
    .nullable()
    .describe('From the MLmodel file; null if it has none'),
  example: z.unknown().nullable().describe('Input example that was logged with it'),
  requirements: z.array(z.string()),
  python: z.string().nullable(),
  metrics: z.array(z.object({ key: z.string(), value: MetricNumber })),
  sizeBytes: z.number().int(),
  createdAt: Time,
  createdBy: Person.nullable(),
  services: z.array(z.object({ slug: z.string(), name: z.string() })),
  can: Can,
})
export type ModelVersion = z.infer<typeof ModelVersion>

export const Model = z.object({
  name: z.string(),
  description: z.string(),
  latest: z.number().int().nullable(),
  versions: z.number().int(),
  aliases: z.array(z.object({ alias: z.string(), version: z.number().int() })),
  createdAt: Time,
  updatedAt: Time,
  can: Can,
})
export type Model = z.infer<typeof Model>

const tag = 'Models'
const read = { who: 'member', action: 'models:read' } as const
const write = { who: 'member', action: 'models:write' } as const
const params = ProjectParams.extend({ model: ModelName })
const versionParams = params.extend({ version: z.coerce.number().int().min(1) })
const Alias = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'letters, digits, hyphen and underscore')

export const models = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/models',
    tag,
    summary: 'Registered models',
    access: read,
    params: ProjectParams,
    query: PageQuery.extend({ search: z.string().max(200).optional() }),
    success: { status: 200, body: page(Model) },
  }),
  register: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/models',
    tag,
    summary:
      'Register what a run logged, as a new model or a new version; it keeps its files. Files are registered by an upload of kind `model`',
    access: write,
    params: ProjectParams,
    body: z.object({
      name: ModelName,
      run: RunId,
      loggedModel: z.string().max(100).optional().describe('`m-…`; default: the last one the run logged'),
    }),
    success: { status: 201, body: ModelVersion },
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/models/{model}',
    tag,
    summary: 'A registered model',
    access: read,
    params,
    success: { status: 200, body: Model },
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/projects/{project}/models/{model}',
    tag,
    summary: 'Describe a model',
    access: write,
    params,
    body: z.object({ description: z.string().trim().max(5000) }),
    success: { status: 200, body: Model },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/models/{model}',
    tag,
    summary: 'Delete a model with its versions',
    access: write,
    params,
    success: { status: 204 },
    errors: ['CONFLICT'],
  }),
  versions: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/models/{model}/versions',
    tag,
    summary: 'Versions, newest first',
    access: read,
    params,
    query: PageQuery,
    success: { status: 200, body: page(ModelVersion) },
  }),
  version: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/models/{model}/versions/{version}',
    tag,
    summary: 'A version',
    access: read,
    params: versionParams,
    success: { status: 200, body: ModelVersion },
  }),
  entries: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/models/{model}/versions/{version}/entries',
    tag,
    summary: 'The files a version keeps, by path',
    access: read,
    params: versionParams,
    query: PageQuery.extend({ prefix: z.string().max(1024).optional().describe('Only below this folder') }),
    success: { status: 200, body: page(FileEntry) },
  }),
  download: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/models/{model}/versions/{version}/files',
    tag,
    summary: 'Bytes of a file a version keeps; a folder, or all of it, comes as zip. Ranges are answered',
    access: read,
    params: versionParams,
    query: z.object({ path: FilePath.optional().describe('Default: all of it') }),
    success: { status: 200, body: 'bytes' },
  }),
  removeVersion: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/models/{model}/versions/{version}',
    tag,
    summary: 'Delete a version',
    access: write,
    params: versionParams,
    success: { status: 204 },
  }),
  setAlias: endpoint({
    method: 'PUT',
    path: '/api/projects/{project}/models/{model}/aliases/{alias}',
    tag,
    summary: 'Point an alias at a version',
    access: write,
    params: params.extend({ alias: Alias }),
    body: z.object({ version: z.number().int().min(1) }),
    success: { status: 200, body: Model },
  }),
  removeAlias: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/models/{model}/aliases/{alias}',
    tag,
    summary: 'Remove an alias',
    access: write,
    params: params.extend({ alias: Alias }),
    success: { status: 204 },
  }),
}
