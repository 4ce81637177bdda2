import { LabError } from '@mllab/contract'
import { crashPoint, type Clock } from '@mllab/kernel'

import type { Operations } from '../../core/operations.ts'
import type { Outbox } from '../../core/outbox.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import { requireAdmin, type Access, type Actor } from '../access/access.ts'
import { createAccountsStore } from './accounts.store.ts'

export type Removal = ReturnType<typeof createRemoval>

/** Deletes accounts: gone for everybody at once, what was theirs alone follows in the operation `account.purge`. */
export function createRemoval({
  db,
  clock,
  access,
  outbox,
  operations,
}: {
  db: Database
  clock: Clock
  access: Access
  outbox: Outbox
  operations: Operations
}) {
  const store = createAccountsStore(db)

  return {
    /** Throws `LAST_OWNER` while a project of others would be left without one, and `CONFLICT` for the only administrator. */
    remove: async (actor: Actor, id: string): Promise<void> => {
      requireAdmin(actor)
      const account = await store.byId(id)
      if (!account) throw new LabError('NOT_FOUND', { what: 'user' })
      const purge = operations.declare({
        kind: 'account.purge',
        subject: { kind: 'account', id },
        actorId: actor.principalId,
        steps: [],
        input: { principalId: id },
      })
      try {
        await outbox.commit(
          [
            // First: its row lock lets only one such change at a time look for another administrator.
            access.store.bumpStep(),
            ...(account.admin === 1 ? [store.anotherAdministratorStep(id)] : []),
            store.noSoleOwnerStep(id),
            store.deleteStep(id, clock.now()),
            store.leaveAllStep(id),
            access.store.endSessionsStep(id, undefined),
            store.dropTokensStep(id),
            purge.step,
          ],
          [
            {
              type: 'account.deleted',
              subject: { kind: 'account', id },
              actorId: actor.principalId,
              payload: { username: account.username },
            },
          ],
        )
      } catch (error) {
        if (!(error instanceof ExpectationError)) throw error
        if (error.step === 'sole owner')
          throw new LabError('LAST_OWNER', { name: account.display_name }, { cause: error })
        if (error.step === 'another administrator')
          throw new LabError('CONFLICT', { reason: 'This is the only administrator.' }, { cause: error })
        throw new LabError('NOT_FOUND', { what: 'user' }, { cause: error })
      }
      crashPoint('account/deleted')
      access.changed()
      operations.wake(purge.id)
    },
  }
}
