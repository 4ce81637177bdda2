import { z } from 'zod'

import { DisplayName, ProjectParams } from './common.ts'
import { endpoint } from './endpoint.ts'
import { ServiceCodeChange } from './service-code.ts'
import { Service, ofService } from './service.ts'
import { EnvName, SecretUse } from './workloads.ts'

const { tag, read, write, params } = ofService
const success = { status: 200, body: Service, etag: true } as const

const ServiceImage = z.object({
  ref: z.string(),
  title: z.string(),
  ready: z.boolean().describe('Its environment is on this machine'),
  ports: z.array(z.number().int()),
  variables: z
    .record(z.string(), z.string())
    .describe(
      'What it can be given, with the value it has otherwise; internal ones, which begin with `_`, are left out',
    ),
})

/** What a service can be made of, and what can be changed of one that is there. */
export const serviceChanges = {
  options: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/service-options',
    tag,
    summary: 'What a service can be made of',
    access: read,
    params: ProjectParams,
    success: { status: 200, body: z.object({ images: z.array(ServiceImage) }) },
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/projects/{project}/services/{service}',
    tag,
    summary:
      'Change its settings; one that runs goes on as it is until its next start. `If-Match` guards against lost changes',
    access: write,
    params,
    body: z.object({
      name: DisplayName.optional(),
      image: z.string().max(300).optional().describe('Of one from an image: another with the same ports'),
      code: ServiceCodeChange.optional().describe('Of one from code'),
      memoryGb: z.number().min(0.125).max(4096).nullable().optional().describe('Null: no limit'),
      env: z
        .record(EnvName, z.string().max(10_000).nullable())
        .optional()
        .describe('Those named; null takes one away, those left out stay'),
      secrets: z.array(SecretUse).max(100).optional().describe('All of them'),
    }),
    success,
    errors: ['SECRET_UNKNOWN', 'IMAGE_UNKNOWN', 'IMAGE_WITHOUT_PORT', 'VERSION_MISMATCH'],
  }),
  discardChanges: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/services/{service}/pending',
    tag,
    summary: 'Forget what waits for its next start',
    access: write,
    params,
    success,
  }),
}
