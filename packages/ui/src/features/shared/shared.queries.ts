import { queryOptions } from '@tanstack/react-query'
import { appPath } from '../../lib/address.ts'
import type { LabApi } from '../../lib/api.ts'

export const sharedWithMeQuery = (api: LabApi) =>
  queryOptions({
    queryKey: ['shared-with-me'],
    queryFn: ({ signal }) => api.workspaceShares.withMe({}, { signal }),
    meta: { live: ['workspace'] },
  })

/** What a link to a workspace offers; asked only when there is one. */
export const linkQuery = (api: LabApi, secret: string) =>
  queryOptions({
    queryKey: ['workspace-link', secret],
    queryFn: ({ signal }) => api.workspaceShares.look({ body: { secret } }, { signal }),
    enabled: secret !== '',
  })

/** Where somebody who has logged in goes on. */
export const linkPath = (secret: string) => `${appPath()}shared#${secret}`
