import { z } from 'zod'

import { Can, DisplayName, Id, page, PageQuery, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { scopes } from './permissions.ts'

export const Username = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'letters, digits, dot, underscore and hyphen, 64 at most')
const Password = z.string().min(1).max(1024)

export const Me = z.object({
  id: Id,
  username: z.string(),
  name: z.string(),
  admin: z.boolean(),
  status: z.enum(['active', 'pending', 'disabled']),
  session: z.object({ id: Id, expiresAt: Time }).nullable(),
  can: Can,
})
export type Me = z.infer<typeof Me>

export const SetupFacts = z.object({
  needed: z.boolean(),
  registration: z.boolean().describe('Visitors may register'),
  version: z.string(),
  facts: z.array(
    z.object({
      kind: z.enum(['address', 'runtime', 'storage', 'isolation', 'gpu']),
      level: z.enum(['ok', 'warning', 'absent']),
      title: z.string(),
      detail: z.string(),
    }),
  ),
})

export const Session = z.object({
  id: Id,
  current: z.boolean(),
  createdAt: Time,
  lastSeenAt: Time,
  expiresAt: Time,
  userAgent: z.string(),
  address: z.string(),
})

export const Token = z.object({
  id: Id,
  name: z.string(),
  kind: z.enum(['user', 'project']),
  project: z.string().nullable(),
  scopes: z.array(z.enum(scopes)),
  createdAt: Time,
  expiresAt: Time.nullable(),
  lastUsedAt: Time.nullable(),
})
export type Token = z.infer<typeof Token>

export const User = z.object({
  id: Id,
  username: z.string(),
  name: z.string(),
  admin: z.boolean(),
  status: z.enum(['active', 'pending', 'disabled']),
  createdAt: Time,
  lastLoginAt: Time.nullable(),
})
export type User = z.infer<typeof User>

const tag = 'Accounts'
const self = { who: 'signed-in', scope: 'account:read' } as const
const selfWrite = { who: 'signed-in', scope: 'account:write' } as const
const admin = { who: 'administrator' } as const
const IdParams = z.object({ id: Id })

