import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { Services } from './services.ts'

export function servicesRoutes(services: Services): AnyRoute[] {
  const endpoints = contract.services
  return [
    route(endpoints.list, ({ actor, project, query }) => services.list(actor, project, query, query)),
    route(endpoints.create, ({ actor, project, body }) => services.create(actor, project, body)),
    route(endpoints.options, ({ actor, project }) => services.options(actor, project)),
    route(endpoints.change, ({ actor, project, params, body, request }) =>
      services.change(actor, project, params.service, body, request.ifMatch),
    ),
    route(endpoints.discardChanges, ({ actor, project, params }) =>
      services.discardChanges(actor, project, params.service),
    ),
    route(endpoints.get, ({ actor, project, params }) => services.get(actor, project, params.service)),
    route(endpoints.start, ({ actor, project, params }) => services.start(actor, project, params.service)),
    route(endpoints.restart, ({ actor, project, params }) => services.restart(actor, project, params.service)),
    route(endpoints.update, ({ actor, project, params }) => services.update(actor, project, params.service)),
    route(endpoints.stop, ({ actor, project, params }) => services.stop(actor, project, params.service)),
    route(
      endpoints.remove,
      async ({ actor, project, params }) => void (await services.remove(actor, project, params.service)),
    ),
    route(endpoints.usage, ({ actor, project, params, query }) =>
      services.usage(actor, project, params.service, query.minutes),
    ),
    route(endpoints.usageOfAll, ({ actor, project, query }) => services.usageOfAll(actor, project, query.minutes)),
    route(endpoints.logs, ({ actor, project, params, query, request }) =>
      services.logs(actor, project, params.service, { ...query, signal: request.signal }),
    ),
    route(endpoints.tryIt, ({ actor, project, params, body }) => services.tryIt(actor, project, params.service, body)),
  ]
}
