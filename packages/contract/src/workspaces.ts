import { z } from 'zod'

import { FilePath } from './files.ts'
import { SecretName } from './secrets.ts'
import { WorkspaceTool } from './workspace-tools.ts'
import { LifeRules, ParameterValues, WorkspaceProfile } from './workspace-profiles.ts'
import { PortName } from './workspace-shares.ts'
import { Can, DisplayName, page, PageQuery, Person, ProjectParams, Slug, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import {
  EnvName,
  LogQuery,
  SecretUse,
  UsageHistory,
  UsageNow,
  UsageNowQuery,
  UsageQuery,
  WorkloadId,
  WorkloadState,
  WorkloadStatus,
} from './workloads.ts'

/** A version of a dataset that is there as a folder to read, at a path of the workspace. */
const DatasetMount = z.object({
  name: FilePath.describe('Name of the dataset'),
  version: z.number().int().min(1),
  path: FilePath.describe('Below the workspace’s folder'),
})

const Repository = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .refine((url) => URL.canParse(url) && new URL(url).password === '', 'must not contain a password; use a secret'),
  branch: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_][\w./-]*$/)
    .optional()
    .describe('The repository’s own if left out'),
  path: FilePath.optional().describe('Folder it is cloned into; named after the repository if left out'),
  userName: z.string().max(200).optional().describe('Author of commits; the own name if left out'),
  email: z
    .string()
    .max(200)
    .regex(/^[^\s@]+@[^\s@]+$/)
    .optional(),
  secret: z
    .object({ name: SecretName, from: z.enum(['project', 'user']).default('user') })
    .optional()
    .describe('Password or token for the address'),
})

const RepositoryState = Repository.extend({
  status: z.enum(['waiting', 'cloning', 'done', 'failed']),
  detail: z.string().describe('Why it failed'),
})

/** What happens next if nobody uses it, and when. Null is never. */
const Life = z.object({
  suspendAfterMinutes: z.number().describe('0: never'),
  stopAfterHours: z.number().describe('0: never'),
  activeAt: Time.describe('When it was last used'),
  busy: z.string().describe('Why it counts as used right now; empty if it does not'),
  suspendedAt: Time.nullable().describe('It holds its memory and does nothing; the next request resumes it'),
  suspendsAt: Time.nullable(),
  stopsAt: Time.nullable(),
  expiresAt: Time.nullable().describe('Then it is stopped, and can be kept for a week'),
  expiredAt: Time.nullable(),
  deletedAt: Time.nullable().describe('When its files go, unless it is kept'),
})

/** A program that somebody started in it, at an address of its own. */
export const WorkspacePort = z.object({
  name: PortName,
  port: z.number().int(),
  url: z.string().describe('Opens it'),
  listening: z.boolean().describe('A program of the workspace answers there'),
})
export type WorkspacePort = z.infer<typeof WorkspacePort>

export const Workspace = z.object({
  id: WorkloadId,
  slug: Slug,
  name: z.string(),
  owner: Person,
  state: WorkloadState,
  url: z.string().describe('Opens it: a page that waits, then the workspace'),
  tools: z.array(WorkspaceTool).describe('What it can be opened with, JupyterLab first'),
  updateAvailable: z.boolean().describe('Its image is another one by now; `update` starts it on that'),
  env: z.record(z.string(), z.string()).describe('Own variables; values are masked'),
  secrets: z.array(SecretUse),
  profile: z.object({ slug: Slug, parameters: ParameterValues }).nullable().describe('What it was made of'),
  datasets: z.array(DatasetMount),
  git: RepositoryState.nullable(),
  life: Life,
  ports: z.array(WorkspacePort),
  createdAt: Time,
  can: Can,
})
export type Workspace = z.infer<typeof Workspace>

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
  }),
})
export type Hardware = z.infer<typeof Hardware>

export const WorkspaceImage = z.object({
  ref: z.string(),
  title: z.string(),
  ready: z.boolean().describe('Its environment is on this machine'),
})
export type WorkspaceImage = z.infer<typeof WorkspaceImage>

const tag = 'Workspaces'
const read = { who: 'member', action: 'workspaces:read' } as const
const write = { who: 'member', action: 'workspaces:write' } as const
const params = ProjectParams.extend({ workspace: z.string().max(40).describe('Slug of the workspace') })
const runtimeErrors = ['RUNTIME_UNAVAILABLE', 'IMAGE_UNKNOWN', 'APPROVAL_NEEDED'] as const

export const workspaces = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces',
    tag,
    summary: 'Workspaces of a project',
    access: read,
    params: ProjectParams,
    query: PageQuery.extend({
      search: z.string().max(100).optional(),
      mine: z.stringbool().default(false),
      status: WorkloadStatus.optional(),
    }),
    success: { status: 200, body: page(Workspace) },
  }),
  options: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspace-options',
    tag,
    summary: 'What a new workspace can be made of',
    access: read,
    params: ProjectParams,
    success: {
      status: 200,
      body: z.object({
        images: z.array(WorkspaceImage),
        profiles: z.array(WorkspaceProfile),
        life: LifeRules.required().describe('What becomes of unused ones unless a profile says otherwise'),
        canSuspend: z.boolean(),
        cpus: z.number(),
        memoryBytes: z.number().int(),
        isolation: z.string(),
        isolationDetail: z.string().describe('What keeps workspaces apart here and what does not, for people'),
        memoryLimit: z.enum(['hard', 'sampled']),
        suggestedName: z.string(),
      }),
    },
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces',
    tag,
    summary: 'Start a new workspace',
    access: write,
    params: ProjectParams,
    body: z.object({
      name: DisplayName.optional(),
      slug: Slug.optional(),
      profile: Slug.optional().describe('The default profile, if there is one, unless an image is named'),
      parameters: ParameterValues.default({}).describe('Of the profile'),
      image: z.string().max(300).optional().describe('Instead of a profile; mllab/workspace if there is none'),
      cpus: z.number().min(0.1).max(1024).optional(),
      memoryGb: z.number().min(0.25).max(4096).optional(),
      env: z.record(EnvName, z.string().max(10_000)).default({}),
      secrets: z.array(SecretUse).max(100).default([]),
      datasets: z
        .array(DatasetMount.extend({ version: z.number().int().min(1).optional().describe('The latest if left out') }))
        .max(20)
        .default([]),
      git: Repository.optional(),
      life: LifeRules.default({}).describe(
        'Instead of those of the profile; only shorter ones than an administrator allows',
      ),
    }),
    success: { status: 201, body: Workspace },
    errors: ['NAME_TAKEN', 'SECRET_UNKNOWN', ...runtimeErrors],
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/workspaces/{workspace}',
    tag,
    summary: 'A workspace',
    access: read,
    params,
    success: { status: 200, body: Workspace },
  }),
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
  cloneAgain: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/workspaces/{workspace}/git/clone',
    tag,
    summary: 'Try to clone its repository again',
    access: write,
    params,
    success: { status: 202, body: Workspace },
    errors: ['NOT_RUNNING', 'CONFLICT'],
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
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/workspaces/{workspace}',
    tag,
    summary: 'Delete it with its files',
    access: write,
    params,
    success: { status: 204 },
  }),
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
