import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { Workspaces } from './workspaces.ts'

export function workspacesRoutes(workspaces: Workspaces): AnyRoute[] {
  const endpoints = contract.workspaces
  const { profiles } = workspaces
  return [
    route(contract.workspaceProfiles.list, ({ actor }) => profiles.list(actor)),
    route(contract.workspaceProfiles.put, ({ actor, params, body }) => profiles.put(actor, params.profile, body)),
    route(
      contract.workspaceProfiles.remove,
      async ({ actor, params }) => void (await profiles.remove(actor, params.profile)),
    ),
    route(endpoints.list, ({ actor, project, query }) => workspaces.list(actor, project, query, query)),
    route(endpoints.options, ({ actor, project }) => workspaces.options(actor, project)),
    route(endpoints.create, ({ actor, project, body }) => workspaces.create(actor, project, body)),
    route(endpoints.get, ({ actor, project, params }) => workspaces.get(actor, project, params.workspace)),
    route(endpoints.start, ({ actor, project, params }) => workspaces.start(actor, project, params.workspace)),
    route(endpoints.suspend, ({ actor, project, params }) => workspaces.suspend(actor, project, params.workspace)),
    route(endpoints.resume, ({ actor, project, params }) => workspaces.resume(actor, project, params.workspace)),
    route(endpoints.keep, ({ actor, project, params, body }) =>
      workspaces.keep(actor, project, params.workspace, body),
    ),
    route(endpoints.cloneAgain, ({ actor, project, params }) =>
      workspaces.cloneAgain(actor, project, params.workspace),
    ),
    route(endpoints.stop, ({ actor, project, params }) => workspaces.stop(actor, project, params.workspace)),
    route(
      endpoints.remove,
      async ({ actor, project, params }) => void (await workspaces.remove(actor, project, params.workspace)),
    ),
    route(endpoints.usage, ({ actor, project, params, query }) =>
      workspaces.usage(actor, project, params.workspace, query.minutes),
    ),
    route(endpoints.usageOfAll, ({ actor, project, query }) => workspaces.usageOfAll(actor, project, query.minutes)),
    route(endpoints.logs, async ({ actor, project, params, query, request }) => {
      const { stream, offset } = await workspaces.logs(actor, project, params.workspace, {
        ...query,
        signal: request.signal,
      })
      return { stream, headers: { 'content-type': 'text/plain; charset=utf-8', 'lab-log-offset': String(offset) } }
    }),
  ]
}
