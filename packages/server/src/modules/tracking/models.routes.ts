import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { Tracking } from './tracking.ts'

export function modelsRoutes({ registry, versions }: Tracking): AnyRoute[] {
  const endpoints = contract.models
  return [
    route(endpoints.list, ({ actor, project, query }) => registry.list(actor, project, query)),
    route(endpoints.register, ({ actor, project, body }) => versions.register(actor, project, body)),
    route(endpoints.get, ({ actor, project, params }) => registry.get(actor, project, params.model)),
    route(endpoints.update, async ({ actor, project, params, body }) => {
      await registry.update(actor, project, params.model, body)
      return registry.get(actor, project, params.model)
    }),
    route(
      endpoints.remove,
      async ({ actor, project, params }) => void (await registry.remove(actor, project, params.model)),
    ),
    route(endpoints.versions, ({ actor, project, params, query }) =>
      versions.list(actor, project, params.model, query),
    ),
    route(endpoints.version, ({ actor, project, params }) =>
      versions.get(actor, project, params.model, params.version),
    ),
    route(endpoints.entries, ({ actor, project, params, query }) =>
      versions.entries(actor, project, params.model, params.version, query),
    ),
    route(endpoints.download, ({ actor, project, params, query, request }) =>
      versions.download(actor, project, params.model, params.version, query.path, {
        method: request.method,
        range: request.range,
        ifRange: request.ifRange,
        ifNoneMatch: request.ifNoneMatch,
        signal: request.signal,
      }),
    ),
    route(
      endpoints.removeVersion,
      async ({ actor, project, params }) => void (await versions.remove(actor, project, params.model, params.version)),
    ),
    route(endpoints.setAlias, async ({ actor, project, params, body }) => {
      await registry.setAlias(actor, project, params.model, params.alias, body.version)
      return registry.get(actor, project, params.model)
    }),
    route(
      endpoints.removeAlias,
      async ({ actor, project, params }) =>
        void (await registry.removeAlias(actor, project, params.model, params.alias)),
    ),
  ]
}
