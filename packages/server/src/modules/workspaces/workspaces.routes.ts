import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { Workspaces } from './workspaces.ts'

export function workspacesRoutes(workspaces: Workspaces): AnyRoute[] {
  const endpoints = contract.workspaces
  const { administration, own, profiles, rules, shares, ports, snapshots } = workspaces
  const sharing = contract.workspaceShares
  const snapshotting = contract.workspaceSnapshots
  return [
    route(contract.workspaceAdministration.list, ({ query }) => administration.list(query, query)),
    route(contract.workspaceAdministration.create, ({ actor, body }) => administration.create(actor, body)),
    route(contract.workspaceAdministration.start, ({ actor, params }) => administration.start(actor, params.id)),
    route(contract.workspaceRules.get, () => rules.current()),
    route(contract.workspaceRules.put, ({ actor, body }) => rules.set(actor, body)),
    route(contract.workspaceRules.reset, async ({ actor }) => void (await rules.reset(actor))),
    route(contract.personal.workspace, ({ actor }) => own.look(actor)),
    route(contract.personal.openWorkspace, ({ actor, body }) => own.open(actor, body)),
    route(contract.workspaceAdministration.stop, ({ actor, params }) => administration.stop(actor, params.id)),
    route(snapshotting.list, ({ actor, project, params }) => snapshots.list(actor, project, params.workspace)),
    route(snapshotting.take, ({ actor, project, params, body }) =>
      snapshots.take(actor, project, params.workspace, body.name),
    ),
    route(
      snapshotting.remove,
      async ({ actor, project, params }) => void (await snapshots.remove(actor, project, params.workspace, params.id)),
    ),
    route(snapshotting.restore, ({ actor, project, params }) =>
      snapshots.restore(actor, project, params.workspace, params.id),
    ),
    route(snapshotting.copy, ({ actor, project, params, body }) =>
      workspaces.copy(actor, project, params.workspace, body),
    ),
    route(sharing.list, ({ actor, project, params }) => shares.list(actor, project, params.workspace)),
    route(sharing.add, ({ actor, project, params, body }) => shares.add(actor, project, params.workspace, body)),
    route(sharing.addLink, ({ actor, project, params, body }) =>
      shares.addLink(actor, project, params.workspace, body),
    ),
    route(
      sharing.remove,
      async ({ actor, project, params }) => void (await shares.remove(actor, project, params.workspace, params.id)),
    ),
    route(sharing.withMe, ({ actor }) => shares.withMe(actor)),
    route(sharing.look, ({ body }) => shares.look(body.secret)),
    route(sharing.accept, ({ actor, body }) => shares.accept(actor, body.secret)),
    route(contract.workspaceTools.prepare, ({ actor, project, params }) =>
      workspaces.tools.prepare(actor, project, params.workspace, params.tool),
    ),
    route(endpoints.openPort, ({ actor, project, params, body }) =>
      ports.put(actor, project, params.workspace, params.name, body.port),
    ),
    route(
      endpoints.closePort,
      async ({ actor, project, params }) => void (await ports.remove(actor, project, params.workspace, params.name)),
    ),
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
    route(endpoints.change, ({ actor, project, params, body, request }) =>
      workspaces.change(actor, project, params.workspace, body, request.ifMatch),
    ),
    route(endpoints.discardChanges, ({ actor, project, params }) =>
      workspaces.discardChanges(actor, project, params.workspace),
    ),
    route(endpoints.start, ({ actor, project, params }) => workspaces.start(actor, project, params.workspace)),
    route(endpoints.restart, ({ actor, project, params }) => workspaces.restart(actor, project, params.workspace)),
    route(endpoints.update, ({ actor, project, params }) => workspaces.update(actor, project, params.workspace)),
    route(endpoints.hardware, ({ actor, project, params }) => workspaces.hardware(actor, project, params.workspace)),
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
    route(endpoints.logs, ({ actor, project, params, query, request }) =>
      workspaces.logs(actor, project, params.workspace, { ...query, signal: request.signal }),
    ),
  ]
}
