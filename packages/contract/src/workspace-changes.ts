import { z } from 'zod'

import { DisplayName, Slug } from './common.ts'
import { endpoint } from './endpoint.ts'
import { EnvName, SecretUse } from './workloads.ts'
import { ParameterValues } from './workspace-profiles.ts'
import { DatasetMount, ofWorkspace, Workspace } from './workspace.ts'

const { tag, write, params } = ofWorkspace
const success = { status: 200, body: Workspace, etag: true } as const

/** Settings of a workspace that is there already. */
export const workspaceChanges = {
  change: endpoint({
    method: 'PATCH',
    path: '/api/projects/{project}/workspaces/{workspace}',
    tag,
    summary:
      'Change its settings; one that runs goes on as it is until its next start. `If-Match` guards against lost changes',
    access: write,
    params,
    body: z.object({
      name: DisplayName.optional(),
      profile: Slug.optional().describe('Made of another profile, or of the same one as it is now'),
      parameters: ParameterValues.optional().describe(
        'Of the profile, all of them; those left out are as the profile has them',
      ),
      image: z.string().max(300).optional().describe('Instead of a profile'),
      cpus: z.number().min(0.1).max(1024).nullable().optional().describe('Null: no limit'),
      memoryGb: z.number().min(0.25).max(4096).nullable().optional().describe('Null: no limit'),
      env: z
        .record(EnvName, z.string().max(10_000).nullable())
        .optional()
        .describe('Those named; null takes one away, those left out stay'),
      secrets: z.array(SecretUse).max(100).optional().describe('All of them'),
      datasets: z
        .array(DatasetMount.extend({ version: z.number().int().min(1).optional().describe('The latest if left out') }))
        .max(20)
        .optional()
        .describe('All of them'),
    }),
    success,
    errors: ['SECRET_UNKNOWN', 'IMAGE_UNKNOWN', 'IMAGE_FORBIDDEN', 'VERSION_MISMATCH'],
  }),
  discardChanges: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/workspaces/{workspace}/pending',
    tag,
    summary: 'Forget what waits for its next start',
    access: write,
    params,
    success,
  }),
}
