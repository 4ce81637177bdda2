import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import { createScope, messageOf, type Clock, type Log } from '@mllab/kernel'

import type { Access } from './access.ts'
import { createAdmission, type Outcome, type Passage } from './admission.ts'
import { answerPreflight, redirectTo, refuseRequest, refuseUpgrade } from './answers.ts'
import { createCapabilities, isCapabilityPath } from './capability.ts'
import type { GatewayConfig } from './config.ts'
import { createEntrance } from './enter.ts'
import { Exchange } from './exchange.ts'
import { createGrants } from './grants.ts'
import { onPlainHttp } from './plain-http.ts'
import { createPools } from './pools.ts'
import { isRefusal, refusals, type Refusal } from './refusals.ts'
import { indexRoutes, type Route, type RouteSource } from './routes.ts'
import { createTraffic, type AccessRecord, type Traffic } from './traffic.ts'
import { basePathOf, bodyKind, nextEndpoint, upstreamRequest } from './upstream-request.ts'
import { createVisitReader, mainOriginOf, type Visit } from './visit.ts'
import { upgradeFault, WebSocketTunnel } from './websocket.ts'

export interface GatewayOptions {
  readonly config: GatewayConfig
  readonly routes: RouteSource
  readonly access: Access
  /** Everything on main hosts that is no app: UI, API, login. */
  readonly platform: PlatformHandler
  /** Shows a person an app that is not ready. Must be complete in itself: it may be on the app's origin. Default: a page of our own. */
  readonly waiting?: (route: Route, req: IncomingMessage, res: ServerResponse) => void
  /** Called once for each request that is not the platform's. Must not block. */
  readonly accessLog: (record: AccessRecord) => void
  readonly log: Log
  readonly clock: Clock
}

/** What serves everything on main hosts that is no app. */
export interface PlatformHandler {
  handle(req: IncomingMessage, res: ServerResponse, reached: Reached): void
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, reached: Reached): void
}

/** How a client reached us; trusted proxies were heeded. */
export interface Reached {
  readonly scheme: 'http' | 'https'
  readonly authority: string
  readonly clientAddress: string
  /** A page is to be shown: a page of ours helps. */
  readonly navigation: boolean
}

export interface Gateway {
  /** For `request` and `checkContinue` of an http server. */
  handle(req: IncomingMessage, res: ServerResponse): void
  /** For `upgrade` of an http server. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  snapshot(): GatewaySnapshot
  /** Cuts everything that is open. */
  close(): Promise<void>
}

export interface GatewaySnapshot {
  readonly routesVersion: number
  readonly totals: ReturnType<Traffic['totals']>
  readonly routes: ReturnType<Traffic['routes']>
  readonly decisions: { readonly kept: number; readonly hits: number; readonly asked: number }
  readonly pools: readonly { endpoint: string; running: number; connected: number }[]
}

