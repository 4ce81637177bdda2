import { z } from 'zod'

import { ProjectParams } from './common.ts'
import { endpoint } from './endpoint.ts'
import { LogQuery, UsageHistory, UsageNow, UsageNowQuery, UsageQuery } from './workloads.ts'
import { ofWorkspace } from './workspace.ts'

/** What the machine it runs on has and does right now, and its own share. Asked for every few seconds by a page that shows it. */
export const Hardware = z.object({
  machine: z
    .object({
      cpus: z.number().int(),
      cpusInUse: z.number(),
      memoryBytes: z.number().int(),
      memoryUsedBytes: z.number().int(),
      diskBytes: z.number().int().describe('Of the disk its files are on'),
      diskFreeBytes: z.number().int(),
      gpus: z.array(
        z.object({
          index: z.number().int(),
          name: z.string(),
          memoryBytes: z.number().int(),
          memoryUsedBytes: z.number().int(),
          load: z.number().nullable().describe('0 to 1; null if the card does not tell'),
        }),
      ),
    })
    .nullable()
    .describe('Null while it does not run or is suspended'),
  workspace: z.object({
    cpusInUse: z.number().nullable(),
    cpuLimit: z.number().nullable(),
    memoryUsedBytes: z.number().int().nullable(),
    memoryLimitBytes: z.number().int().nullable(),
    processes: z.number().int().nullable(),
    filesBytes: z.number().int().nullable().describe('Measured once a minute'),
    filesLimitBytes: z.number().int().nullable().describe('A soft limit: more is a warning'),
  }),
})
export type Hardware = z.infer<typeof Hardware>

const { tag, read, params } = ofWorkspace

/** What it does and needs. */
export const workspaceUsage = {
  logs: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}/logs',
    tag,
    summary: 'Log as text; the header Lab-Log-Offset says where it begins',
    access: read,
    params,
    query: LogQuery,
    success: { status: 200, body: 'bytes' },
  }),
  usage: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}/usage',
    tag,
    summary: 'CPU and memory over time',
    access: read,
    params,
    query: UsageQuery,
    success: { status: 200, body: UsageHistory },
  }),
  hardware: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}/hardware',
    tag,
    summary: 'Processors, memory, disk and graphics cards of its machine and what it uses of them, now',
    access: read,
    params,
    success: { status: 200, body: Hardware },
  }),
  usageOfAll: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspace-usage',
    tag,
    summary: 'CPU and memory of all that run',
    access: read,
    params: ProjectParams,
    query: UsageNowQuery,
    success: { status: 200, body: UsageNow },
  }),
}
