import { z } from 'zod'

import { page, PageQuery, ProjectParams } from './common.ts'
import { endpoint } from './endpoint.ts'
import { WorkloadStatus } from './workloads.ts'
import { workspaceChanges } from './workspace-changes.ts'
import { makingErrors, NewWorkspace } from './workspace-new.ts'
import { workspacePorts } from './workspace-ports.ts'
import { LifeRules, WorkspaceProfile } from './workspace-profiles.ts'
import { workspaceRunning } from './workspace-running.ts'
import { workspaceUsage } from './workspace-usage.ts'
import { ofWorkspace, Workspace } from './workspace.ts'

export const WorkspaceImage = z.object({
  ref: z.string(),
  title: z.string(),
  ready: z.boolean().describe('Its environment is on this machine'),
})
export type WorkspaceImage = z.infer<typeof WorkspaceImage>

const { tag, read, write, params } = ofWorkspace

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
        profiles: z.array(WorkspaceProfile),
        life: LifeRules.required().describe('What becomes of unused ones unless a profile says otherwise'),
        canSuspend: z.boolean(),
        cpus: z.number(),
        memoryBytes: z.number().int(),
        isolation: z.string(),
        isolationDetail: z.string().describe('What keeps workspaces apart here and what does not, for people'),
        memoryLimit: z.enum(['hard', 'sampled']),
        suggestedName: z.string(),
        allowedImages: z.array(z.string()).describe('Which images may be named; * stands for any letters'),
        limits: z.object({
          cpus: z.number().nullable().describe('The most one may ask for'),
          memoryGb: z.number().nullable().describe('The most one may ask for'),
        }),
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
    body: NewWorkspace,
    success: { status: 201, body: Workspace },
    errors: makingErrors,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}',
    tag,
    summary: 'A workspace',
    access: read,
    params,
    success: { status: 200, body: Workspace, etag: true },
  }),
  cloneAgain: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/git/clone',
    tag,
    summary: 'Try to clone its repository again',
    access: write,
    params,
    success: { status: 202, body: Workspace },
    errors: ['NOT_RUNNING', 'CONFLICT'],
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
  ...workspaceChanges,
  ...workspaceRunning,
  ...workspacePorts,
  ...workspaceUsage,
}
