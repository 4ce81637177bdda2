import type { Log, Scope } from '@mllab/kernel'

import type { Access, Decision } from '../access.ts'
import type { Route, RouteSource, RouteTable } from '../routes.ts'
import type { TlsFacts } from '../tls/facts.ts'
import type { RouteTraffic } from '../traffic.ts'
import { createLink } from './link.ts'
import type { FromPlatform } from './messages.ts'
import type { MeetingPlace } from './serve.ts'

export interface RemotePlatformOptions {
  readonly place: Pick<MeetingPlace, 'control'>
  readonly log: Log
  readonly scope: Scope
  /** How long decisions hold without a platform. */
  readonly withoutPlatformMs?: number
}

/** What a gateway needs of a platform in another process. */
export interface RemotePlatform {
  readonly routes: RouteSource
  readonly access: Access
  readonly connected: boolean
  /** What goes through the gateway, and how its port is encrypted; told now and then. */
  report(traffic: readonly Readonly<RouteTraffic>[], tls?: TlsFacts): void
}

/** A platform that just started does not know yet where everything is. Its apps run on, so what was known holds that long. */
const FINDS_APPS_WITHIN_MS = 10_000
const WITHOUT_PLATFORM_MS = 60_000

/**
 * Routes and decisions of a platform that may go away and come back. While it is away, routes stay as they were and decisions that were
 * made hold for a minute; nothing new is decided. When it is back, everything that is open is asked about again.
 */
export function createRemotePlatform({
  place,
  log,
  scope,
  withoutPlatformMs = WITHOUT_PLATFORM_MS,
}: RemotePlatformOptions): RemotePlatform {
  const routeListeners = new Set<() => void>()
  const accessListeners = new Set<() => void>()
  let run = ''
  /** The platform's version of what is known; ours counts on over its restarts. */
  let theirs = -1
  let reported: ReadonlyMap<string, Route> = new Map()
  let table: RouteTable = { version: 0, routes: [] }
  /** Where apps were before the platform came back without knowing. */
  let remembered: ReadonlyMap<string, Route> = new Map()
  let forgetting: NodeJS.Timeout | undefined
  let giveUp: NodeJS.Timeout | undefined

  const publish = () => {
    table = { version: table.version + 1, routes: [...reported.values()].map(withRemembered) }
    for (const listener of routeListeners) listener()
  }
  const withRemembered = (route: Route): Route => {
    const before = remembered.get(route.id)
    return route.upstream.state === 'starting' && before ? { ...route, upstream: before.upstream } : route
  }
  const remember = () => {
    remembered = new Map(table.routes.filter(({ upstream }) => upstream.state === 'ready').map((one) => [one.id, one]))
    clearTimeout(forgetting)
    forgetting = setTimeout(() => {
      remembered = new Map()
      publish()
    }, FINDS_APPS_WITHIN_MS).unref()
  }
  const accessChanged = () => {
    for (const listener of accessListeners) listener()
  }

  const receive = (message: Extract<FromPlatform, { type: 'routes' | 'changes' | 'access' }>) => {
    switch (message.type) {
      case 'access':
        return accessChanged()
      case 'routes': {
        clearTimeout(giveUp)
        const isAnother = message.run !== run
        if (isAnother && run !== '') remember()
        run = message.run
        theirs = message.version
        reported = new Map(message.routes.map((route) => [route.id, route]))
        publish()
        // What happened while nobody told us is not known.
        return accessChanged()
      }
      case 'changes': {
        if (message.from !== theirs) return link.tell({ type: 'resync' })
        const next = new Map(reported)
        for (const id of message.removed) next.delete(id)
        for (const route of message.set) next.set(route.id, route)
        theirs = message.to
        reported = next
        return publish()
      }
    }
  }

  const link = createLink({
    path: place.control,
    log,
    scope,
    receive,
    lost: () => {
      giveUp = setTimeout(() => {
        log.warn('without a platform for too long: nobody is let in any more')
        accessChanged()
      }, withoutPlatformMs).unref()
    },
  })
  scope.defer(() => {
    clearTimeout(giveUp)
    clearTimeout(forgetting)
  })

  return {
    get connected() {
      return link.connected
    },
    report: (traffic, tls) => link.tell({ type: 'traffic', routes: traffic, ...(tls ? { tls } : {}) }),
    routes: { current: () => table, subscribe: (changed) => subscribe(routeListeners, changed) },
    access: {
      // The other end is the same program: answers have the shape of their questions.
      decide: async (credential, { id }) =>
        (await link.ask({ about: 'decision', credential, routeId: id })) as Decision,
      enter: async (entry) => (await link.ask({ about: 'entry', entry })) as { secret: string } | undefined,
      routeOf: async (secret) => (await link.ask({ about: 'capability', secret })) as string | undefined,
      subscribe: (changed) => subscribe(accessListeners, changed),
    },
  }
}

function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