export const accounts = {
  setupFacts: endpoint({
    method: 'GET',
    path: '/api/setup',
    tag,
    summary: 'Whether this server waits for its first administrator, and what it found out about itself',
    access: { who: 'anyone' },
    success: { status: 200, body: SetupFacts },
  }),
  setup: endpoint({
    method: 'POST',
    path: '/api/setup',
    tag,
    summary: 'Create the first administrator with the one-time secret of the setup link',
    access: { who: 'anyone' },
    body: z.object({
      secret: z.string().max(200),
      username: Username.default('admin'),
      password: Password,
      name: DisplayName.optional(),
    }),
    success: { status: 201, body: Me },
    errors: ['SETUP_DONE', 'WEAK_PASSWORD', 'NOT_FOUND'],
  }),
  login: endpoint({
    method: 'POST',
    path: '/api/auth/login',
    tag,
    summary: 'Sign in with a password; sets the session cookie',
    access: { who: 'anyone' },
    body: z.object({ username: z.string().max(200), password: Password }),
    success: { status: 200, body: Me },
    errors: ['WRONG_CREDENTIALS', 'ACCOUNT_PENDING', 'ACCOUNT_DISABLED', 'TOO_MANY_REQUESTS'],
  }),
  register: endpoint({
    method: 'POST',
    path: '/api/auth/register',
    tag,
    summary: "Register an account of one's own, where that is allowed",
    access: { who: 'anyone' },
    body: z.object({
      username: Username,
      password: Password,
      name: DisplayName.optional(),
      invitation: z.string().max(200).optional(),
    }),
    success: { status: 201, body: Me },
    errors: [
      'REGISTRATION_CLOSED',
      'NAME_TAKEN',
      'WEAK_PASSWORD',
      'RESERVED_NAME',
      'LINK_EXPIRED',
      'TOO_MANY_REQUESTS',
    ],
  }),
  logout: endpoint({
    method: 'POST',
    path: '/api/auth/logout',
    tag,
    summary: 'End the current session',
    access: selfWrite,
    success: { status: 204 },
  }),
  me: endpoint({
    method: 'GET',
    path: '/api/me',
    tag,
    summary: 'Who am I',
    access: self,
    success: { status: 200, body: Me },
  }),
  updateMe: endpoint({
    method: 'PATCH',
    path: '/api/me',
    tag,
    summary: 'Change the own display name',
    access: selfWrite,
    body: z.object({ name: DisplayName }),
    success: { status: 200, body: Me },
  }),
  changePassword: endpoint({
    method: 'POST',
    path: '/api/me/password',
    tag,
    summary: 'Change the own password; ends all other sessions',
    access: selfWrite,
    body: z.object({ current: Password, next: Password }),
    success: { status: 204 },
    errors: ['WRONG_CREDENTIALS', 'WEAK_PASSWORD', 'TOO_MANY_REQUESTS'],
  }),
  sessions: endpoint({
    method: 'GET',
    path: '/api/me/sessions',
    tag,
    summary: 'Open sessions of the caller',
    access: self,
    success: { status: 200, body: page(Session) },
  }),
  endSession: endpoint({
    method: 'DELETE',
    path: '/api/me/sessions/{id}',
    tag,
    summary: 'End a session of the caller',
    access: selfWrite,
    params: IdParams,
    success: { status: 204 },
  }),
  createToken: endpoint({
    method: 'POST',
    path: '/api/tokens',
    tag,
    summary: 'Make a token for oneself or for a project; the secret is shown once',
    access: selfWrite,
    body: z.object({
      name: DisplayName,
      project: z.string().max(40).optional(),
      scopes: z.array(z.enum(scopes)).min(1).optional(),
      expiresAt: Time.nullable().optional().describe('Absent: in 90 days; null: never'),
    }),
    success: { status: 201, body: Token.extend({ secret: z.string() }) },
    errors: ['NOT_FOUND', 'FORBIDDEN'],
  }),
  tokens: endpoint({
    method: 'GET',
    path: '/api/tokens',
    tag,
    summary: 'Tokens of the caller, and those of projects the caller owns',
    access: self,
    query: PageQuery.extend({ project: z.string().max(40).optional() }),
    success: { status: 200, body: page(Token) },
  }),
  revokeToken: endpoint({
    method: 'DELETE',
    path: '/api/tokens/{id}',
    tag,
    summary: 'Revoke a token; it is refused within half a second',
    access: selfWrite,
    params: IdParams,
    success: { status: 204 },
  }),
  users: endpoint({
    method: 'GET',
    path: '/api/users',
    tag,
    summary: 'All accounts',
    access: admin,
    query: PageQuery.extend({ search: z.string().max(100).optional() }),
    success: { status: 200, body: page(User) },
  }),
  createUser: endpoint({
    method: 'POST',
    path: '/api/users',
    tag,
    summary: 'Create an account',
    access: admin,
    body: z.object({
      username: Username,
      password: Password,
      name: DisplayName.optional(),
      admin: z.boolean().default(false),
    }),
    success: { status: 201, body: User },
    errors: ['NAME_TAKEN', 'WEAK_PASSWORD'],
  }),
  removeUser: endpoint({
    method: 'DELETE',
    path: '/api/users/{id}',
    tag,
    summary: 'Delete an account with its personal project, workspaces, own secrets, tokens and sessions',
    access: admin,
    params: IdParams,
    success: { status: 204 },
    errors: ['CONFLICT', 'LAST_OWNER'],
  }),
  updateUser: endpoint({
    method: 'PATCH',
    path: '/api/users/{id}',
    tag,
    summary: 'Approve, disable, promote or rename an account, or set its password',
    access: admin,
    params: IdParams,
    body: z.object({
      status: z.enum(['active', 'disabled']).optional(),
      admin: z.boolean().optional(),
      name: DisplayName.optional(),
      password: Password.optional(),
    }),
    success: { status: 200, body: User },
    errors: ['CONFLICT', 'WEAK_PASSWORD'],
  }),
}
