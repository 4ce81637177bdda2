import { z } from 'zod'

import { Can, DisplayName, Id, page, Person, ProjectParams, Slug, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { makingErrors } from './workspace-new.ts'
import { Operation } from './operations.ts'
import { Workspace } from './workspace.ts'

/** The files of a workspace as they were once. */
export const WorkspaceSnapshot = z.object({
  id: Id,
  name: z.string(),
  status: z.enum(['taking', 'ready', 'failed']),
  detail: z.string().describe('Why it failed'),
  sizeBytes: z.number().int().nullable(),
  operation: Id.nullable().describe('By which it is taken'),
  createdBy: Person.nullable(),
  createdAt: Time,
  can: Can,
})
export type WorkspaceSnapshot = z.infer<typeof WorkspaceSnapshot>

const tag = 'Workspaces'
const params = ProjectParams.extend({ workspace: z.string().max(40).describe('Slug of the workspace') })
const read = { who: 'member', action: 'workspaces:read' } as const
const write = { who: 'member', action: 'workspaces:write' } as const

export const workspaceSnapshots = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}/snapshots',
    tag,
    summary: 'Snapshots of its files, newest first',
    access: read,
    params,
    success: { status: 200, body: page(WorkspaceSnapshot) },
  }),
  take: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/snapshots',
    tag,
    summary: 'Take a snapshot of its files; what is being written meanwhile may be in it or not',
    access: write,
    params,
    body: z.object({ name: DisplayName.optional() }),
    success: { status: 202, body: WorkspaceSnapshot },
    errors: ['CONFLICT', 'TOO_LARGE'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/workspaces/{workspace}/snapshots/{id}',
    tag,
    summary: 'Delete a snapshot',
    access: write,
    params: params.extend({ id: Id }),
    success: { status: 204 },
    errors: ['CONFLICT'],
  }),
  restore: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/snapshots/{id}/restore',
    tag,
    summary: 'Put its files back as they were; it has to be stopped',
    access: write,
    params: params.extend({ id: Id }),
    success: { status: 202, body: Operation },
    errors: ['CONFLICT'],
  }),
  copy: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/copy',
    tag,
    summary: 'Start another workspace with the same files and settings, or those of a snapshot',
    access: write,
    params,
    body: z.object({ name: DisplayName.optional(), slug: Slug.optional(), snapshot: Id.optional() }),
    success: { status: 201, body: Workspace },
    errors: ['CONFLICT', ...makingErrors],
  }),
}
