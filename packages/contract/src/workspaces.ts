import { z } from 'zod'

import { Can, DisplayName, page, PageQuery, Person, ProjectParams, Slug, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import {
  EnvName,
  LogQuery,
  SecretUse,
  UsageHistory,
  UsageNow,
  UsageNowQuery,
  UsageQuery,
  WorkloadId,
  WorkloadState,
  WorkloadStatus,
} from './workloads.ts'

export const Workspace = z.object({
  id: WorkloadId,
  slug: Slug,
  name: z.string(),
  owner: Person,
  state: WorkloadState,
  url: z.string().describe('Opens it: a page that waits, then the workspace'),
  env: z.record(z.string(), z.string()).describe('Own variables; values are masked'),
  secrets: z.array(SecretUse),
  createdAt: Time,
  can: Can,
})
export type Workspace = z.infer<typeof Workspace>

export const WorkspaceImage = z.object({
  ref: z.string(),
  title: z.string(),
  ready: z.boolean().describe('Its environment is on this machine'),
})

const tag = 'Workspaces'
const read = { who: 'member', action: 'workspaces:read' } as const
const write = { who: 'member', action: 'workspaces:write' } as const
const params = ProjectParams.extend({ workspace: z.string().max(40).describe('Slug of the workspace') })
const runtimeErrors = ['RUNTIME_UNAVAILABLE', 'IMAGE_UNKNOWN', 'APPROVAL_NEEDED'] as const

export const workspaces = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces',
    tag,
    summary: 'Workspaces of a project',
    access: read,
    params: ProjectParams,
    query: PageQuery.extend({
      search: z.string().max(100).optional(),
      mine: z.stringbool().default(false),
      status: WorkloadStatus.optional(),
    }),
    success: { status: 200, body: page(Workspace) },
  }),
  options: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspace-options',
    tag,
    summary: 'What a new workspace can be made of',
    access: read,
    params: ProjectParams,
    success: {
      status: 200,
      body: z.object({
        images: z.array(WorkspaceImage),
        cpus: z.number(),
        memoryBytes: z.number().int(),
        isolation: z.string(),
        memoryLimit: z.enum(['hard', 'sampled']),
        suggestedName: z.string(),
      }),
    },
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces',
    tag,
    summary: 'Start a new workspace',
    access: write,
    params: ProjectParams,
    body: z.object({
      name: DisplayName.optional(),
      slug: Slug.optional(),
      image: z.string().max(300).default('mllab/workspace'),
      memoryGb: z.number().min(0.25).max(4096).optional(),
      env: z.record(EnvName, z.string().max(10_000)).default({}),
      secrets: z.array(SecretUse).max(100).default([]),
    }),
    success: { status: 201, body: Workspace },
    errors: ['NAME_TAKEN', 'SECRET_UNKNOWN', ...runtimeErrors],
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}',
    tag,
    summary: 'A workspace',
    access: read,
    params,
    success: { status: 200, body: Workspace },
  }),
  start: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/start',
    tag,
    summary: 'Start it again; its files are as they were',
    access: write,
    params,
    success: { status: 202, body: Workspace },
    errors: runtimeErrors,
  }),
  stop: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/stop',
    tag,
    summary: 'Stop it, or cancel its start; files stay',
    access: write,
    params,
    success: { status: 202, body: Workspace },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/workspaces/{workspace}',
    tag,
    summary: 'Delete it with its files',
    access: write,
    params,
    success: { status: 204 },
  }),
  logs: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}/logs',
    tag,
    summary: 'Log as text; the header Lab-Log-Offset says where it begins',
    access: read,
    params,
    query: LogQuery,
    success: { status: 200, body: 'bytes' },
  }),
  usage: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}/usage',
    tag,
    summary: 'CPU and memory over time',
    access: read,
    params,
    query: UsageQuery,
    success: { status: 200, body: UsageHistory },
  }),
  usageOfAll: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspace-usage',
    tag,
    summary: 'CPU and memory of all that run',
    access: read,
    params: ProjectParams,
    query: UsageNowQuery,
    success: { status: 200, body: UsageNow },
  }),
}
