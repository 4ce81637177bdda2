import type { Scope } from '@mllab/contract'
import { newId, randomSecret, sha256Hex, type Clock, type Log, type Scope as Lifetime } from '@mllab/kernel'

import type { ChangeFeed } from '../../ports/changes.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import { createAccessStore, type AccessStore, type TokenRow } from './access.store.ts'
import type { Actor } from './actor.ts'

export type { Actor } from './actor.ts'
export { systemActor, type ProjectRef } from './actor.ts'
export {
  Accepted,
  route,
  type AnyRoute,
  type BytesAnswer,
  type CallContext,
  type RequestFacts,
  type SessionControl,
} from './route.ts'
export { canIn, may, requireAdmin, requireIn, requireScope, roleIn, visible, type Visible } from './access.policy.ts'

export interface Person {
  readonly id: string
  readonly name: string
  readonly username: string | null
}

/** What came with a request. The secret is hashed before anything else is done with it. */
export type Credential = { readonly kind: 'session' | 'token'; readonly secret: string }

export interface Access {
  readonly store: AccessStore
  /** The actor behind a credential, from memory if it was seen before; undefined if it is unknown, expired or revoked. */
  authenticate(credential: Credential): Promise<Actor | undefined>
  /** The actor behind a session or token known by id: what an app's cookie was made from. */
  actorOf(credential: { readonly kind: 'session' | 'token'; readonly id: string }): Promise<Actor | undefined>
  /** A person as whom an administrator does something for him; undefined if the account is disabled or gone. */
  personById(principalId: string): Promise<Actor | undefined>
  /** The same actor with the roles he has now, past the cache: after a change he made himself. */
  refresh(actor: Actor): Promise<Actor>
  /** Stores a change of who may do what; every server sees it within 200 ms, this one at once. */
  commit(steps: readonly BatchStep[]): Promise<Awaited<ReturnType<Database['batch']>>>
  /** After somebody else stored steps that contain `store.bumpStep()`. */
  changed(): void
  /** Counts up whenever an earlier decision may no longer hold. */
  readonly version: number
  subscribe(onChange: (version: number) => void): () => void
  newSession(
    principalId: string,
    origin: { userAgent: string; address: string },
  ): { readonly id: string; readonly secret: string; readonly expiresAt: number; readonly step: BatchStep }
  people(ids: readonly (string | null)[]): Promise<ReadonlyMap<string, Person>>
  start(scope: Lifetime): void
}

export interface AccessOptions {
  readonly db: Database
  readonly clock: Clock
  readonly changes: ChangeFeed
  readonly log: Log
  readonly sessionMs: number
}

const POLL_MS = 200
const BLIND_AFTER_MS = 2000
const MARK_USED_EVERY_MS = 60_000
const CACHE_LIMIT = 20_000

