import { z } from 'zod'

import { Can, DisplayName, Id, page, PageQuery, Person, ProjectParams, RoleName, Slug, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const Project = z.object({
  id: Id,
  slug: Slug,
  name: z.string(),
  description: z.string(),
  personal: z.boolean(),
  role: RoleName.describe('Role of the caller'),
  version: z.number().int(),
  createdAt: Time,
  updatedAt: Time,
  createdBy: Person,
  can: Can,
})
export type Project = z.infer<typeof Project>

export const Member = z.object({ person: Person, role: RoleName, since: Time, can: Can })
export type Member = z.infer<typeof Member>

export const Invitation = z.object({
  id: Id,
  role: RoleName,
  createdBy: Person,
  createdAt: Time,
  expiresAt: Time,
  acceptedBy: Person.nullable(),
})
export type Invitation = z.infer<typeof Invitation>

const Description = z.string().trim().max(2000)
const tag = 'Projects'
const read = { who: 'member', action: 'project:read' } as const
const write = { who: 'member', action: 'project:write' } as const
const membersWrite = { who: 'member', action: 'members:write' } as const

export const projects = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects',
    tag,
    summary: 'Projects the caller is a member of',
    access: { who: 'signed-in', scope: 'account:read' },
    query: PageQuery.extend({
      search: z.string().max(100).optional(),
      sort: z.enum(['name', '-created']).default('name'),
    }),
    success: { status: 200, body: page(Project) },
    errors: ['INVALID_CURSOR'],
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/projects',
    tag,
    summary: 'Create a project; the caller becomes its owner',
    access: { who: 'signed-in', scope: 'projects:create' },
    body: z.object({ name: DisplayName, slug: Slug.optional(), description: Description.default('') }),
    success: { status: 201, body: Project },
    errors: ['RESERVED_NAME'],
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}',
    tag,
    summary: 'A project',
    access: read,
    params: ProjectParams,
    success: { status: 200, body: Project },
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/projects/{project}',
    tag,
    summary: 'Rename or describe a project; `If-Match` guards against lost changes',
    access: write,
    params: ProjectParams,
    body: z.object({ name: DisplayName.optional(), description: Description.optional() }),
    success: { status: 200, body: Project },
    errors: ['VERSION_MISMATCH'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}',
    tag,
    summary: 'Delete a project: gone at once for everybody, what it held is stopped and removed in the background',
    access: write,
    params: ProjectParams,
    success: { status: 204 },
  }),
  members: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/members',
    tag,
    summary: 'Members and their roles',
    access: { who: 'member', action: 'members:read' },
    params: ProjectParams,
    success: { status: 200, body: page(Member) },
  }),
  setMember: endpoint({
    method: 'PUT',
    path: '/api/projects/{project}/members/{username}',
    tag,
    summary: 'Add a member or change a role',
    access: membersWrite,
    params: ProjectParams.extend({ username: z.string().max(100) }),
    body: z.object({ role: RoleName }),
    success: { status: 200, body: Member },
    errors: ['LAST_OWNER'],
  }),
  removeMember: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/members/{username}',
    tag,
    summary: 'Remove a member',
    access: membersWrite,
    params: ProjectParams.extend({ username: z.string().max(100) }),
    success: { status: 204 },
    errors: ['LAST_OWNER'],
  }),
  leave: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/leave',
    tag,
    summary: 'Leave a project',
    access: read,
    params: ProjectParams,
    success: { status: 204 },
    errors: ['LAST_OWNER'],
  }),
  invitations: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/invitations',
    tag,
    summary: 'Invitations that can still be accepted, and accepted ones',
    access: membersWrite,
    params: ProjectParams,
    success: { status: 200, body: page(Invitation) },
  }),
  invite: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/invitations',
    tag,
    summary: 'Make a link by which one person may join',
    access: membersWrite,
    params: ProjectParams,
    body: z.object({ role: RoleName, expiresInDays: z.number().int().min(1).max(30).default(7) }),
    success: { status: 201, body: Invitation.extend({ secret: z.string(), url: z.string() }) },
  }),
  withdrawInvitation: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/invitations/{id}',
    tag,
    summary: 'Withdraw an invitation',
    access: membersWrite,
    params: ProjectParams.extend({ id: Id }),
    success: { status: 204 },
  }),
  invitation: endpoint({
    method: 'POST',
    path: '/api/invitations/look',
    tag,
    summary: 'What an invitation link offers',
    access: { who: 'anyone' },
    body: z.object({ secret: z.string().max(200) }),
    success: {
      status: 200,
      body: z.object({ project: z.string(), role: RoleName, invitedBy: z.string(), expiresAt: Time }),
    },
    errors: ['LINK_EXPIRED'],
  }),
  acceptInvitation: endpoint({
    method: 'POST',
    path: '/api/invitations/accept',
    tag,
    summary: 'Join the project of an invitation',
    access: { who: 'signed-in', scope: 'account:write' },
    body: z.object({ secret: z.string().max(200) }),
    success: { status: 200, body: Project },
    errors: ['LINK_EXPIRED'],
  }),
}
