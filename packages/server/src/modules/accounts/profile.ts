import { LabError, type Me } from '@mllab/contract'
import { isoTime, type Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import { ExpectationError } from '../../ports/database.ts'
import type { Access, Actor } from '../access/access.ts'
import { accountChanged } from './account-changes.ts'
import { meOf } from './account-views.ts'
import type { Account, AccountsStore } from './accounts.store.ts'
import { hashPassword, requireStrongPassword, verifyPassword } from './passwords.ts'
import type { Origin } from './sign-in.ts'
import type { Throttle } from './throttle.ts'

/** What people do with their own account. */
export function createProfile({
  clock,
  access,
  outbox,
  store,
  throttle,
}: {
  clock: Clock
  access: Access
  outbox: Outbox
  store: AccountsStore
  throttle: Throttle
}) {
  async function requireAccount(actor: Actor): Promise<Account> {
    const account = actor.kind === 'user' ? await store.byId(actor.principalId) : undefined
    if (!account) throw new LabError('FORBIDDEN', { reason: 'The token belongs to no person.' })
    return account
  }

  return {
    logout: async (actor: Actor): Promise<void> => {
      if (actor.credential.kind !== 'session') return
      await access.commit([{ ...access.store.endSessionStep(actor.principalId, actor.credential.id), expect: 'any' }])
    },

    me: async (actor: Actor): Promise<Me> => {
      const account = await requireAccount(actor)
      const { credential } = actor
      return meOf(
        account,
        credential.kind === 'session' && credential.expiresAt !== null
          ? { id: credential.id, expiresAt: credential.expiresAt }
          : null,
        actor,
      )
    },

    updateMe: async (actor: Actor, input: { name: string }): Promise<Me> => {
      const account = await requireAccount(actor)
      await outbox.commit(
        [access.store.bumpStep(), store.updateStep(account.principal_id, { display_name: input.name }, clock.now())],
        [accountChanged(account.principal_id, actor.principalId, ['display_name'])],
      )
      access.changed()
      return meOf({ ...account, display_name: input.name }, null, actor)
    },

    /** Ends every other session; tokens stay, they are revoked one by one. */
    changePassword: async (actor: Actor, input: { current: string; next: string }, origin: Origin): Promise<void> => {
      const account = await requireAccount(actor)
      await throttle.check(account.username, origin.address)
      if (!(await verifyPassword(input.current, account.password_hash ?? undefined))) {
        await throttle.failed(account.username, origin.address)
        throw new LabError('WRONG_CREDENTIALS')
      }
      requireStrongPassword(input.next, account.username, 'body.next')
      const keep = actor.credential.kind === 'session' ? actor.credential.id : undefined
      const change = { password_hash: await hashPassword(input.next) }
      await outbox.commit(
        [
          access.store.bumpStep(),
          store.updateStep(account.principal_id, change, clock.now()),
          access.store.endSessionsStep(account.principal_id, keep),
        ],
        [accountChanged(account.principal_id, actor.principalId, Object.keys(change))],
      )
      access.changed()
    },

    sessions: async (actor: Actor) => {
      const rows = await access.store.sessions(actor.principalId, clock.now())
      return rows.map((row) => ({
        id: row.id,
        current: row.id === actor.credential.id,
        createdAt: isoTime(row.created_at),
        lastSeenAt: isoTime(row.last_seen_at),
        expiresAt: isoTime(row.expires_at),
        userAgent: row.user_agent,
        address: row.address,
      }))
    },

    endSession: async (actor: Actor, id: string): Promise<void> => {
      await expected('session', () => access.commit([access.store.endSessionStep(actor.principalId, id)]))
    },
  }
}

async function expected<T>(what: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what }, { cause: error })
    throw error
  }
}
