import { z } from 'zod'

import { Id, page, PageQuery, Person, ProjectParams, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

/** What happened in a project. Types read `subject.verb`: `project.created`, `file.uploaded`. */
export const LabEvent = z.object({
  seq: z.number().int(),
  id: Id,
  type: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  actor: Person.nullable(),
  at: Time,
  payload: z.record(z.string(), z.unknown()),
})
export type LabEvent = z.infer<typeof LabEvent>

export const events = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/events',
    tag: 'Events',
    summary: 'What happened in a project, newest first',
    access: { who: 'member', action: 'project:read' },
    params: ProjectParams,
    query: PageQuery,
    success: { status: 200, body: page(LabEvent) },
  }),
}

/** Messages of `/api/live`. Only names of what changed travel; the client fetches what it shows. */
export const LiveFromServer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), seq: z.number().int() }),
  z.object({
    type: z.literal('change'),
    seq: z.number().int(),
    project: z.string().nullable(),
    topic: z.string(),
    id: z.string(),
  }),
  z.object({ type: z.literal('resync'), seq: z.number().int() }),
  z.object({ type: z.literal('bye'), reason: z.enum(['signed-out', 'restart']) }),
])
export type LiveFromServer = z.infer<typeof LiveFromServer>

export const LiveFromClient = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resume'), seq: z.number().int() }),
  z.object({ type: z.literal('ping') }),
])
export type LiveFromClient = z.infer<typeof LiveFromClient>