/** The way into apps: who may pass, and how bytes get there and back. Everything else on main hosts goes to `platform`. */
export function createGateway(options: GatewayOptions): Gateway {
  const { config, access, platform, log, clock } = options
  const scope = createScope()
  const visits = createVisitReader(config)
  const pools = createPools(scope)
  const traffic = createTraffic(clock, options.accessLog)
  let index = indexRoutes(options.routes.current())
  const grants = createGrants({ access, routes: () => index, clock, log, scope })
  const admit = createAdmission({
    basePath: config.basePath,
    names: visits.names,
    routes: () => index,
    grants,
    capabilities: createCapabilities(access),
  })
  const entrance = createEntrance({ access, names: visits.names, basePath: config.basePath })
  let turn = 0

  function handle(req: IncomingMessage, res: ServerResponse): void {
    const visit = visits.read(req, false)
    if (isRefusal(visit)) {
      traffic.refusedUnread(req.method ?? '', visit.status, visit.code)
      return refuseRequest(req, res, visit, { asPage: false })
    }
    if (visit.exposed) return serve(visit, res, onPlainHttp(visit))
    whenAdmitted(
      visit,
      (outcome) => serve(visit, res, outcome),
      (refusal) => refuse(visit, res, refusal),
    )
  }

  function serve(visit: Visit, res: ServerResponse, outcome: Outcome): void {
    const { req } = visit
    switch (outcome.kind) {
      case 'refuse':
        return refuse(visit, res, outcome.refusal)
      case 'redirect':
        traffic.answered(visit, outcome.status, undefined)
        return redirectTo(req, res, outcome.status, outcome.location)
      case 'preflight':
        traffic.answered(visit, 204, undefined)
        return answerPreflight(req, res)
      default:
        // The others are answered with a body that may be on its way.
        break
    }
    if (visit.head.expect !== undefined) res.writeContinue()
    switch (outcome.kind) {
      case 'platform':
        return platform.handle(req, res, reachedBy(visit))
      case 'reserved':
        return whenAnswered(visit, res, entrance.serve(visit, res))
      case 'trade':
        return whenAnswered(visit, res, entrance.trade(visit, res, outcome.token))
      case 'pass':
        return forward(visit, res, outcome)
    }
  }

  function forward(visit: Visit, res: ServerResponse, passage: Passage): void {
    const { route, grant, placement, hiddenPrefix } = passage
    const endpoint = nextEndpoint(route, (turn += 1))
    if (endpoint === undefined) return showWaiting(visit, res, route)
    if (route.needsStorage && visit.navigation) {
      if (placement === 'capability') return refuse(visit, res, refusals.needsOrigin)
      if (placement === 'frame' && visit.head.storageAccess === 'none') return refuse(visit, res, refusals.noStorage)
    }
    const ended = traffic.began(visit, route.id, userOf(passage))
    const exchange = new Exchange({
      req: visit.req,
      res,
      method: visit.method,
      pool: pools.of(endpoint),
      request: upstreamRequest(visit, passage),
      body: bodyKind(visit),
      firstByteTimeoutMs: route.firstByteTimeoutMs ?? 0,
      shape: {
        placement,
        mainOrigin: mainOriginOf(visit),
        authority: visit.host.authority,
        hiddenPrefix,
        upstreamBasePath: basePathOf(route),
        cookiePrefix: visit.host.kind === 'main' ? (route.pathPrefix ?? '/').slice(0, -1) : '',
        opaqueOrigin: visit.head.origin === 'null',
      },
      refuse: (refusal) => refuseRequest(visit.req, res, refusal, pageOptions(visit)),
      done: ({ bytesIn, bytesOut, failure }) => {
        grants.release(grant, exchange)
        ended({ status: res.headersSent ? res.statusCode : 0, bytesIn, bytesOut, fault: failure?.code })
      },
    })
    if (grants.hold(grant, exchange)) exchange.start()
    else refuseRequest(visit.req, res, refusals.accessUnknown, pageOptions(visit))
  }

  function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const visit = visits.read(req, true)
    const fault = isRefusal(visit) ? visit : upgradeFault(visit.method, req.httpVersion, visit.head)
    if (isRefusal(visit) || fault !== undefined) {
      const refusal = fault ?? refusals.badUpgrade
      traffic.refusedUnread(req.method ?? '', refusal.status, refusal.code)
      return refuseUpgrade(socket, refusal)
    }
    const refused = (refusal: Refusal) => {
      traffic.answered(visit, refusal.status, refusal.code)
      refuseUpgrade(socket, refusal)
    }
    const admitted = (outcome: Outcome) => {
      if (outcome.kind === 'platform') return platform.upgrade(req, socket, head, reachedBy(visit))
      if (outcome.kind === 'refuse') return refused(outcome.refusal)
      return outcome.kind === 'pass' ? tunnel(visit, socket, head, outcome) : refused(refusals.hidden)
    }
    if (visit.exposed) return refused(refusals.unencrypted)
    whenAdmitted(visit, admitted, refused)
  }

  function tunnel(visit: Visit, socket: Duplex, first: Buffer, passage: Passage): void {
    const { route, grant } = passage
    const endpoint = nextEndpoint(route, (turn += 1))
    const ended = traffic.began(visit, route.id, userOf(passage))
    const task = {
      socket,
      first,
      key: visit.head.websocketKey ?? '',
      request: upstreamRequest(visit, passage),
      said: () => traffic.touched(route.id),
      done: (status: number, bytesIn: number, bytesOut: number) => {
        grants.release(grant, connection)
        ended({ status, bytesIn, bytesOut, fault: undefined })
      },
    }
    const connection = new WebSocketTunnel(task)
    if (endpoint === undefined) connection.refuse(waitingFor(route))
    else if (!grants.hold(grant, connection)) connection.refuse(refusals.accessUnknown)
    else connection.start(endpoint)
  }

  /** Runs on at once when the answer is in memory: no promise for a request that was let in before. */
  function whenAdmitted(visit: Visit, then: (outcome: Outcome) => void, refused: (refusal: Refusal) => void): void {
    const failed = (error: unknown) => {
      log.warn('access could not be decided', { host: visit.host.authority, error: messageOf(error) })
      refused(refusals.accessUnknown)
    }
    let outcome: Outcome | Promise<Outcome>
    try {
      outcome = admit(visit)
    } catch (error) {
      return failed(error)
    }
    if (!(outcome instanceof Promise)) return then(outcome)
    // Who left in the meantime will not be told: their `close` is over.
    const unlessGone =
      <T>(next: (value: T) => void) =>
      (value: T) =>
        visit.req.socket.destroyed ? undefined : next(value)
    outcome.then(unlessGone(then), unlessGone(failed))
  }

  function whenAnswered(visit: Visit, res: ServerResponse, answered: Promise<void>): void {
    const count = () => traffic.answered(visit, res.statusCode, undefined)
    answered.then(count, (error: unknown) => {
      log.warn('an app could not be entered', { host: visit.host.authority, error: messageOf(error) })
      refuse(visit, res, refusals.accessUnknown)
    })
  }

  function refuse(visit: Visit, res: ServerResponse, refusal: Refusal): void {
    traffic.answered(visit, refusal.status, refusal.code)
    refuseRequest(visit.req, res, refusal, pageOptions(visit))
  }

  function showWaiting(visit: Visit, res: ServerResponse, route: Route): void {
    if (!visit.navigation || !options.waiting) return refuse(visit, res, waitingFor(route))
    traffic.answered(visit, 503, waitingFor(route).code)
    options.waiting(route, visit.req, res)
  }

  function pageOptions(visit: Visit) {
    if (!visit.navigation) return { asPage: false }
    const origin = mainOriginOf(visit)
    const link = {
      text: 'Open the platform',
      href: `${visit.host.kind === 'main' ? '' : origin}${config.basePath}/app/`,
    }
    const sandboxed = visit.host.kind === 'main' && isCapabilityPath(config.basePath, visit.target.path)
    return { asPage: true, link, framedBy: origin, sandboxed }
  }

  function reload(): void {
    const table = options.routes.current()
    if (table.version <= index.version) return
    try {
      index = indexRoutes(table)
    } catch (error) {
      return log.error('the route table is not valid, the one before it stays', { error: messageOf(error) })
    }
    pools.keepOnly(index.all())
    grants.routesChanged()
    traffic.forget((route) => index.byId(route) === undefined)
  }

  scope.defer(options.routes.subscribe(reload))
  return {
    handle,
    upgrade,
    snapshot: () => ({
      routesVersion: index.version,
      totals: traffic.totals(),
      routes: traffic.routes(),
      decisions: grants.stats(),
      pools: pools.stats(),
    }),
    close: () => scope.close(),
  }
}

function waitingFor(route: Route): Refusal {
  return route.upstream.state === 'ready' ? refusals.unreachable : refusals[route.upstream.state]
}

function reachedBy({ scheme, host, clientAddress, navigation }: Visit): Reached {
  return { scheme, authority: host.authority, clientAddress, navigation }
}

function userOf({ grant }: Passage): string | undefined {
  return grant.decision.verdict === 'allow' ? grant.decision.user : undefined
}
