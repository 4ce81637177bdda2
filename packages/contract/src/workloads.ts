import { z } from 'zod'

import { Id, Time } from './common.ts'
import { SecretName } from './secrets.ts'

/** Six words, everywhere. `failed` always says why. */
export const workloadStatuses = ['starting', 'running', 'unhealthy', 'stopping', 'stopped', 'failed'] as const
export const WorkloadStatus = z.enum(workloadStatuses)
export type WorkloadStatus = z.infer<typeof WorkloadStatus>

/**
 * What a workload can want more of than there is for it. As a reason it ended for that; as a notice it was held back and goes on.
 */
export const shortages = [
  'oom',
  'too-many-processes',
  'open-files',
  'disk-full',
  'port-taken',
  'too-many-ports',
  'log-flood',
] as const

/** Why a workload is as it is, with a sentence and the last lines of the log. */
export const WorkloadReason = z.object({
  code: z
    .string()
    .describe(
      `exit, killed, lost, start-failed, health, administrator; a step of the start that failed; or what it wanted too much of: ${shortages.join(', ')}`,
    ),
  detail: z.string(),
  exitCode: z.number().int().nullable(),
  lastLines: z.array(z.string()),
})

/** It runs, and something about it has to be known. */
export const WorkloadNotice = z.object({
  code: z.string().describe(`restarted, or what it is held back from: ${shortages.join(', ')}`),
  detail: z.string().describe('A whole sentence, with the figure'),
})
export type WorkloadNotice = z.infer<typeof WorkloadNotice>

/** What a start went through; the page of a starting workload shows it. */
export const StartStep = z.object({
  name: z
    .enum(['place', 'volume', 'image', 'process', 'fetch', 'install', 'ready'])
    .describe('`fetch` and `install` belong to services from code'),
  status: z.enum(['waiting', 'running', 'done', 'failed']),
  detail: z.string(),
  startedAt: Time.nullable(),
  finishedAt: Time.nullable(),
  progress: z.object({ done: z.number(), total: z.number(), unit: z.string() }).nullable(),
})

export const EnvName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'letters, digits and underscore, not beginning with an underscore')

/** A secret as a workload gets it: in a variable, or as a file below the folder that `LAB_SECRETS` names. */
export const SecretUse = z
  .object({
    name: SecretName,
    from: z.enum(['project', 'user']).default('project').describe('An own secret reaches own workspaces only'),
    env: EnvName.optional().describe('Name of the variable; the name of the secret if neither is given'),
    file: SecretName.optional().describe('Name of the file'),
  })
  .refine(({ env, file }) => env === undefined || file === undefined, 'is a variable or a file, one of them')
export type SecretUse = z.infer<typeof SecretUse>

export const WorkloadState = z.object({
  status: WorkloadStatus,
  since: Time,
  reason: WorkloadReason.nullable(),
  notices: z
    .array(WorkloadNotice)
    .describe('Of one that runs: what it was held back from, and that it was started again'),
  steps: z.array(StartStep).describe('Of the last start'),
  generation: z.number().int(),
  image: z.string(),
  cpu: z.number().nullable().describe('Cores in use; null while unknown'),
  memoryBytes: z.number().int().nullable(),
  startedAt: Time.nullable(),
  restartFor: z.array(z.string()).describe('Secrets that were changed since it was started: restart to apply'),
})
export type WorkloadState = z.infer<typeof WorkloadState>

export const LogQuery = z.object({
  from: z.coerce.number().int().default(-65_536).describe('Byte offset; negative: that many bytes before the end'),
  follow: z.stringbool().default(false).describe('Keep the answer open and send what comes'),
})

export const WorkloadId = Id

export const UsageQuery = z.object({ minutes: z.coerce.number().int().min(1).max(576_000).default(30) })

const UsagePoint = z.object({ at: z.number().int().describe('Epoch ms, beginning of the interval'), value: z.number() })

/** Measured use over time. Intervals without a measurement are left out: a gap is a gap. */
export const UsageHistory = z.object({
  stepMs: z.number().int(),
  cpu: z.array(UsagePoint).describe('Cores in use'),
  memoryBytes: z.array(UsagePoint),
})
export type UsageHistory = z.infer<typeof UsageHistory>

export const UsageNowQuery = z.object({ minutes: z.coerce.number().int().min(10).max(120).default(10) })

/** Evenly spaced means; null where nothing was measured. */
const UsageValues = z.array(z.number().nullable())

/** Use of everything of a kind that runs in a project: what a list shows beside its rows, in one request. */
export const UsageNow = z.object({
  stepMs: z.number().int().describe('Time between two values'),
  items: z.array(
    z.object({
      id: WorkloadId,
      cpu: UsageValues.describe('Cores in use, oldest first'),
      memoryBytes: UsageValues,
    }),
  ),
})
export type UsageNow = z.infer<typeof UsageNow>
