import { queryOptions } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'
import { appPath } from '../../lib/address.ts'

/** What an invitation offers; asked only when there is one. */
export const invitationQuery = (api: LabApi, secret: string) =>
  queryOptions({
    queryKey: ['invitation', secret],
    queryFn: ({ signal }) => api.projects.invitation({ body: { secret } }, { signal }),
    enabled: secret !== '',
  })

/** Where a person who is signed in takes the invitation. */
export const joinPath = (secret: string) => `${appPath()}join#${secret}`
