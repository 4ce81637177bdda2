import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { ofWorkspace, Workspace } from './workspace.ts'

const { tag, write, params, runtimeErrors } = ofWorkspace

/** Whether it runs, rests or waits. */
export const workspaceRunning = {
  start: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/start',
    tag,
    summary: 'Start it again; its files are as they were',
    access: write,
    params,
    success: { status: 202, body: Workspace },
    errors: runtimeErrors,
  }),
  restart: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/restart',
    tag,
    summary: 'Stop it if it runs and start it with its settings as they are now; one that is starting goes on',
    access: write,
    params,
    success: { status: 202, body: Workspace },
    errors: runtimeErrors,
  }),
  update: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/update',
    tag,
    summary: 'Start it on what its image is now; until then a restart uses what the first start found',
    access: write,
    params,
    success: { status: 202, body: Workspace },
    errors: runtimeErrors,
  }),
  stop: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/stop',
    tag,
    summary: 'Stop it, or cancel its start; files stay',
    access: write,
    params,
    success: { status: 202, body: Workspace },
  }),
  suspend: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/suspend',
    tag,
    summary: 'Let it hold its memory and do nothing until it is used again',
    access: write,
    params,
    success: { status: 200, body: Workspace },
    errors: ['NOT_RUNNING', 'UNSUPPORTED'],
  }),
  resume: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/resume',
    tag,
    summary: 'Let it go on; opening it does the same',
    access: write,
    params,
    success: { status: 200, body: Workspace },
    errors: ['NOT_RUNNING'],
  }),
  keep: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/keep',
    tag,
    summary: 'Let it run on unused for some hours, give it more days to live, or bring back one that has expired',
    access: write,
    params,
    body: z.object({
      hours: z.number().min(0).max(720).default(0).describe('Not suspended or stopped before they are over'),
      days: z.number().min(0).max(3650).default(0).describe('From now on, or added to what is left'),
    }),
    success: { status: 200, body: Workspace },
  }),
}
