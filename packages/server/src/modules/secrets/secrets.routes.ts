import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { NamedSecrets } from './secrets.ts'

export function secretsRoutes(secrets: NamedSecrets): AnyRoute[] {
  const endpoints = contract.secrets
  return [
    route(endpoints.list, ({ actor, project }) => secrets.list(actor, project)),
    route(endpoints.put, ({ actor, project, params, body }) => secrets.put(actor, project, params.name, body)),
    route(
      endpoints.remove,
      async ({ actor, project, params }) => void (await secrets.remove(actor, project, params.name)),
    ),
    route(endpoints.mine, ({ actor }) => secrets.mine(actor)),
    route(endpoints.putMine, ({ actor, params, body }) => secrets.putMine(actor, params.name, body)),
    route(endpoints.removeMine, async ({ actor, params }) => void (await secrets.removeMine(actor, params.name))),
  ]
}
