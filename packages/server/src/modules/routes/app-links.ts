import { LabError, type AppLink } from '@mllab/contract'
import { isoTime, newId, randomSecret, sha256Hex, type Clock } from '@mllab/kernel'

import { ExpectationError, type Database } from '../../ports/database.ts'
import type { Access, Actor } from '../access/access.ts'
import { createAppLinksStore } from './app-links.store.ts'
import type { Routes } from './routes.ts'

export interface AppLinksOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly routes: Routes
  readonly slugOf: (projectId: string) => Promise<string | undefined>
}

/** What a secret opens, and the session it was made in, without which it opens nothing. */
export interface FoundLink {
  readonly routeId: string
  readonly sessionId: string
  readonly expiresAt: number
}

export type AppLinks = ReturnType<typeof createAppLinks>

const LONGEST_MS = 7 * 24 * 3600_000
/** Tabs that one session may hold open on one app; the oldest link goes first. */
const PER_APP = 20

/**
 * Links that open one app for one person: where apps have no origins of their own, a sandboxed page cannot carry a cookie, so its path is
 * what lets it in. A link lives no longer than the session it was made in; only its hash is stored.
 */
export function createAppLinks({ db, clock, access, routes, slugOf }: AppLinksOptions) {
  const store = createAppLinksStore(db)

  return {
    /** The secret of a new link. The caller has checked that the actor may enter. */
    make: async (actor: Actor, routeId: string): Promise<string> => {
      const { kind, id: sessionId, expiresAt } = actor.credential
      if (kind !== 'session') throw new Error('a link is made in a session')
      const secret = randomSecret()
      const now = clock.now()
      const living = await store.ofSession(sessionId, routeId)
      await db.batch([
        store.removeOldStep(
          living.slice(PER_APP - 1).map(({ id }) => id),
          now,
        ),
        store.createStep({
          id: newId(),
          secret_hash: sha256Hex(secret),
          route_id: routeId,
          principal_id: actor.principalId,
          session_id: sessionId,
          created_at: now,
          expires_at: Math.min(expiresAt ?? now + LONGEST_MS, now + LONGEST_MS),
        }),
      ])
      return secret
    },

    find: async (secret: string): Promise<FoundLink | undefined> => {
      const row = await store.bySecret(sha256Hex(secret))
      if (!row || row.expires_at <= clock.now()) return undefined
      return { routeId: row.route_id, sessionId: row.session_id, expiresAt: row.expires_at }
    },

    list: async (actor: Actor): Promise<AppLink[]> => {
      const rows = await store.ofPerson(actor.principalId, clock.now())
      const links: AppLink[] = []
      for (const row of rows) {
        const route = routes.byId(row.route_id)
        const project = route && (await slugOf(route.projectId))
        if (!route || project === undefined) continue
        links.push({
          id: row.id,
          current: row.session_id === actor.credential.id,
          project,
          service: route.slug,
          port: route.port,
          createdAt: isoTime(row.created_at),
          expiresAt: isoTime(row.expires_at),
        })
      }
      return links
    },

    /** Cuts what is open by it, within half a second on every server. */
    revoke: async (actor: Actor, id: string): Promise<void> => {
      try {
        await access.commit([store.removeStep(actor.principalId, id)])
      } catch (error) {
        throw error instanceof ExpectationError ? new LabError('NOT_FOUND', { what: 'link' }) : error
      }
    },
  }
}
