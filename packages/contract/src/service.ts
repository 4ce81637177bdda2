import { z } from 'zod'

import { Can, Person, ProjectParams, Slug, Time } from './common.ts'
import { ServiceCode } from './service-code.ts'
import { SecretUse, WorkloadId, WorkloadState } from './workloads.ts'

/** What can be changed after it was made. */
const settings = {
  code: ServiceCode.nullable().describe('Null of one that is a model or an image'),
  memoryGb: z.number().nullable().describe('Null: no limit'),
  env: z.record(z.string(), z.string()).describe('Values are masked'),
  secrets: z.array(SecretUse),
}

export const Service = z.object({
  id: WorkloadId,
  slug: Slug,
  name: z.string(),
  model: z.object({ name: z.string(), version: z.number().int() }).nullable(),
  state: WorkloadState,
  ports: z.array(
    z.object({
      name: z.string(),
      port: z.number().int(),
      url: z.string().describe('For programs, with a token'),
      openUrl: z.string().describe('For browsers'),
    }),
  ),
  ...settings,
  pending: z
    .object({
      image: z.string(),
      ...settings,
      changed: z.array(z.string()).describe('`image`, `code`, `memoryGb`, `env.NAME`, `secrets`'),
    })
    .nullable()
    .describe('What its next start makes of it; null if a restart would change nothing'),
  version: z.number().int().describe('Counts changes of its settings; send it as `If-Match`'),
  createdBy: Person.nullable(),
  createdAt: Time,
  can: Can,
})
export type Service = z.infer<typeof Service>

/** What endpoints of one service share. */
export const ofService = {
  tag: 'Services',
  read: { who: 'member', action: 'services:read' },
  write: { who: 'member', action: 'services:write' },
  params: ProjectParams.extend({ service: z.string().max(40).describe('Slug of the service') }),
  runtimeErrors: ['RUNTIME_UNAVAILABLE', 'IMAGE_UNKNOWN', 'APPROVAL_NEEDED'],
} as const
