import type { ProjectAction } from '@mllab/contract'

import { may, requireIn, visible, type Actor, type Visible } from '../access/access.ts'

/** Who may do what with experiments, runs and models: the role in the project and the scopes of the token, nothing else. */
export const trackingPolicy = {
  readRuns: (actor: Actor, projectId: string): Visible => requireIn(actor, 'runs:read', projectId),
  visibleRuns: (actor: Actor): Visible => visible(actor, 'runs:read'),
  writeRuns: (actor: Actor, projectId: string): Visible => requireIn(actor, 'runs:write', projectId),
  readModels: (actor: Actor, projectId: string): Visible => requireIn(actor, 'models:read', projectId),
  writeModels: (actor: Actor, projectId: string): Visible => requireIn(actor, 'models:write', projectId),

  canExperiment: (actor: Actor, projectId: string, deleted: boolean) =>
    offered(actor, 'runs:write', projectId, deleted ? ['restore'] : ['change', 'remove', 'runs:write']),
  canRun: (actor: Actor, projectId: string, run: { deleted: boolean; active: boolean }) => [
    ...offered(
      actor,
      'runs:write',
      projectId,
      run.deleted ? ['restore'] : ['change', 'remove', ...(run.active ? ['kill'] : [])],
    ),
    ...(run.deleted ? [] : offered(actor, 'models:write', projectId, ['register'])),
  ],
  canModel: (actor: Actor, projectId: string) => [
    ...offered(actor, 'models:write', projectId, ['change', 'remove']),
    ...offered(actor, 'services:write', projectId, ['deploy']),
  ],
  canList: (actor: Actor, action: ProjectAction, projectId: string): string[] =>
    offered(actor, action, projectId, [action]),
}

function offered(actor: Actor, action: ProjectAction, projectId: string, what: readonly string[]): string[] {
  return may(actor, action, projectId) ? [...what] : []
}
