import { LabError } from '@mllab/contract'
import { isPortError, newId, type Clock } from '@mllab/kernel'

import type { NewEvent } from '../../core/outbox.ts'
import type { BatchStep } from '../../ports/database.ts'
import type { Access } from '../access/access.ts'
import type { Account, AccountsStore, AccountStatus } from './accounts.store.ts'
import { hashPassword } from './passwords.ts'

export interface NewAccount {
  readonly username: string
  readonly password: string
  readonly name?: string | undefined
  readonly admin: boolean
  readonly status: AccountStatus
}

/** A new account, and the steps that store it. */
export async function newAccount(
  { access, store, clock }: { access: Access; store: AccountsStore; clock: Clock },
  input: NewAccount,
): Promise<{ account: Account; steps: BatchStep[] }> {
  const account: Account = {
    principal_id: newId(),
    username: input.username,
    display_name: input.name ?? input.username,
    password_hash: await hashPassword(input.password),
    admin: input.admin ? 1 : 0,
    status: input.status,
    created_at: clock.now(),
    last_login_at: null,
  }
  const { last_login_at: _, ...row } = account
  const steps = [
    access.store.createPrincipalStep(account.principal_id, 'user', account.created_at),
    store.createStep(row),
  ]
  return { account, steps }
}

export function accountCreated(account: Account, actorId: string): NewEvent {
  return {
    type: 'account.created',
    subject: { kind: 'account', id: account.principal_id },
    actorId,
    payload: { username: account.username },
  }
}

/** `fields` are names, never values. */
export function accountChanged(id: string, actorId: string | undefined, fields: readonly string[]): NewEvent {
  return { type: 'account.changed', subject: { kind: 'account', id }, actorId, payload: { fields } }
}

/** Fails with `NAME_TAKEN` where the database says so. */
export async function named<T>(username: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (isPortError(error, 'CONFLICT') && error.subjects.some((subject) => subject.endsWith('username')))
      throw new LabError(
        'NAME_TAKEN',
        { what: 'user', name: username },
        { cause: error, fields: [{ field: 'body.username', message: 'is taken' }] },
      )
    throw error
  }
}
