import { z } from 'zod'

import { Can, DisplayName, page, PageQuery, Person, ProjectParams, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const RunId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits')
  .describe('UUIDv7 without dashes, as MLflow clients show it')
export const runStatuses = ['queued', 'running', 'finished', 'failed', 'killed'] as const

export const Experiment = z.object({
  number: z.number().int().describe('Counts per project from 0; MLflow clients know it as the id'),
  name: z.string(),
  runs: z.number().int().describe('Living runs, exact to 10 000'),
  createdAt: Time,
  updatedAt: Time,
  deleted: z.boolean(),
  can: Can,
})
export type Experiment = z.infer<typeof Experiment>

/** A number as it is, or `NaN`, `Infinity`, `-Infinity` as text: JSON has none of them. */
export const MetricNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])

export const LatestMetric = z.object({ key: z.string(), value: MetricNumber, step: z.number().int(), at: Time })

export const RunSummary = z.object({
  id: RunId,
  name: z.string(),
  experiment: z.object({ number: z.number().int(), name: z.string() }),
  status: z.enum(runStatuses),
  startedAt: Time.nullable(),
  endedAt: Time.nullable(),
  by: Person.nullable(),
  source: z.string().nullable().describe('What made it: a script, a notebook, a workspace'),
  metrics: z.array(LatestMetric),
  params: z.array(z.object({ key: z.string(), value: z.string() })),
  tags: z.array(z.object({ key: z.string(), value: z.string() })),
  deleted: z.boolean(),
  can: Can,
})
export type RunSummary = z.infer<typeof RunSummary>

export const LoggedModel = z.object({
  id: z.string().describe('`m-…`'),
  name: z.string(),
  status: z.string(),
  registered: z.array(z.object({ name: z.string(), version: z.number().int() })),
})
export type LoggedModel = z.infer<typeof LoggedModel>

export const Run = RunSummary.extend({
  datasets: z.array(z.object({ name: z.string(), digest: z.string(), context: z.string().nullable() })),
  models: z.array(LoggedModel),
  artifacts: z.object({ files: z.number().int(), sizeBytes: z.number().int() }),
  previous: z
    .object({ id: RunId, name: z.string(), params: z.array(z.object({ key: z.string(), value: z.string() })) })
    .nullable()
    .describe('The run before it in the experiment, to see what changed'),
})
export type Run = z.infer<typeof Run>

/** A curve in buckets of steps: lowest, highest and last value of each; empty buckets are left out. */
export const Curve = z.object({
  key: z.string(),
  points: z.number().int().describe('Values behind it'),
  buckets: z.array(
    z.object({
      step: z.number().int(),
      at: z.number().int().describe('Epoch ms'),
      low: z.number(),
      high: z.number(),
      last: MetricNumber,
    }),
  ),
})
export type Curve = z.infer<typeof Curve>

export const Artifact = z.object({ path: z.string(), folder: z.boolean(), sizeBytes: z.number().int().nullable() })
export type Artifact = z.infer<typeof Artifact>

const tag = 'Experiments'
const read = { who: 'member', action: 'runs:read' } as const
const write = { who: 'member', action: 'runs:write' } as const
const runParams = ProjectParams.extend({ run: RunId })
const experimentParams = ProjectParams.extend({ number: z.coerce.number().int().min(0) })

export const runs = {
  experiments: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/experiments',
    tag,
    summary: 'Experiments, last used first',
    access: read,
    params: ProjectParams,
    query: PageQuery.extend({ search: z.string().max(200).optional(), deleted: z.stringbool().default(false) }),
    success: { status: 200, body: page(Experiment) },
  }),
  createExperiment: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/experiments',
    tag,
    summary: 'Create an experiment',
    access: write,
    params: ProjectParams,
    body: z.object({ name: DisplayName }),
    success: { status: 201, body: Experiment },
    errors: ['NAME_TAKEN'],
  }),
  experiment: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/experiments/{number}',
    tag,
    summary: 'An experiment',
    access: read,
    params: experimentParams,
    success: { status: 200, body: Experiment },
  }),
  updateExperiment: endpoint({
    method: 'PATCH',
    path: '/api/projects/{project}/experiments/{number}',
    tag,
    summary: 'Rename an experiment',
    access: write,
    params: experimentParams,
    body: z.object({ name: DisplayName }),
    success: { status: 200, body: Experiment },
    errors: ['NAME_TAKEN'],
  }),
  removeExperiment: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/experiments/{number}',
    tag,
    summary: 'Delete an experiment with its runs; can be undone',
    access: write,
    params: experimentParams,
    success: { status: 204 },
  }),
  restoreExperiment: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/experiments/{number}/restore',
    tag,
    summary: 'Undo the deletion of an experiment',
    access: write,
    params: experimentParams,
    success: { status: 200, body: Experiment },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/runs',
    tag,
    summary: 'Runs, by default newest first',
    access: read,
    params: ProjectParams,
    query: PageQuery.extend({
      experiment: z.coerce.number().int().min(0).optional(),
      search: z.string().max(200).optional().describe('Part of the name'),
      filter: z.string().max(5000).optional().describe('MLflow\'s grammar: `metrics.auc > 0.9 and params.lr = "0.1"`'),
      status: z.enum(runStatuses).optional(),
      sort: z
        .string()
        .max(300)
        .default('-started')
        .describe('`-started`, `started`, `name`, `metrics.<key>` or `-metrics.<key>`'),
      deleted: z.stringbool().default(false),
    }),
    success: { status: 200, body: page(RunSummary) },
    errors: ['INVALID_CURSOR'],
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/runs/{run}',
    tag,
    summary: 'A run',
    access: read,
    params: runParams,
    success: { status: 200, body: Run },
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/projects/{project}/runs/{run}',
    tag,
    summary: 'Rename a run, or mark a running one as killed',
    access: write,
    params: runParams,
    body: z.object({ name: DisplayName.optional(), status: z.enum(['killed']).optional() }),
    success: { status: 200, body: Run },
    errors: ['NOT_RUNNING'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/runs/{run}',
    tag,
    summary: 'Delete a run; can be undone',
    access: write,
    params: runParams,
    success: { status: 204 },
  }),
  restore: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/runs/{run}/restore',
    tag,
    summary: 'Undo the deletion of a run',
    access: write,
    params: runParams,
    success: { status: 200, body: Run },
  }),
  curves: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/runs/{run}/curves',
    tag,
    summary: 'Metrics of a run over steps, in buckets',
    access: read,
    params: runParams,
    query: z.object({
      key: z
        .union([z.string().max(250), z.array(z.string().max(250)).max(50)])
        .optional()
        .describe('Default: the first 20 by name'),
      buckets: z.coerce.number().int().min(10).max(2000).default(400),
    }),
    success: { status: 200, body: z.object({ curves: z.array(Curve) }) },
  }),
  artifacts: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/runs/{run}/artifacts',
    tag,
    summary: 'Artifacts of a run in a folder',
    access: read,
    params: runParams,
    query: z.object({ path: z.string().max(1024).default('') }),
    success: { status: 200, body: page(Artifact) },
  }),
  artifact: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/runs/{run}/artifact/{path*}',
    tag,
    summary: 'Bytes of an artifact',
    access: read,
    params: runParams.extend({ path: z.string().max(1024) }),
    success: { status: 200, body: 'bytes' },
  }),
}
