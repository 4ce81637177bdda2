import { z } from 'zod'

import { endpoint } from './endpoint.ts'

/** What people of one kind may make for themselves. */
export const WorkspaceAllowance = z.object({
  kinds: z
    .enum(['named', 'default', 'none'])
    .describe('Any workspace; only the default one in the personal project; only what is handed out'),
  most: z.number().int().min(0).max(1000).describe('How many one may own before making another; 0 for any number'),
})
export type WorkspaceAllowance = z.infer<typeof WorkspaceAllowance>

/** Who may have which workspaces on this instance. */
export const WorkspaceRules = z.object({
  handOut: z.boolean().describe('Administrators may make workspaces for other people'),
  members: WorkspaceAllowance,
  administrators: WorkspaceAllowance,
})
export type WorkspaceRules = z.infer<typeof WorkspaceRules>

const RulesNow = WorkspaceRules.extend({
  source: z.enum(['settings', 'page']).describe('Whether they are those of the server’s settings or were set here'),
})

const tag = 'Workspaces'
const path = '/api/workspace-rules'
const access = { who: 'administrator' } as const

export const workspaceRules = {
  get: endpoint({
    method: 'GET',
    path,
    tag,
    summary: 'Who may have which workspaces',
    access,
    success: { status: 200, body: RulesNow },
  }),
  put: endpoint({
    method: 'PUT',
    path,
    tag,
    summary: 'Say who may have which workspaces, in the place of the settings; those that are there stay',
    access,
    body: WorkspaceRules,
    success: { status: 200, body: RulesNow },
  }),
  reset: endpoint({
    method: 'DELETE',
    path,
    tag,
    summary: 'Have the server’s settings decide again',
    access,
    success: { status: 204 },
  }),
}
