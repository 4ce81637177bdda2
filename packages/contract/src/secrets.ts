import { z } from 'zod'

import { Can, page, Person, ProjectParams, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const SecretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/, 'letters, digits, "_", "." and "-", beginning with a letter or "_"')

/** A value that is kept sealed: it can be replaced and given to workloads by name, and never be read again. */
export const Secret = z.object({
  name: SecretName,
  description: z.string(),
  value: z.literal('********').describe('Always masked'),
  version: z.number().int().describe('Counts the values it had'),
  createdAt: Time,
  updatedAt: Time,
  updatedBy: Person.nullable(),
  lastUsedAt: Time.nullable().describe('When a workload was last started with it'),
  can: Can,
})
export type Secret = z.infer<typeof Secret>

const Body = z.object({
  value: z.string().min(1, 'must not be empty').max(65_536),
  description: z.string().trim().max(500).optional().describe('Stays as it is if left out'),
})

const tag = 'Secrets'
const params = ProjectParams.extend({ name: SecretName })
const ownParams = z.object({ name: SecretName })
const write = { who: 'member', action: 'secrets:write' } as const
const selfRead = { who: 'signed-in', scope: 'account:read' } as const
const selfWrite = { who: 'signed-in', scope: 'account:write' } as const

export const secrets = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/secrets',
    tag,
    summary: 'Secrets of a project, by name; values are never shown',
    access: { who: 'member', action: 'secrets:read' },
    params: ProjectParams,
    success: { status: 200, body: page(Secret) },
  }),
  put: endpoint({
    method: 'PUT',
    path: '/api/projects/{project}/secrets/{name}',
    tag,
    summary: 'Set a secret of a project; what runs with it gets the new value at its next start',
    access: write,
    params,
    body: Body,
    success: { status: 200, body: Secret },
    errors: ['CONFLICT', 'TOO_LARGE'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/secrets/{name}',
    tag,
    summary: 'Delete a secret of a project; what asks for it does not start any more',
    access: write,
    params,
    success: { status: 204 },
  }),
  mine: endpoint({
    method: 'GET',
    path: '/api/me/secrets',
    tag,
    summary: 'Own secrets, by name; they reach own workspaces only',
    access: selfRead,
    success: { status: 200, body: page(Secret) },
  }),
  putMine: endpoint({
    method: 'PUT',
    path: '/api/me/secrets/{name}',
    tag,
    summary: 'Set an own secret',
    access: selfWrite,
    params: ownParams,
    body: Body,
    success: { status: 200, body: Secret },
    errors: ['CONFLICT', 'TOO_LARGE'],
  }),
  removeMine: endpoint({
    method: 'DELETE',
    path: '/api/me/secrets/{name}',
    tag,
    summary: 'Delete an own secret',
    access: selfWrite,
    params: ownParams,
    success: { status: 204 },
  }),
}
