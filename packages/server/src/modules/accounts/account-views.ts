import type { Me, User } from '@mllab/contract'
import { isoTime, isoTimeOrNull } from '@mllab/kernel'

import type { Actor } from '../access/access.ts'
import type { Account } from './accounts.store.ts'

/** An account as its owner sees it. Without an actor: who has just signed in. */
export function meOf(account: Account, session: { id: string; expiresAt: number } | null, actor?: Actor): Me {
  const admin = actor ? actor.admin : account.admin === 1
  return {
    id: account.principal_id,
    username: account.username,
    name: account.display_name,
    admin,
    status: account.status,
    session: session && { id: session.id, expiresAt: isoTime(session.expiresAt) },
    can: [
      ...(admin ? ['administer'] : []),
      ...(!actor || actor.scopes === 'all' || actor.scopes.has('projects:create') ? ['projects:create'] : []),
    ],
  }
}

/** An account as administrators see it. */
export function userOf(account: Account): User {
  return {
    id: account.principal_id,
    username: account.username,
    name: account.display_name,
    admin: account.admin === 1,
    status: account.status,
    createdAt: isoTime(account.created_at),
    lastLoginAt: isoTimeOrNull(account.last_login_at),
  }
}
