import { LabError, type User } from '@mllab/contract'
import { randomSecret, type Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import { pageOf, readCursor, type PageRequest } from '../../core/pages.ts'
import { ExpectationError } from '../../ports/database.ts'
import { requireAdmin, type Access, type Actor } from '../access/access.ts'
import { accountChanged, accountCreated, named, newAccount } from './account-changes.ts'
import { userOf } from './account-views.ts'
import type { AccountsStore } from './accounts.store.ts'
import { hashPassword, requireStrongPassword } from './passwords.ts'

/** Accounts as administrators and operators look after them. */
export function createPeople({
  clock,
  access,
  outbox,
  store,
}: {
  clock: Clock
  access: Access
  outbox: Outbox
  store: AccountsStore
}) {
  return {
    /** A new password that nobody chose, and an end to all sessions; undefined if there is no such account. */
    resetPassword: async (username: string): Promise<string | undefined> => {
      const account = await store.byUsername(username.trim().toLowerCase())
      if (!account) return undefined
      const password = randomSecret().slice(0, 20)
      const change = { password_hash: await hashPassword(password), status: 'active' as const }
      await outbox.commit(
        [
          access.store.bumpStep(),
          store.updateStep(account.principal_id, change, clock.now()),
          access.store.endSessionsStep(account.principal_id, undefined),
        ],
        [accountChanged(account.principal_id, undefined, ['password'])],
      )
      return password
    },

    users: async (actor: Actor, request: PageRequest & { search?: string | undefined }) => {
      requireAdmin(actor)
      const list = ['users', request.search ?? '']
      const cursor = readCursor(request, list)
      const rows = await store.list(request.search, request.limit + 1, cursor && [String(cursor[0])])
      return pageOf(rows, request, list, (row) => [row.username], userOf)
    },

    createUser: async (
      actor: Actor,
      input: { username: string; password: string; name?: string | undefined; admin: boolean },
    ): Promise<User> => {
      requireAdmin(actor)
      requireStrongPassword(input.password, input.username)
      const { account, steps } = await newAccount({ access, store, clock }, { ...input, status: 'active' })
      await named(account.username, () => outbox.commit(steps, [accountCreated(account, actor.principalId)]))
      return userOf(account)
    },

    updateUser: async (
      actor: Actor,
      id: string,
      input: {
        status?: 'active' | 'disabled' | undefined
        admin?: boolean | undefined
        name?: string | undefined
        password?: string | undefined
      },
    ): Promise<User> => {
      requireAdmin(actor)
      const account = await store.byId(id)
      if (!account) throw new LabError('NOT_FOUND', { what: 'user' })
      if (input.password !== undefined) requireStrongPassword(input.password, account.username)
      const change = {
        ...(input.status !== undefined ? { status: input.status } : {}),
        ...(input.admin !== undefined ? { admin: input.admin ? 1 : 0 } : {}),
        ...(input.name !== undefined ? { display_name: input.name } : {}),
        ...(input.password !== undefined ? { password_hash: await hashPassword(input.password) } : {}),
      }
      const losesAdministrator = account.admin === 1 && (input.admin === false || input.status === 'disabled')
      const endsSessions = input.status === 'disabled' || input.password !== undefined
      await withOtherAdministrator(() =>
        outbox.commit(
          [
            // First: its row lock lets only one such change at a time look for another administrator.
            access.store.bumpStep(),
            ...(losesAdministrator ? [store.anotherAdministratorStep(id)] : []),
            store.updateStep(id, change, clock.now()),
            ...(endsSessions ? [access.store.endSessionsStep(id, undefined)] : []),
          ],
          [accountChanged(id, actor.principalId, Object.keys(change))],
        ),
      )
      access.changed()
      return userOf({ ...account, ...change })
    },
  }
}

async function withOtherAdministrator<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError && error.step === 'another administrator')
      throw new LabError('CONFLICT', { reason: 'This is the only administrator.' }, { cause: error })
    throw error
  }
}
