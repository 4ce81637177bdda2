import { z } from 'zod'

import { Can, Id, page, PageQuery, Slug } from './common.ts'
import { endpoint } from './endpoint.ts'
import { WorkloadStatus } from './workloads.ts'
import { HandedWorkspace, makingErrors } from './workspace-new.ts'
import { Workspace } from './workspace.ts'

/** A workspace as administrators see it: whose it is, what it uses and how long it lives, and nothing of what is in it. */
export const AdministeredWorkspace = Workspace.pick({
  id: true,
  slug: true,
  name: true,
  owner: true,
  state: true,
  life: true,
  createdAt: true,
}).extend({ project: Slug, can: Can })
export type AdministeredWorkspace = z.infer<typeof AdministeredWorkspace>

const tag = 'Workspaces'
const administrator = { who: 'administrator' } as const

export const workspaceAdministration = {
  list: endpoint({
    method: 'GET',
    path: '/api/workspaces',
    tag,
    summary: 'Workspaces of all projects, newest first',
    access: administrator,
    query: PageQuery.extend({ search: z.string().max(100).optional(), status: WorkloadStatus.optional() }),
    success: { status: 200, body: page(AdministeredWorkspace) },
    errors: ['INVALID_CURSOR'],
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/workspaces',
    tag,
    summary: 'Start a workspace for a person, who may never have logged in',
    access: administrator,
    body: HandedWorkspace.extend({
      username: z.string().min(1).max(100).describe('Whose it will be; it lies in their personal project'),
    }).describe('Without a name it is their default workspace'),
    success: { status: 201, body: AdministeredWorkspace },
    errors: makingErrors,
  }),
  start: endpoint({
    method: 'POST',
    path: '/api/workspaces/{id}/start',
    tag,
    summary: 'Start a workspace of any project for its owner',
    access: administrator,
    params: z.object({ id: Id }),
    success: { status: 202, body: AdministeredWorkspace },
    errors: makingErrors,
  }),
  stop: endpoint({
    method: 'POST',
    path: '/api/workspaces/{id}/stop',
    tag,
    summary: 'Stop a workspace of any project; files stay',
    access: administrator,
    params: z.object({ id: Id }),
    success: { status: 202, body: AdministeredWorkspace },
  }),
}
