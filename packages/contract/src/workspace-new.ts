import { z } from 'zod'

import { DisplayName, Slug } from './common.ts'
import { EnvName, SecretUse } from './workloads.ts'
import { LifeRules, ParameterValues } from './workspace-profiles.ts'
import { DatasetMount, Repository } from './workspace.ts'

/** What a workspace that somebody makes for another person is made of: nothing that is the person's own. */
export const HandedWorkspace = z.object({
  name: DisplayName.optional(),
  slug: Slug.optional(),
  profile: Slug.optional().describe('The default profile, if there is one, unless an image is named'),
  parameters: ParameterValues.default({}).describe('Of the profile'),
  image: z.string().max(300).optional().describe('Instead of a profile; mllab/workspace if there is none'),
  cpus: z.number().min(0.1).max(1024).optional(),
  memoryGb: z.number().min(0.25).max(4096).optional(),
  env: z.record(EnvName, z.string().max(10_000)).default({}),
  life: LifeRules.default({}).describe(
    'Instead of those of the profile; only shorter ones than an administrator allows',
  ),
})

/** What a workspace is made of. */
export const NewWorkspace = HandedWorkspace.extend({
  secrets: z.array(SecretUse).max(100).default([]),
  datasets: z
    .array(DatasetMount.extend({ version: z.number().int().min(1).optional().describe('The latest if left out') }))
    .max(20)
    .default([]),
  git: Repository.optional(),
})

/** What may go wrong when one is made. */
export const makingErrors = [
  'NAME_TAKEN',
  'SECRET_UNKNOWN',
  'RUNTIME_UNAVAILABLE',
  'IMAGE_UNKNOWN',
  'IMAGE_FORBIDDEN',
  'APPROVAL_NEEDED',
  'WORKSPACES_RESTRICTED',
] as const
