import { z } from 'zod'

import { Can, Person, ProjectParams, Slug, Time } from './common.ts'
import { FilePath } from './files.ts'
import { SecretName } from './secrets.ts'
import { SecretUse, WorkloadId, WorkloadState } from './workloads.ts'
import { ParameterValues } from './workspace-profiles.ts'
import { PortName } from './workspace-shares.ts'
import { WorkspaceTool } from './workspace-tools.ts'

/** A version of a dataset that is there as a folder to read, at a path of the workspace. */
export const DatasetMount = z.object({
  name: FilePath.describe('Name of the dataset'),
  version: z.number().int().min(1),
  path: FilePath.describe('Below the workspace’s folder'),
})

export const Repository = z
  .object({
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
  .refine(({ url, secret }) => secret !== undefined || !URL.canParse(url) || new URL(url).username === '', {
    path: ['url'],
    // Many hosts take a token in its place, and an address is shown.
    message: 'must not contain a user name without a secret; if it is a token, make it a secret',
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

/** What it may use of its machine; null is as much as there is. */
const Limits = z.object({ cpus: z.number().nullable(), memoryGb: z.number().nullable() })

/** What can be changed after it was made. */
const settings = {
  env: z.record(z.string(), z.string()).describe('Own variables; values are masked'),
  secrets: z.array(SecretUse),
  profile: z.object({ slug: Slug, parameters: ParameterValues }).nullable().describe('What it is made of'),
  limits: Limits,
  datasets: z.array(DatasetMount),
}

/** What its next start makes of it, as far as that is something else than what runs. */
const PendingChange = z.object({
  image: z.string(),
  ...settings,
  changed: z.array(z.string()).describe('`image`, `profile`, `cpus`, `memoryGb`, `env.NAME`, `secrets`, `datasets`'),
})

export const Workspace = z.object({
  id: WorkloadId,
  slug: Slug,
  name: z.string(),
  owner: Person,
  state: WorkloadState,
  url: z.string().describe('Opens it: a page that waits, then the workspace'),
  tools: z.array(WorkspaceTool).describe('What it can be opened with, JupyterLab first'),
  updateAvailable: z.boolean().describe('Its image is another one by now; `update` starts it on that'),
  ...settings,
  pending: PendingChange.nullable().describe('Null if a restart would change nothing'),
  version: z.number().int().describe('Counts changes of its settings; send it as `If-Match`'),
  git: RepositoryState.nullable(),
  life: Life,
  ports: z.array(WorkspacePort),
  createdAt: Time,
  can: Can,
})
export type Workspace = z.infer<typeof Workspace>

/** What endpoints of one workspace share. */
export const ofWorkspace = {
  tag: 'Workspaces',
  read: { who: 'member', action: 'workspaces:read' },
  write: { who: 'member', action: 'workspaces:write' },
  params: ProjectParams.extend({ workspace: z.string().max(40).describe('Slug of the workspace') }),
  runtimeErrors: ['RUNTIME_UNAVAILABLE', 'IMAGE_UNKNOWN', 'APPROVAL_NEEDED'],
} as const
