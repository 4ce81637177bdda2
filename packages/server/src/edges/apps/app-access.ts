import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { roleAllows } from '@mllab/contract'
import type { Access as GatewayAccess, Credential, Decision, Route } from '@mllab/gateway'
import type { Clock } from '@mllab/kernel'

import { may, roleIn, type Access, type Actor } from '../../modules/access/access.ts'
import type { AppLinks, RouteFacts, Routes } from '../../modules/routes/routes.ts'
import type { Database } from '../../ports/database.ts'

export interface AppAccessOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly routes: Routes
  readonly links: AppLinks
  /** Whether a workspace is shared with somebody who is not its owner, and until when. */
  readonly guestEntrance: GuestEntrance
  /** Signs tickets and app cookies. Derived from the instance key: they outlive a restart and are good on every replica. */
  readonly signingKey: string
}

export type GuestEntrance = (actor: Actor, facts: RouteFacts) => Promise<{ until: number | null } | undefined>

export interface AppAccess extends GatewayAccess {
  /** A one-time ticket for one app, good for 30 s; undefined if the actor may not enter it. */
  issueTicket(actor: Actor, label: string): Promise<string | undefined>
  /** A path secret for one service, where it has no origin of its own; undefined if the actor may not enter it. */
  issueLink(actor: Actor, label: string): Promise<string | undefined>
}

interface Signed {
  readonly use: 'ticket' | 'app'
  readonly id: string
  readonly label: string
  /** The session or token it was made from. When that ends, this ends. */
  readonly from: { readonly kind: 'session' | 'token'; readonly id: string }
  readonly expiresAt: number
}

const TICKET_MS = 30_000

/** The platform's answers to the gateway: who may enter which app, by session, app cookie or token. */
export function createAppAccess({
  db,
  clock,
  access,
  routes,
  links,
  guestEntrance,
  signingKey,
}: AppAccessOptions): AppAccess {
  /** By what is the actor's own, or as a guest for a time. */
  const entranceOf = async (actor: Actor, facts: RouteFacts): Promise<{ until: number | null } | undefined> => {
    if (mayEnter(actor, facts)) return { until: null }
    return facts.kind === 'workspace' ? guestEntrance(actor, facts) : undefined
  }

  const decideFor = async (actor: Actor | undefined, route: Route): Promise<Decision> => {
    const facts = routes.byId(route.id)
    if (!actor || !facts) return { verdict: actor ? 'hidden' : 'unauthenticated' }
    const entrance = await entranceOf(actor, facts)
    if (!entrance)
      return { verdict: facts.kind === 'workspace' || !actor.roles.has(facts.projectId) ? 'hidden' : 'forbidden' }
    const ends = [actor.credential.expiresAt, entrance.until].filter((at) => at !== null)
    const expiresAt = ends.length > 0 ? Math.min(...ends) : null
    return {
      verdict: 'allow',
      user: actor.name,
      owner: facts.ownerId === actor.principalId,
      ...(expiresAt === null ? {} : { expiresAt }),
    }
  }

  const sign = (signed: Signed): string => {
    const body = Buffer.from(JSON.stringify(signed)).toString('base64url')
    return `${body}.${mac(signingKey, body)}`
  }

  const verify = (text: string, use: Signed['use']): Signed | undefined => {
    const [body = '', signature = ''] = text.split('.')
    const expected = Buffer.from(mac(signingKey, body))
    const given = Buffer.from(signature)
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined
    const signed = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Signed // we signed it
    return signed.use === use && signed.expiresAt > clock.now() ? signed : undefined
  }

  const actorBehind = async ({ kind, secret }: Credential, route: Route): Promise<Actor | undefined> => {
    switch (kind) {
      case 'app': {
        const signed = verify(secret, 'app')
        return signed?.label === route.label ? access.actorOf(signed.from) : undefined
      }
      case 'capability': {
        const link = await links.find(secret)
        if (link?.routeId !== route.id) return undefined
        const actor = await access.actorOf({ kind: 'session', id: link.sessionId })
        return actor && { ...actor, credential: { ...actor.credential, expiresAt: link.expiresAt } }
      }
      default:
        return access.authenticate({ kind, secret })
    }
  }

  const appSecret = (actor: Actor, label: string): { secret: string } | undefined => {
    const { kind, id, expiresAt } = actor.credential
    if (kind === 'none') return undefined
    return {
      secret: sign({
        use: 'app',
        id: randomBytes(12).toString('base64url'),
        label,
        from: { kind, id },
        expiresAt: expiresAt ?? clock.now() + 30 * 24 * 3600_000,
      }),
    }
  }

  /** True for whoever comes first with this ticket. */
  const takeTicket = async (signed: Signed): Promise<boolean> => {
    const now = clock.now()
    await db.sql.deleteFrom('used_ticket').where('expires_at', '<', now).execute()
    const row = await db.sql
      .insertInto('used_ticket')
      .values({ id: signed.id, expires_at: signed.expiresAt })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  }

  return {
    decide: async (credential, route) => decideFor(await actorBehind(credential, route), route),
    routeOf: async (capability) => (await links.find(capability))?.routeId,
    enter: async ({ by, secret, label }) => {
      const facts = routes.byLabel(label)
      if (!facts) return undefined
      if (by === 'token') {
        const actor = await access.authenticate({ kind: 'token', secret })
        return actor && (await entranceOf(actor, facts)) ? appSecret(actor, label) : undefined
      }
      const signed = verify(secret, 'ticket')
      if (signed?.label !== label || !(await takeTicket(signed))) return undefined
      const actor = await access.actorOf(signed.from)
      return actor && (await entranceOf(actor, facts)) ? appSecret(actor, label) : undefined
    },
    subscribe: (changed) => access.subscribe(() => changed()),
    issueTicket: async (actor, label) => {
      const facts = routes.byLabel(label)
      const { kind, id } = actor.credential
      if (!facts || kind === 'none' || !(await entranceOf(actor, facts))) return undefined
      return sign({
        use: 'ticket',
        id: randomBytes(12).toString('base64url'),
        label,
        from: { kind, id },
        expiresAt: clock.now() + TICKET_MS,
      })
    },
    issueLink: async (actor, label) => {
      const facts = routes.byLabel(label)
      if (facts?.kind !== 'service' || actor.credential.kind !== 'session' || !mayEnter(actor, facts)) return undefined
      return links.make(actor, facts.id)
    },
  }
}

/**
 * Only the owner enters a workspace as his own, and what has the token inside it, by which it opens in a link; whoever may call services
 * of the project enters those.
 */
function mayEnter(actor: Actor, facts: RouteFacts): boolean {
  if (facts.kind === 'service') return may(actor, 'services:call', facts.projectId)
  if (actor.kind === 'workload') {
    const role = roleIn(actor, facts.projectId)
    return actor.workloadId === facts.workloadId && role !== undefined && roleAllows(role, 'workspaces:write')
  }
  return actor.kind === 'user' && actor.principalId === facts.ownerId && may(actor, 'workspaces:write', facts.projectId)
}

function mac(key: string, body: string): string {
  return createHmac('sha256', key).update(body).digest('base64url')
}
