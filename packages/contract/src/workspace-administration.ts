import { z } from 'zod'

import { Can, Id, page, PageQuery, Slug } from './common.ts'
import { endpoint } from './endpoint.ts'
import { WorkloadStatus } from './workloads.ts'
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
