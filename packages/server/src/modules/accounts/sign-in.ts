import { LabError, type Me } from '@mllab/contract'
import { randomSecret, sha256Hex, type Clock } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import type { Settings } from '../../core/settings.ts'
import { ExpectationError, type BatchStep } from '../../ports/database.ts'
import type { Access } from '../access/access.ts'
import { accountCreated, named, newAccount } from './account-changes.ts'
import { meOf } from './account-views.ts'
import type { Account, AccountsStore, AccountStatus } from './accounts.store.ts'
import { requireStrongPassword, verifyPassword } from './passwords.ts'
import type { Throttle } from './throttle.ts'

export interface SignInOptions {
  readonly settings: Settings
  readonly registrationOpen: boolean
  /** Can somebody join a project with this? Who is invited may register where others may not. */
  readonly invitationHolds: (secret: string) => Promise<boolean>
  /** `pending` where workloads are not walled off from each other: such an account can look around but start nothing. */
  readonly statusOfRegistered: AccountStatus
}

export interface Origin {
  readonly userAgent: string
  readonly address: string
}

/** A session that was just opened; the secret goes into the cookie and nowhere else. */
export interface SignedIn {
  readonly secret: string
  readonly expiresAt: number
  readonly me: Me
}

const SETUP_KEY = 'setup.secret_hash'

/** How people come in: the first administrator, who has an account, who registers. */
export function createSignIn({
  clock,
  access,
  outbox,
  store,
  throttle,
  settings,
  registrationOpen,
  invitationHolds,
  statusOfRegistered,
}: SignInOptions & { clock: Clock; access: Access; outbox: Outbox; store: AccountsStore; throttle: Throttle }) {
  const signIn = async (
    account: Account,
    origin: Origin,
    steps: readonly BatchStep[],
    events: readonly NewEvent[],
  ): Promise<SignedIn> => {
    const session = access.newSession(account.principal_id, origin)
    await outbox.commit(
      [...steps, session.step, store.updateStep(account.principal_id, { last_login_at: clock.now() }, clock.now())],
      events,
    )
    return {
      secret: session.secret,
      expiresAt: session.expiresAt,
      me: meOf(account, { id: session.id, expiresAt: session.expiresAt }),
    }
  }

  return {
    /** True until somebody became the first administrator. */
    needsSetup: async () => !(await store.anyAdministrator()),

    /** A new one-time secret for the setup link; the one before stops working. */
    issueSetupSecret: async (): Promise<string> => {
      const secret = randomSecret()
      await settings.set(SETUP_KEY, sha256Hex(secret))
      return secret
    },

    /** Makes `admin` with the operator's password, if there is no administrator yet. The operator's choice is not judged. */
    ensureAdministrator: async (password: string): Promise<boolean> => {
      if (await store.anyAdministrator()) return false
      const { account, steps } = await newAccount(
        { access, store, clock },
        { username: 'admin', password, admin: true, status: 'active' },
      )
      await named(account.username, () =>
        outbox.commit([...steps, access.store.bumpStep()], [accountCreated(account, account.principal_id)]),
      )
      access.changed()
      return true
    },

    setup: async (
      input: { secret: string; username: string; password: string; name?: string | undefined },
      origin: Origin,
    ): Promise<SignedIn> => {
      if (await store.anyAdministrator()) throw new LabError('SETUP_DONE')
      requireStrongPassword(input.password, input.username)
      const { account, steps } = await newAccount({ access, store, clock }, { ...input, admin: true, status: 'active' })
      try {
        return await named(account.username, () =>
          signIn(
            account,
            origin,
            [store.takeSetupStep(sha256Hex(input.secret)), ...steps],
            [accountCreated(account, account.principal_id)],
          ),
        )
      } catch (error) {
        if (error instanceof ExpectationError && error.step === 'setup')
          throw new LabError('NOT_FOUND', { what: 'setup link' }, { cause: error })
        throw error
      }
    },

    login: async (input: { username: string; password: string }, origin: Origin): Promise<SignedIn> => {
      const username = input.username.trim().toLowerCase()
      await throttle.check(username, origin.address)
      const account = await store.byUsername(username)
      if (!(await verifyPassword(input.password, account?.password_hash ?? undefined)) || !account) {
        await throttle.failed(username, origin.address)
        throw new LabError('WRONG_CREDENTIALS')
      }
      if (account.status === 'disabled') throw new LabError('ACCOUNT_DISABLED', { username })
      await throttle.succeeded(username, origin.address)
      return signIn(account, origin, [], [])
    },

    register: async (
      input: { username: string; password: string; name?: string | undefined; invitation?: string | undefined },
      origin: Origin,
    ): Promise<SignedIn> => {
      const invited = input.invitation !== undefined && (await invitationHolds(input.invitation))
      if (!registrationOpen && !invited) throw new LabError('REGISTRATION_CLOSED')
      if (input.username === 'admin') throw new LabError('RESERVED_NAME', { name: 'admin' })
      if (!(await store.anyAdministrator())) throw new LabError('REGISTRATION_CLOSED')
      requireStrongPassword(input.password, input.username)
      const { account, steps } = await newAccount(
        { access, store, clock },
        { ...input, admin: false, status: statusOfRegistered },
      )
      return named(account.username, () =>
        signIn(account, origin, steps, [accountCreated(account, account.principal_id)]),
      )
    },
  }
}
