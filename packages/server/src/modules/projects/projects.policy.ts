import type { ProjectAction } from '@mllab/contract'

import { canIn, requireIn, requireScope, visible, type Actor, type Visible } from '../access/access.ts'

/** What the page of a project offers; the rest of what one may do there belongs to other modules. */
const shown: readonly ProjectAction[] = [
  'project:write',
  'members:read',
  'members:write',
  'files:write',
  'runs:write',
  'models:write',
  'workspaces:write',
  'services:write',
  'documents:write',
  'secrets:read',
  'secrets:write',
  'tokens:write',
]

/** Who may do what with projects and their members. Roles and scopes decide; see the contract's permissions. */
export const projectsPolicy = {
  create: (actor: Actor) => requireScope(actor, 'projects:create'),
  visible: (actor: Actor): Visible => visible(actor, 'project:read'),
  read: (actor: Actor, projectId: string) => requireIn(actor, 'project:read', projectId),
  write: (actor: Actor, projectId: string) => requireIn(actor, 'project:write', projectId),
  readMembers: (actor: Actor, projectId: string) => requireIn(actor, 'members:read', projectId),
  writeMembers: (actor: Actor, projectId: string) => requireIn(actor, 'members:write', projectId),
  can: (actor: Actor, projectId: string) => canIn(actor, projectId, shown),
}
