import { z } from 'zod'

import { Slug } from './common.ts'
import { endpoint } from './endpoint.ts'
import { Project } from './projects.ts'
import { makingErrors, NewWorkspace } from './workspace-new.ts'
import { WorkspaceAllowance } from './workspace-rules.ts'
import { Workspace } from './workspace.ts'

const tag = 'Personal'
const read = { who: 'signed-in', scope: 'account:read' } as const
const make = { who: 'signed-in', scope: 'projects:create' } as const

/** What every account can have one of: a project of its own, and in it a default workspace. Both are made when they are first needed. */
export const personal = {
  project: endpoint({
    method: 'POST',
    path: '/api/me/personal-project',
    tag,
    summary: 'The personal project of the caller, made at first need',
    access: make,
    success: { status: 200, body: Project },
  }),
  workspace: endpoint({
    method: 'GET',
    path: '/api/me/workspace',
    tag,
    summary: 'The default workspace of the caller, and what workspaces the caller may make',
    access: read,
    success: {
      status: 200,
      body: z.object({
        project: Slug.nullable().describe('The personal project; null if there is none yet'),
        workspace: Workspace.nullable().describe('Null if there is none yet'),
        allowance: WorkspaceAllowance,
        owned: z.number().int().describe('How many the caller owns now'),
      }),
    },
  }),
  openWorkspace: endpoint({
    method: 'POST',
    path: '/api/me/workspace',
    tag,
    summary: 'Start the default workspace of the caller; it and the personal project are made at first need',
    access: make,
    body: NewWorkspace.pick({ profile: true, parameters: true, image: true, cpus: true, memoryGb: true }).describe(
      'What it is made of, if it is not there yet',
    ),
    success: { status: 200, body: z.object({ project: Slug, workspace: Workspace }) },
    errors: makingErrors,
  }),
}
