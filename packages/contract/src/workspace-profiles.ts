import { z } from 'zod'

import { Can, DisplayName, page, Slug, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { EnvName } from './workloads.ts'

/** What a parameter decides. One that only is a variable leaves everything else as the profile has it. */
const Fills = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('env'), name: EnvName }),
  z.object({ kind: z.enum(['image', 'memoryGb', 'cpus']) }),
])

const common = {
  name: z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, 'letters and digits, beginning with a small letter'),
  label: DisplayName,
  description: z.string().max(500).default(''),
  fills: Fills,
}

/** A question of the form for a new workspace, with its answer if nobody gives one. */
export const ProfileParameter = z.discriminatedUnion('type', [
  z.object({
    ...common,
    type: z.literal('string'),
    default: z.string().max(1000),
    maxLength: z.number().int().min(1).max(1000).default(1000),
  }),
  z.object({
    ...common,
    type: z.literal('number'),
    default: z.number(),
    min: z.number(),
    max: z.number(),
    step: z.number().positive().optional(),
  }),
  z.object({
    ...common,
    type: z.literal('choice'),
    default: z.string().max(1000),
    choices: z
      .array(z.object({ value: z.string().max(1000), label: DisplayName }))
      .min(1)
      .max(100),
  }),
  z.object({ ...common, type: z.literal('boolean'), default: z.boolean() }),
])
export type ProfileParameter = z.infer<typeof ProfileParameter>

export const ParameterValues = z.record(z.string().max(40), z.union([z.string().max(1000), z.number(), z.boolean()]))
export type ParameterValues = z.infer<typeof ParameterValues>

/** What happens to a workspace that nobody uses. 0 is never; what is left out is as the instance has it. */
export const LifeRules = z.object({
  suspendAfterMinutes: z.number().min(0).max(525_600).optional(),
  stopAfterHours: z.number().min(0).max(87_600).optional(),
  daysToLive: z.number().min(0).max(3650).optional(),
})
export type LifeRules = z.infer<typeof LifeRules>

const ProfileBody = z.object({
  name: DisplayName,
  description: z.string().trim().max(2000).default(''),
  default: z.boolean().default(false).describe('Chosen unless somebody chooses another; there is at most one'),
  image: z.string().max(300),
  cpus: z.number().min(0.1).max(1024).optional(),
  memoryGb: z.number().min(0.25).max(4096).optional(),
  env: z.record(EnvName, z.string().max(10_000)).default({}).describe('Seen by all, so no place for secrets'),
  parameters: z.array(ProfileParameter).max(30).default([]),
  life: LifeRules.default({}),
})
export type ProfileBody = z.output<typeof ProfileBody>

export const WorkspaceProfile = ProfileBody.extend({ slug: Slug, createdAt: Time, updatedAt: Time, can: Can })
export type WorkspaceProfile = z.infer<typeof WorkspaceProfile>

const tag = 'Workspaces'
const params = z.object({ profile: Slug })
const administrator = { who: 'administrator' } as const

export const workspaceProfiles = {
  list: endpoint({
    method: 'GET',
    path: '/api/workspace-profiles',
    tag,
    summary: 'Profiles that new workspaces can be made of',
    access: { who: 'signed-in', scope: 'account:read' },
    success: { status: 200, body: page(WorkspaceProfile) },
  }),
  put: endpoint({
    method: 'PUT',
    path: '/api/workspace-profiles/{profile}',
    tag,
    summary: 'Declare a profile; workspaces that were made of it stay as they are',
    access: administrator,
    params,
    body: ProfileBody,
    success: { status: 200, body: WorkspaceProfile },
    errors: ['IMAGE_UNKNOWN'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/workspace-profiles/{profile}',
    tag,
    summary: 'Withdraw a profile; workspaces that were made of it stay',
    access: administrator,
    params,
    success: { status: 204 },
  }),
}
