import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { Activity } from './activity.ts'

export function activityRoutes(activity: Activity): AnyRoute[] {
  return [
    route(contract.operations.list, ({ actor, project, query }) => activity.operations(actor, project, query)),
    route(contract.operations.get, ({ actor, project, params }) => activity.operation(actor, project, params.id)),
    route(contract.operations.cancel, ({ actor, project, params }) => activity.cancel(actor, project, params.id)),
    route(contract.events.list, ({ actor, project, query }) => activity.events(actor, project, query)),
  ]
}
