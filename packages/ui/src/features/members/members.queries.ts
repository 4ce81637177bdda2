import { queryOptions } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'

export const invitationsQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: ['invitations', project],
    queryFn: ({ signal }) => api.projects.invitations({ params: { project } }, { signal }),
    meta: { live: ['invitation', 'project'], project },
  })
