import { z } from 'zod'

import { DisplayName, page, PageQuery, ProjectParams, Slug } from './common.ts'
import { endpoint } from './endpoint.ts'
import { ModelName } from './models.ts'
import { serviceChanges } from './service-changes.ts'
import { NewServiceCode } from './service-code.ts'
import { ofService, Service } from './service.ts'
import {
  EnvName,
  LogQuery,
  SecretUse,
  UsageHistory,
  UsageNow,
  UsageNowQuery,
  UsageQuery,
  WorkloadStatus,
} from './workloads.ts'

const { tag, read, write, params, runtimeErrors } = ofService

export const services = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/services',
    tag,
    summary: 'Services of a project',
    access: read,
    params: ProjectParams,
    query: PageQuery.extend({ search: z.string().max(100).optional(), status: WorkloadStatus.optional() }),
    success: { status: 200, body: page(Service) },
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/services',
    tag,
    summary: 'Deploy a registered model, code, or an image',
    access: write,
    params: ProjectParams,
    body: z.object({
      name: DisplayName.optional(),
      slug: Slug.optional(),
      model: z
        .object({ name: ModelName, version: z.number().int().min(1).optional(), alias: z.string().max(100).optional() })
        .optional(),
      image: z.string().max(300).optional(),
      code: NewServiceCode.optional().describe(
        'Runs in `image` if one is named, else in mllab/workspace. The same as an image with `EXECUTE_CODE`',
      ),
      memoryGb: z.number().min(0.125).max(4096).optional(),
      env: z.record(EnvName, z.string().max(10_000)).default({}),
      secrets: z.array(SecretUse).max(100).default([]).describe('Of the project'),
    }),
    success: { status: 201, body: Service },
    errors: ['NAME_TAKEN', 'NOT_FOUND', 'IMAGE_WITHOUT_PORT', ...runtimeErrors],
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/services/{service}',
    tag,
    summary: 'A service',
    access: read,
    params,
    success: { status: 200, body: Service, etag: true },
  }),
  start: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/services/{service}/start',
    tag,
    summary: 'Start it again',
    access: write,
    params,
    success: { status: 202, body: Service },
    errors: runtimeErrors,
  }),
  restart: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/services/{service}/restart',
    tag,
    summary: 'Stop it if it runs and start it again; one that is starting goes on',
    access: write,
    params,
    success: { status: 202, body: Service },
    errors: runtimeErrors,
  }),
  update: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/services/{service}/update',
    tag,
    summary: 'Start it on what its image and its code are now; until then a restart uses what the first start found',
    access: write,
    params,
    success: { status: 202, body: Service },
    errors: runtimeErrors,
  }),
  stop: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/services/{service}/stop',
    tag,
    summary: 'Stop it',
    access: write,
    params,
    success: { status: 202, body: Service },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/services/{service}',
    tag,
    summary: 'Delete it',
    access: write,
    params,
    success: { status: 204 },
  }),
  logs: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/services/{service}/logs',
    tag,
    summary: 'Log as text; the header Lab-Log-Offset says where it begins',
    access: read,
    params,
    query: LogQuery,
    success: { status: 200, body: 'bytes' },
  }),
  tryIt: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/services/{service}/try',
    tag,
    summary: 'Send one request to it and see the answer',
    access: { who: 'member', action: 'services:call' },
    params,
    body: z.object({
      method: z.enum(['GET', 'POST']).default('POST'),
      path: z.string().startsWith('/').max(2000).default('/invocations'),
      body: z.string().max(1_000_000).optional(),
      port: z.string().max(40).optional(),
    }),
    success: {
      status: 200,
      body: z.object({
        status: z.number().int(),
        tookMs: z.number(),
        contentType: z.string().nullable(),
        body: z.string(),
        truncated: z.boolean(),
      }),
    },
    errors: ['NOT_RUNNING'],
  }),
  usage: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/services/{service}/usage',
    tag,
    summary: 'CPU and memory over time',
    access: read,
    params,
    query: UsageQuery,
    success: { status: 200, body: UsageHistory },
  }),
  usageOfAll: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/service-usage',
    tag,
    summary: 'CPU and memory of all that run',
    access: read,
    params: ProjectParams,
    query: UsageNowQuery,
    success: { status: 200, body: UsageNow },
  }),
  ...serviceChanges,
}
