import type { ProjectAction } from '@mllab/contract'

import { canIn, requireIn, type Actor } from '../access/access.ts'

const shown: readonly ProjectAction[] = ['files:write']

/** Who may do what with datasets and uploads. Roles and scopes decide; see the contract's permissions. */
export const filesPolicy = {
  read: (actor: Actor, projectId: string) => requireIn(actor, 'files:read', projectId),
  write: (actor: Actor, projectId: string) => requireIn(actor, 'files:write', projectId),
  can: (actor: Actor, projectId: string) => canIn(actor, projectId, shown),
}
