import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { Me } from '@mllab/sdk'
import { addresses, appPath } from '../../lib/address.ts'
import { meQuery } from '../../lib/queries.ts'
import { useApi } from '../../lib/api.ts'
import { safeTarget } from '../../lib/safe-target.ts'

/** Goes on as `me`: to a path of this server, inside the app without loading it again; to the start without one. */
export function useEnter(): (me: Me, to?: string) => void {
  const api = useApi()
  const queries = useQueryClient()
  const router = useRouter()
  return (me, to) => {
    queries.clear() // what another person saw
    queries.setQueryData(meQuery(api).queryKey, me)
    const target = safeTarget(to, location.origin)
    if (target === null) void router.navigate({ to: addresses.start })
    else if (target.startsWith(appPath())) router.history.push(target)
    else location.assign(target)
  }
}
