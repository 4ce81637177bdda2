import { LabError, type Me, type User } from '@mllab/contract'
import { isPortError, newId, randomSecret, sha256Hex, isoTime, isoTimeOrNull, type Clock } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { pageOf, readCursor, type PageRequest } from '../../core/pages.ts'
import type { Settings } from '../../core/settings.ts'
import { ExpectationError, type BatchStep, type Database } from '../../ports/database.ts'
import { requireAdmin, type Access, type Actor } from '../access/access.ts'
import { createAccountsStore, type Account, type AccountStatus } from './accounts.store.ts'
import { hashPassword, requireStrongPassword, verifyPassword } from './passwords.ts'
import { createThrottle } from './throttle.ts'

export interface AccountsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly outbox: Outbox
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

export type Accounts = ReturnType<typeof createAccounts>

export function createAccounts({
  db,
  clock,
  access,
  outbox,
  settings,
  registrationOpen,
  invitationHolds,
  statusOfRegistered,
}: AccountsOptions) {
  const store = createAccountsStore(db)
  const throttle = createThrottle({ store, clock })

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

  const newAccount = async (input: {
    username: string
    password: string
    name?: string | undefined
    admin: boolean
    status: AccountStatus
  }) => {
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

  const created = (account: Account, actorId: string): NewEvent => ({
    type: 'account.created',
    subject: { kind: 'account', id: account.principal_id },
    actorId,
    payload: { username: account.username },
  })

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
      const { account, steps } = await newAccount({ username: 'admin', password, admin: true, status: 'active' })
      await named(account.username, () =>
        outbox.commit([...steps, access.store.bumpStep()], [created(account, account.principal_id)]),
      )
      access.changed()
      return true
    },

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
        [
          {
            type: 'account.changed',
            subject: { kind: 'account', id: account.principal_id },
            actorId: undefined,
            payload: { fields: ['password'] },
          },
        ],
      )
      return password
    },

    setup: async (
      input: { secret: string; username: string; password: string; name?: string | undefined },
      origin: Origin,
    ): Promise<SignedIn> => {
      if (await store.anyAdministrator()) throw new LabError('SETUP_DONE')
      requireStrongPassword(input.password, input.username)
      const { account, steps } = await newAccount({ ...input, admin: true, status: 'active' })
      try {
        return await named(account.username, () =>
          signIn(
            account,
            origin,
            [store.takeSetupStep(sha256Hex(input.secret)), ...steps],
            [created(account, account.principal_id)],
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
      const { account, steps } = await newAccount({ ...input, admin: false, status: statusOfRegistered })
      return named(account.username, () => signIn(account, origin, steps, [created(account, account.principal_id)]))
    },

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
      await access.commit([store.updateStep(account.principal_id, { display_name: input.name }, clock.now())])
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
      await access.commit([
        store.updateStep(account.principal_id, { password_hash: await hashPassword(input.next) }, clock.now()),
        access.store.endSessionsStep(account.principal_id, keep),
      ])
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
      const { account, steps } = await newAccount({ ...input, status: 'active' })
      await named(account.username, () => outbox.commit(steps, [created(account, actor.principalId)]))
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
          [
            {
              type: 'account.changed',
              subject: { kind: 'account', id },
              actorId: actor.principalId,
              payload: { fields: Object.keys(change) },
            },
          ],
        ),
      )
      access.changed()
      return userOf({ ...account, ...change })
    },
  }

  async function requireAccount(actor: Actor): Promise<Account> {
    const account = actor.kind === 'user' ? await store.byId(actor.principalId) : undefined
    if (!account) throw new LabError('FORBIDDEN', { reason: 'The token belongs to no person.' })
    return account
  }
}

async function named<T>(username: string, task: () => Promise<T>): Promise<T> {
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

async function expected<T>(what: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what }, { cause: error })
    throw error
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

function meOf(account: Account, session: { id: string; expiresAt: number } | null, actor?: Actor): Me {
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

function userOf(account: Account): User {
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