export function createAccess({ db, clock, changes, log, sessionMs }: AccessOptions): Access {
  const store = createAccessStore(db)
  const actors = new Map<string, Actor>()
  const marked = new Map<string, number>()
  const listeners = new Set<(version: number) => void>()
  let seenVersion: number | undefined
  let seenAt = clock.now()
  let generation = 1

  const invalidate = () => {
    actors.clear()
    generation += 1
    for (const listener of listeners) listener(generation)
  }

  const look = async () => {
    try {
      const version = await store.version()
      seenAt = clock.now()
      if (seenVersion !== undefined && version !== seenVersion) invalidate()
      seenVersion = version
    } catch (error) {
      if (clock.now() - seenAt > BLIND_AFTER_MS && actors.size > 0) {
        log.warn('access decisions dropped: the database does not answer', { error: String(error) })
        invalidate()
      }
    }
  }

  const load = async ({ kind, secret }: Credential): Promise<Actor | undefined> => {
    const now = clock.now()
    const hash = sha256Hex(secret)
    if (kind === 'session') {
      const session = await store.sessionBySecret(hash, now)
      if (!session) return undefined
      return userActor(store, session.principal_id, 'all', { kind, id: session.id, expiresAt: session.expires_at })
    }
    const token = await store.tokenBySecret(hash, now)
    return token && tokenActor(store, token)
  }

  const markUsed = (actor: Actor) => {
    const { kind, id } = actor.credential
    const now = clock.now()
    if (kind === 'none' || now - (marked.get(id) ?? 0) < MARK_USED_EVERY_MS) return
    if (marked.size > CACHE_LIMIT) marked.clear()
    marked.set(id, now)
    store
      .markUsed(kind, id, now)
      .catch((error: unknown) => log.warn('last use was not stored', { error: String(error) }))
  }

  return {
    store,
    authenticate: async (credential) => {
      const cacheKey = credential.kind + sha256Hex(credential.secret)
      let actor = actors.get(cacheKey)
      if (!actor) {
        const before = generation
        actor = await load(credential)
        if (!actor) return undefined
        if (actors.size > CACHE_LIMIT) actors.clear()
        if (before === generation) actors.set(cacheKey, actor)
      }
      if (actor.credential.expiresAt !== null && actor.credential.expiresAt <= clock.now()) return undefined
      markUsed(actor)
      return actor
    },
    actorOf: async ({ kind, id }) => {
      if (kind === 'token') {
        const token = await store.tokenById(id)
        return token && (token.expires_at === null || token.expires_at > clock.now())
          ? tokenActor(store, token)
          : undefined
      }
      const session = await store.sessionById(id, clock.now())
      return session && userActor(store, session.principal_id, 'all', { kind, id, expiresAt: session.expires_at })
    },
    personById: (principalId) =>
      userActor(store, principalId, 'all', { kind: 'none', id: principalId, expiresAt: null }),
    refresh: async (actor) => (await userActor(store, actor.principalId, actor.scopes, actor.credential)) ?? actor,
    commit: async (steps) => {
      const results = await db.batch([store.bumpStep(), ...steps])
      invalidate()
      changes.announce('access')
      return results.slice(1)
    },
    changed: () => {
      invalidate()
      changes.announce('access')
    },
    get version() {
      return generation
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    newSession: (principalId, { userAgent, address }) => {
      const id = newId()
      const secret = randomSecret('mls_')
      const nowMs = clock.now()
      const expiresAt = nowMs + sessionMs
      const step = store.createSessionStep({
        id,
        secretHash: sha256Hex(secret),
        principalId,
        nowMs,
        expiresAt,
        userAgent: userAgent.slice(0, 300),
        address,
      })
      return { id, secret, expiresAt, step }
    },
    people: (ids) => store.people(ids.filter((id) => id !== null)),
    start: (scope) => {
      scope.every(POLL_MS, () => void look())
      scope.defer(changes.subscribe('access', () => void look()))
    },
  }
}

async function userActor(
  store: AccessStore,
  principalId: string,
  scopes: Actor['scopes'],
  credential: Actor['credential'],
): Promise<Actor | undefined> {
  const [account, roles] = await Promise.all([store.account(principalId), store.roles(principalId)])
  if (!account || account.status === 'disabled') return undefined
  return {
    kind: 'user',
    principalId,
    name: account.display_name,
    admin: account.admin === 1 && (scopes === 'all' || scopes.has('admin')),
    status: account.status,
    credential,
    roles,
    scopes,
  }
}

async function tokenActor(store: AccessStore, token: TokenRow): Promise<Actor | undefined> {
  const scopes = new Set(JSON.parse(token.scopes) as Scope[]) // written by createTokenStep
  const credential = { kind: 'token', id: token.id, expiresAt: token.expires_at } as const
  if (token.kind === 'project') return projectActor(store, token, scopes, credential)
  const actor = await userActor(store, token.principal_id, scopes, credential)
  if (!actor || token.project_id === null) return actor
  const role = actor.roles.get(token.project_id)
  const roles = new Map(role ? [[token.project_id, role]] : [])
  return token.workload_id === null
    ? { ...actor, roles }
    : { ...actor, kind: 'workload', admin: false, roles, workloadId: token.workload_id }
}

/** A project's own token: what its scopes say, whoever made it and whether or not he is still there. */
async function projectActor(
  store: AccessStore,
  token: TokenRow,
  scopes: Actor['scopes'],
  credential: Actor['credential'],
): Promise<Actor | undefined> {
  const projectId = token.project_id
  if (projectId === null || !(await store.projectLives(projectId))) return undefined
  return {
    kind: 'project',
    principalId: projectId,
    name: token.name,
    admin: false,
    status: 'active',
    credential,
    roles: new Map([[projectId, 'owner']]),
    scopes,
  }
}
