import type { Clock, Log, Scope } from '@mllab/kernel'
import { messageOf } from '@mllab/kernel'

import type { Access, Credential, Decision } from './access.ts'
import { OpenList, type Cuttable } from './open-list.ts'
import type { Route, RouteIndex } from './routes.ts'

/** What was decided for one credential on one route, and what is open because of it. */
export interface Grant {
  readonly decision: Decision
}

export interface Grants {
  /** From memory, or by asking. Rejects when access cannot be decided. */
  find(credential: Credential, route: Route): Grant | Promise<Grant>
  /** Ties a connection to what allows it. False if that was withdrawn since it was found: the connection must not begin. */
  hold(grant: Grant, connection: Cuttable): boolean
  release(grant: Grant, connection: Cuttable): void
  /** Every answer may have changed: forgets what nobody uses, asks again for what is open and cuts what is no longer allowed. */
  refresh(): void
  /** The route table changed: cuts what is open on routes that are gone, and asks again where the audience changed. */
  routesChanged(): void
  stats(): { kept: number; hits: number; asked: number }
}

/** Decisions live this long without the platform, then open connections are cut. */
const UNCONFIRMED_MS = 60_000
const SWEEP_MS = 1000
/** A platform that has just started may revoke many tokens one after the other. */
const ATTEMPTS = 20
const KEPT_GRANTS = 10_000

class Held implements Grant {
  decision: Decision
  readonly credential: Credential
  readonly routeId: string
  readonly open = new OpenList()
  audience: string
  /** Refresh it was decided in. */
  epoch: number
  confirmedAt: number
  forgotten = false

  constructor(credential: Credential, route: Route, decision: Decision, epoch: number, now: number) {
    this.decision = decision
    this.credential = credential
    this.routeId = route.id
    this.audience = route.audience
    this.epoch = epoch
    this.confirmedAt = now
  }
}

export interface GrantsOptions {
  readonly access: Access
  readonly routes: () => RouteIndex
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

export function createGrants({ access, routes, clock, log, scope }: GrantsOptions): Grants {
  const held = new Map<string, Held>()
  let epoch = 0
  let hits = 0
  let asked = 0

  function find(credential: Credential, route: Route): Grant | Promise<Grant> {
    const grant = held.get(keyOf(credential, route))
    if (grant && grant.epoch === epoch && grant.audience === route.audience && !isExpired(grant)) {
      hits += 1
      return grant
    }
    return ask(credential, route, ATTEMPTS)
  }

  function ask(credential: Credential, route: Route, attempts: number): Grant | Promise<Grant> {
    asked += 1
    const askedIn = epoch
    const answer = access.decide(credential, route)
    const keep = (decision: Decision) => {
      // Something was revoked while the answer was on its way: it may be about the time before.
      if (askedIn === epoch) return settle(credential, route, decision)
      if (attempts > 1) return ask(credential, route, attempts - 1)
      throw new Error('access changes faster than it can be decided')
    }
    return answer instanceof Promise ? answer.then(keep) : keep(answer)
  }

  function settle(credential: Credential, route: Route, decision: Decision): Grant {
    const key = keyOf(credential, route)
    const now = clock.now()
    const known = held.get(key)
    const grant = known ?? new Held(credential, route, decision, epoch, now)
    Object.assign(grant, { decision, audience: route.audience, epoch, confirmedAt: now })
    if (decision.verdict !== 'allow' || isExpired(grant)) grant.open.cutAll()
    // Strangers can make up as many secrets as they like; those are not kept.
    if (decision.verdict === 'unauthenticated') forget(key, grant)
    else if (!known) {
      if (held.size >= KEPT_GRANTS) forgetOldestIdle()
      held.set(key, grant)
    }
    return grant
  }

  /** Asks again about what is open. An answer that a later refresh overtook is ignored: that one asked too. */
  function confirm(key: string, grant: Held): void {
    const route = routes().byId(grant.routeId)
    if (route === undefined) return forget(key, grant)
    const askedIn = epoch
    const confirmed = (decision: Decision) => {
      if (askedIn === epoch && !grant.forgotten) settle(grant.credential, route, decision)
    }
    const failed = (error: unknown) =>
      log.warn('access could not be confirmed', { route: route.id, error: messageOf(error) })
    asked += 1
    try {
      const answer = access.decide(grant.credential, route)
      if (answer instanceof Promise) answer.then(confirmed).catch(failed)
      else confirmed(answer)
    } catch (error) {
      failed(error)
    }
  }

  function refresh(): void {
    epoch += 1
    for (const [key, grant] of held) {
      if (grant.open.size === 0) forget(key, grant)
      else confirm(key, grant)
    }
  }

  function routesChanged(): void {
    for (const [key, grant] of held) {
      const route = routes().byId(grant.routeId)
      if (route === undefined) forget(key, grant)
      else if (route.audience !== grant.audience) confirm(key, grant)
    }
  }

  function sweep(): void {
    const now = clock.now()
    for (const [key, grant] of held) {
      if (isExpired(grant) || (grant.epoch !== epoch && now - grant.confirmedAt > UNCONFIRMED_MS)) forget(key, grant)
      else if (grant.epoch !== epoch) confirm(key, grant)
    }
  }

  function forgetOldestIdle(): void {
    for (const [key, grant] of held) if (grant.open.size === 0) return forget(key, grant)
  }

  function forget(key: string, grant: Held): void {
    grant.forgotten = true
    held.delete(key)
    grant.open.cutAll()
  }

  function hold(grant: Grant, connection: Cuttable): boolean {
    if (!(grant instanceof Held) || grant.forgotten || grant.epoch !== epoch) return false
    grant.open.add(connection)
    return true
  }

  function release(grant: Grant, connection: Cuttable): void {
    if (grant instanceof Held) grant.open.delete(connection)
  }

  function isExpired({ decision }: Held): boolean {
    return decision.verdict === 'allow' && decision.expiresAt !== undefined && decision.expiresAt <= clock.now()
  }

  scope.defer(access.subscribe(refresh))
  scope.every(SWEEP_MS, sweep)
  scope.defer(() => {
    for (const [key, grant] of held) forget(key, grant)
  })
  return { find, hold, release, refresh, routesChanged, stats: () => ({ kept: held.size, hits, asked }) }
}

function keyOf(credential: Credential, route: Route): string {
  return `${credential.kind} ${route.id} ${credential.secret}`
}
