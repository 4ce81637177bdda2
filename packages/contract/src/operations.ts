import { z } from 'zod'

import { Can, Id, page, PageQuery, Person, ProjectParams, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const OperationStep = z.object({
  name: z.string(),
  detail: z.string(),
  status: z.enum(['waiting', 'running', 'done', 'failed', 'skipped']),
  startedAt: Time.nullable(),
  finishedAt: Time.nullable(),
})

/** Long work: uploads, environments, deletions. Survives leaving the page and a restart of the server. */
export const Operation = z.object({
  id: Id,
  kind: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  status: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  steps: z.array(OperationStep),
  done: z.number(),
  total: z.number(),
  unit: z.string(),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  startedBy: Person.nullable(),
  createdAt: Time,
  updatedAt: Time,
  finishedAt: Time.nullable(),
  can: Can,
})
export type Operation = z.infer<typeof Operation>

const tag = 'Operations'
const params = ProjectParams.extend({ id: Id })

export const operations = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/operations',
    tag,
    summary: 'Long work of a project, newest first',
    access: { who: 'member', action: 'project:read' },
    params: ProjectParams,
    query: PageQuery.extend({ status: z.enum(['open', 'ended']).optional() }),
    success: { status: 200, body: page(Operation) },
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/operations/{id}',
    tag,
    summary: 'One piece of long work',
    access: { who: 'member', action: 'project:read' },
    params,
    success: { status: 200, body: Operation },
  }),
  cancel: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/operations/{id}/cancel',
    tag,
    summary: 'Ask it to stop',
    access: { who: 'member', action: 'project:read' },
    params,
    success: { status: 202, body: Operation },
  }),
}
