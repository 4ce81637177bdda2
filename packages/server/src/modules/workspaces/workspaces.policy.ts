import { LabError } from '@mllab/contract'

import { may, requireIn, type Actor, type Visible } from '../access/access.ts'
import type { Workload } from '../workloads/workloads.ts'

/** What one may do with a workspace one sees. */
export type WorkspaceAction =
  | 'open'
  | 'start'
  | 'stop'
  | 'delete'
  | 'logs'
  | 'suspend'
  | 'keep'
  | 'share'
  | 'copy'
  | 'change'
  | 'limit'

const ofOwner: readonly WorkspaceAction[] = ['open', 'start', 'share', 'copy', 'change']
const ofManager: readonly WorkspaceAction[] = ['stop', 'delete', 'logs', 'suspend', 'keep', 'limit']

/**
 * Its owner does everything with it; owners of the project end it, find out why it fails, and say how much of the machine it may use. What
 * runs in it and with which secrets is its owner's alone: it acts as him.
 */
export function canDo(actor: Actor, workload: Workload): WorkspaceAction[] {
  if (!may(actor, 'workspaces:write', workload.projectId)) return []
  const owner = workload.ownerId === actor.principalId && actor.kind !== 'project'
  const manages = may(actor, 'project:write', workload.projectId)
  return [...(owner ? ofOwner : []), ...(owner || manages ? ofManager : [])]
}

/** Throws `FORBIDDEN`. */
export function requireDo(actor: Actor, workload: Workload, action: WorkspaceAction): Visible {
  const seen = requireIn(actor, 'workspaces:write', workload.projectId)
  if (canDo(actor, workload).includes(action)) return seen
  const who = ofOwner.includes(action) ? 'its owner' : 'its owner or an owner of the project'
  throw new LabError('FORBIDDEN', { reason: `Only ${who} may do this with a workspace.` })
}
