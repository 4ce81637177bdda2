import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../../modules/access/access.ts'
import type { AppLinks } from '../../modules/routes/routes.ts'
import type { AppsAddresses } from './wall.ts'

export function appsRoutes(addresses: AppsAddresses, links: AppLinks): AnyRoute[] {
  return [
    route(contract.apps.wall, ({ request }) => addresses.factsAt(request.origin)),
    route(contract.apps.links, async ({ actor }) => ({ items: await links.list(actor), next: null })),
    route(contract.apps.revokeLink, async ({ actor, params }) => void (await links.revoke(actor, params.id))),
  ]
}
