import { z } from 'zod'

import { Can, Id, page, Person, ProjectParams, Slug, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { WorkloadStatus } from './workloads.ts'

export const PortName = z.string().regex(/^[a-z][a-z0-9-]{0,15}$/, 'small letters, digits and hyphens')

/** Whom the owner of a workspace lets in. A link is a share with whoever has it; who used it is listed apart. */
export const WorkspaceShare = z.object({
  id: Id,
  kind: z.enum(['person', 'link']),
  person: Person.nullable().describe('Null for a link'),
  link: Id.nullable().describe('The link by which the person came'),
  port: PortName.nullable().describe('Only this named port; null: the whole workspace'),
  createdAt: Time,
  expiresAt: Time.nullable(),
  can: Can,
})
export type WorkspaceShare = z.infer<typeof WorkspaceShare>

/** A workspace of somebody else, as the person sees it with whom it is shared. */
export const SharedWorkspace = z.object({
  id: Id,
  name: z.string(),
  project: Slug,
  owner: Person,
  status: WorkloadStatus,
  port: PortName.nullable(),
  url: z.string().describe('Opens it'),
  expiresAt: Time.nullable(),
})
export type SharedWorkspace = z.infer<typeof SharedWorkspace>

const tag = 'Workspaces'
const params = ProjectParams.extend({ workspace: z.string().max(40).describe('Slug of the workspace') })
const write = { who: 'member', action: 'workspaces:write' } as const
const selfWrite = { who: 'signed-in', scope: 'account:write' } as const
const Secret = z.object({ secret: z.string().max(200) })

export const workspaceShares = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}/shares',
    tag,
    summary: 'Who is let in besides the owner; for the owner',
    access: write,
    params,
    success: { status: 200, body: page(WorkspaceShare) },
  }),
  add: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/shares',
    tag,
    summary: 'Let a member of the project in; in a personal project anybody with an account',
    access: write,
    params,
    body: z.object({
      username: z.string().min(1).max(100),
      port: PortName.optional().describe('Only this named port'),
      hours: z.number().positive().max(8760).optional().describe('For ever if left out'),
    }),
    success: { status: 201, body: WorkspaceShare },
    errors: ['NAME_TAKEN', 'TOO_LARGE'],
  }),
  addLink: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/share-links',
    tag,
    summary: 'Make a link by which people let themselves in, for a time',
    access: write,
    params,
    body: z.object({ port: PortName.optional(), hours: z.number().positive().max(720).default(24) }),
    success: { status: 201, body: WorkspaceShare.extend({ secret: z.string(), url: z.string() }) },
    errors: ['TOO_LARGE'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/workspaces/{workspace}/shares/{id}',
    tag,
    summary: 'Let somebody in no more, or nobody any more by a link; what is open is cut within half a second',
    access: write,
    params: params.extend({ id: Id }),
    success: { status: 204 },
  }),
  withMe: endpoint({
    method: 'GET',
    path: '/api/me/shared-workspaces',
    tag,
    summary: 'Workspaces of others that are shared with the caller',
    access: { who: 'signed-in', scope: 'account:read' },
    success: { status: 200, body: page(SharedWorkspace) },
  }),
  look: endpoint({
    method: 'POST',
    path: '/api/workspace-links/look',
    tag,
    summary: 'What a link to a workspace offers',
    access: { who: 'anyone' },
    body: Secret,
    success: { status: 200, body: z.object({ workspace: z.string(), owner: z.string(), expiresAt: Time }) },
    errors: ['LINK_EXPIRED'],
  }),
  accept: endpoint({
    method: 'POST',
    path: '/api/workspace-links/accept',
    tag,
    summary: 'Let oneself in by a link',
    access: selfWrite,
    body: Secret,
    success: { status: 200, body: SharedWorkspace },
    errors: ['LINK_EXPIRED'],
  }),
}
