import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { PortName } from './workspace-shares.ts'
import { ofWorkspace, WorkspacePort } from './workspace.ts'

const { tag, write, params } = ofWorkspace

/** Addresses of programs that run in it. */
export const workspacePorts = {
  openPort: endpoint({
    method: 'PUT',
    path: '/api/projects/{project}/workspaces/{workspace}/ports/{name}',
    tag,
    summary: 'Give a program that runs in it an address, by the port it listens on',
    access: write,
    params: params.extend({ name: PortName }),
    body: z.object({ port: z.number().int().min(1024).max(65_535) }),
    success: { status: 200, body: WorkspacePort },
    errors: ['NAME_TAKEN', 'RESERVED_NAME', 'TOO_LARGE'],
  }),
  closePort: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/workspaces/{workspace}/ports/{name}',
    tag,
    summary: 'Take the address of a port back',
    access: write,
    params: params.extend({ name: PortName }),
    success: { status: 204 },
  }),
}
