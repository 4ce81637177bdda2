import { z } from 'zod'

import { ProjectParams, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

const Step = z.object({
  done: z.boolean(),
  at: Time.nullable(),
  subject: z.string().nullable().describe('Name of what did it first'),
})

/** What the home page of a project shows besides lists that have endpoints of their own. */
export const home = {
  overview: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/overview',
    tag: 'Projects',
    summary: 'Counts, what was done of the five steps, storage',
    access: { who: 'member', action: 'project:read' },
    params: ProjectParams,
    success: {
      status: 200,
      body: z.object({
        counts: z.object({
          datasets: z.number().int(),
          runs: z.number().int(),
          models: z.number().int(),
          workspaces: z.number().int(),
          services: z.number().int(),
        }),
        attention: z
          .object({
            workspaces: z.record(z.string(), z.number().int()),
            services: z.record(z.string(), z.number().int()),
          })
          .describe('How many in each status'),
        steps: z.object({ data: Step, workspace: Step, run: Step, model: Step, service: Step }),
        storage: z.object({ dataBytes: z.number().int(), artifactBytes: z.number().int() }),
      }),
    },
  }),
}
