import { z } from 'zod'

import { Id, ProjectParams } from './common.ts'
import { endpoint } from './endpoint.ts'

/** What a workspace can be opened with. */
export const WorkspaceTool = z.object({
  name: z.string().describe('jupyterlab, vscode'),
  title: z.string(),
  state: z
    .enum(['ready', 'missing', 'preparing', 'impossible'])
    .describe('missing: has to be prepared on this machine first; impossible: not here, the detail says why'),
  detail: z.string().describe('For people; empty if there is nothing to say'),
  url: z.string().describe('Opens it: a page that waits, then the tool'),
  operation: Id.nullable().describe('The one that prepares it, while it does'),
})
export type WorkspaceTool = z.infer<typeof WorkspaceTool>

export const workspaceTools = {
  prepare: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/tools/{tool}/prepare',
    tag: 'Workspaces',
    summary: 'Fetch a tool that is missing; running workspaces have it as soon as it is there',
    access: { who: 'member', action: 'workspaces:write' },
    params: ProjectParams.extend({
      workspace: z.string().max(40).describe('Slug of the workspace'),
      tool: z.string().max(40),
    }),
    success: { status: 202, body: WorkspaceTool },
    errors: ['UNSUPPORTED', 'RUNTIME_UNAVAILABLE'],
  }),
}
