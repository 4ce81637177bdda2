import type { Clock } from '@mllab/kernel'

import { withoutCapability } from './capability.ts'
import { isByItself } from './touch.ts'
import type { Visit } from './visit.ts'

/** One line of the access log. Never holds a query, a header or a secret. */
export interface AccessRecord {
  /** Milliseconds since the epoch when it began. */
  readonly at: number
  readonly durationMs: number
  readonly client: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly status: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly websocket: boolean
  readonly route: string | undefined
  readonly user: string | undefined
  /** Code of what the gateway answered itself, or of what went wrong on the way. */
  readonly fault: string | undefined
}

export interface RouteTraffic {
  readonly route: string
  requests: number
  /** Answers with 5xx, the app's own and ours for it. */
  failures: number
  /** Requests and websockets under way. */
  open: number
  lastRequestAt: number
  /** Requests and messages by which somebody does something; not what an open page asks for by itself. */
  touches: number
  lastTouchAt: number
  bytesIn: number
  bytesOut: number
}

export interface Ending {
  readonly status: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly fault: string | undefined
}

export interface Traffic {
  /** A request was let through to an app. Returns what to call when it is over. */
  began(visit: Visit, route: string, user: string | undefined): (ending: Ending) => void
  /** Somebody sent a message over a websocket of the app. */
  touched(route: string): void
  /** The gateway answered by itself. */
  answered(visit: Visit, status: number, fault: string | undefined): void
  refusedUnread(method: string, status: number, fault: string): void
  forget(isGone: (route: string) => boolean): void
  totals(): { requests: number; open: number; refused: number; byStatus: Readonly<Record<string, number>> }
  routes(): readonly Readonly<RouteTraffic>[]
}

/** Counts what flows, and writes the access log. */
export function createTraffic(clock: Clock, write: (record: AccessRecord) => void): Traffic {
  const routes = new Map<string, RouteTraffic>()
  const byStatus: Record<string, number> = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, cut: 0 }
  let requests = 0
  let open = 0
  let refused = 0

  const count = (status: number) => {
    const key = status < 100 ? 'cut' : `${Math.trunc(status / 100)}xx`
    byStatus[key] = (byStatus[key] ?? 0) + 1
  }

  const trafficOf = (route: string): RouteTraffic => {
    let traffic = routes.get(route)
    if (!traffic) {
      traffic = {
        route,
        requests: 0,
        failures: 0,
        open: 0,
        lastRequestAt: 0,
        touches: 0,
        lastTouchAt: 0,
        bytesIn: 0,
        bytesOut: 0,
      }
      routes.set(route, traffic)
    }
    return traffic
  }

  const touched = (route: string) => {
    const traffic = trafficOf(route)
    traffic.touches += 1
    traffic.lastTouchAt = clock.now()
  }

  return {
    touched,
    began: (visit, route, user) => {
      const at = clock.now()
      const traffic = trafficOf(route)
      requests += 1
      open += 1
      traffic.requests += 1
      traffic.open += 1
      traffic.lastRequestAt = at
      if (!isByItself(visit)) touched(route)
      return ({ status, bytesIn, bytesOut, fault }) => {
        open -= 1
        traffic.open -= 1
        traffic.bytesIn += bytesIn
        traffic.bytesOut += bytesOut
        if (status >= 500) traffic.failures += 1
        count(status)
        write({
          at,
          durationMs: clock.now() - at,
          client: visit.clientAddress,
          method: visit.method,
          host: visit.host.authority,
          path: withoutCapability(visit.target.path),
          status,
          bytesIn,
          bytesOut,
          websocket: visit.websocket,
          route,
          user,
          fault,
        })
      }
    },
    answered: (visit, status, fault) => {
      refused += 1
      count(status)
      const rest = { durationMs: 0, bytesIn: 0, bytesOut: 0, route: undefined, user: undefined, fault }
      write({ ...known(visit), ...rest, at: clock.now(), status })
    },
    refusedUnread: (method, status, fault) => {
      refused += 1
      count(status)
      const nobody = { client: '', host: '', path: '', websocket: false, route: undefined, user: undefined }
      write({ ...nobody, method, at: clock.now(), durationMs: 0, bytesIn: 0, bytesOut: 0, status, fault })
    },
    forget: (isGone) => {
      for (const route of routes.keys()) if (isGone(route)) routes.delete(route)
    },
    totals: () => ({ requests, open, refused, byStatus: { ...byStatus } }),
    routes: () => [...routes.values()],
  }
}

function known(visit: Visit): Pick<AccessRecord, 'client' | 'method' | 'host' | 'path' | 'websocket'> {
  return {
    client: visit.clientAddress,
    method: visit.method,
    host: visit.host.authority,
    path: withoutCapability(visit.target.path),
    websocket: visit.websocket,
  }
}
