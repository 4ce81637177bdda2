import { LabError } from '@mllab/contract'
import {
  createHosts,
  createTrustedProxies,
  plainAddress,
  transportOf,
  type GatewayOptions,
  type TlsFacts,
} from '@mllab/gateway'
import type { Clock, Log, Scope } from '@mllab/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { Config } from '../config.ts'
import type { Outbox } from '../core/outbox.ts'
import type { Access, Actor, AnyRoute, ProjectRef } from '../modules/access/access.ts'
import { createAppLinks, type RouteFacts, type Routes } from '../modules/routes/routes.ts'
import type { ChangeFeed } from '../ports/changes.ts'
import type { Database } from '../ports/database.ts'
import type { ObjectStore } from '../ports/objects.ts'
import type { Runtime } from '../ports/runtime.ts'
import { createAppAccess, type GuestEntrance } from './apps/app-access.ts'
import { appsRoutes } from './apps/apps.routes.ts'
import { openPage } from './apps/open-page.ts'
import { describeAppsAddresses } from './apps/wall.ts'
import { sessionCookieName } from './http/cookies.ts'
import { gatewayConfigOf } from './gateway-config.ts'
import { credentialOf } from './http/credentials.ts'
import { healthPages } from './http/health.ts'
import { createHttp } from './http/http.ts'
import { createIdempotency } from './http/idempotency.ts'
import { createLive } from './live/live.ts'
import { docsPages } from './static/docs-pages.ts'
import { staticPages } from './static/static.ts'
import { describeTls, tlsGauges } from './tls/health.ts'
import { keepsToHttps } from './tls/strict.ts'

export interface EdgesOptions {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly scope: Scope
  readonly db: Database
  readonly objects: ObjectStore
  readonly space: { health(): Promise<{ ok: boolean; detail: string }> }
  readonly runtime: Runtime
  readonly changes: ChangeFeed
  readonly outbox: Outbox
  readonly access: Access
  readonly routes: Routes
  /** Names this server in its lease. */
  readonly holder: string
  readonly version: string
  readonly port: number
  readonly publicOrigin: string
  readonly signingKey: string
  /** Whether a workspace is shared with somebody. */
  readonly guestEntrance: GuestEntrance
  readonly checkAnswers: boolean
  /** How the port is encrypted; undefined if it is not, or if that is not known yet. */
  readonly tls: () => TlsFacts | undefined
  /** Routes of all modules. */
  readonly api: readonly AnyRoute[]
  /** Other systems' protocols, and what else answers on the main host. */
  readonly plugins: (tools: EdgeTools) => readonly ((app: FastifyInstance) => Promise<void> | void)[]
  readonly slugOf: (projectId: string) => Promise<string | undefined>
  readonly resolveProject: (actor: Actor, slug: string) => Promise<ProjectRef>
  /** Path below the base path where the web app shows a workload that is not ready. */
  readonly waitingPath: (facts: RouteFacts) => Promise<string>
  /** The built web app. */
  readonly appFolder: string
}

/** What plugins need to know of a request. */
export interface EdgeTools {
  /** Who it is from, by token or, for our own pages, by session; undefined if by nothing that counts. */
  readonly authenticate: (request: FastifyRequest) => Promise<Actor | undefined>
  /** Scheme and authority by which the client reached us: `http://localhost:8091`. */
  readonly originOf: (request: FastifyRequest) => string
}

/** Puts the edges together: what the gateway needs to know, and the handler for everything it does not forward. */
export async function mountEdges(
  options: EdgesOptions,
): Promise<{ gateway: GatewayOptions; warnings: readonly string[] }> {
  const { config, log, clock, scope, access, routes } = options
  const cookies = { instanceTag: String(options.port), domain: config.cookieDomain }
  const gatewayConfig = gatewayConfigOf(config, options.port)
  const hosts = createHosts(gatewayConfig)
  const proxies = createTrustedProxies(config.trustedProxies)

  const reached = (headers: IncomingMessage['headers'], socket: Socket) => {
    const peer = plainAddress(socket.remoteAddress)
    // Nobody but our own gateway comes by the socket.
    const trusted = (config.gateway === 'apart' && peer === '') || proxies.trusts(peer)
    const forwarded = (name: string) =>
      trusted
        ? String(headers[name] ?? '')
            .split(',')[0]
            ?.trim()
        : undefined
    const secure = transportOf(socket) === 'tls' || forwarded('x-forwarded-proto') === 'https'
    const host = hosts(forwarded('x-forwarded-host') || (headers.host ?? ''))
    return {
      secure,
      hostname: host.hostname,
      host,
      origin: `${secure ? 'https' : 'http'}://${host.authority}`,
      address:
        peer === '' ? (forwarded('x-forwarded-for') ?? '') : proxies.clientOf(peer, forwarded('x-forwarded-for')),
    }
  }
  const reachedBy = (request: { headers: IncomingMessage['headers']; raw: IncomingMessage }) =>
    reached(request.headers, request.raw.socket)

  const credentialFrom = (method: string, headers: IncomingMessage['headers'], socket: Socket) => {
    const by = reached(headers, socket)
    return credentialOf({ method, headers, cookieName: sessionCookieName(cookies, by), ownOrigin: by.origin })
  }
  const authenticate = async (request: FastifyRequest): Promise<Actor | undefined> => {
    const credential = credentialFrom(request.method, request.headers, request.raw.socket)
    return credential && access.authenticate(credential)
  }

  const links = createAppLinks({ db: options.db, clock, access, routes, slugOf: options.slugOf })
  const { db, guestEntrance, signingKey } = options
  const appAccess = createAppAccess({ db, clock, access, routes, links, guestEntrance, signingKey })
  const addresses = describeAppsAddresses(gatewayConfig, config.host)
  const appsSource = (request: FastifyRequest) => {
    const { secure, host } = reachedBy(request)
    return `${secure ? 'https' : 'http'}://*${host.appsSuffix}`
  }
  const readiness = () =>
    new Map(routes.source.current().routes.map((route) => [route.label, route.upstream.state === 'ready']))

  const live = await createLive({ outbox: options.outbox, changes: options.changes, access, clock, log, scope })
  const http = await createHttp({
    routes: [...options.api, ...appsRoutes(addresses, links)],
    version: options.version,
    basePath: config.basePath,
    access,
    resolveProject: options.resolveProject,
    idempotency: createIdempotency({ db: options.db, clock, holder: options.holder }),
    cookies,
    clock,
    log,
    reached: reachedBy,
    keepsToHttps: keepsToHttps(config),
    checkAnswers: options.checkAnswers,
    plugins: [
      healthPages({
        parts: {
          database: options.db,
          objects: options.objects,
          runtime: options.runtime,
          disk: options.space,
          ...(config.encrypted ? { tls: { health: async () => describeTls(options.tls(), clock) } } : {}),
        },
        version: options.version,
        maySeeMetrics: async (request) => {
          if (config.metricsToken !== undefined && request.headers.authorization === `Bearer ${config.metricsToken}`)
            return true
          return (await authenticate(request))?.admin === true
        },
        gauges: [
          {
            name: 'mllab_routes',
            help: "Routes in the gateway's table",
            read: () => routes.source.current().routes.length,
          },
          ...(config.encrypted ? tlsGauges(options.tls) : []),
        ],
      }),
      openPage({
        basePath: config.basePath,
        personOf: authenticateNavigation,
        issueTicket: appAccess.issueTicket,
        issueLink: appAccess.issueLink,
        factsOf: routes.byLabel,
        appOrigin: (request, label) => {
          const by = reachedBy(request)
          return by.host.wall ? `${by.secure ? 'https' : 'http'}://${label}${by.host.appsSuffix}` : undefined
        },
        appsSource,
        waitingPath: options.waitingPath,
        isReady: (facts) => readiness().get(facts.label) === true,
      }),
      ...options.plugins({ authenticate, originOf: (request) => reachedBy(request).origin }),
      docsPages(config.basePath),
      staticPages({
        root: options.appFolder,
        basePath: config.basePath,
        appsSource,
      }),
    ],
  })
  scope.own(http)

  return {
    gateway: {
      config: gatewayConfig,
      routes: routes.source,
      access: appAccess,
      platform: { handle: http.handle, upgrade: (request, socket, head) => void upgrade(request, socket, head) },
      accessLog: (record) => log.debug('app request', { ...record }),
      log,
      clock,
    },
    warnings: addresses.warnings,
  }

  /** A person who comes by a link, also one inside an app: only the session cookie counts, whatever page the link was on. */
  async function authenticateNavigation(request: FastifyRequest): Promise<Actor | undefined> {
    const { 'sec-fetch-site': _, ...headers } = request.headers
    const credential = credentialFrom('GET', { cookie: headers.cookie, host: headers.host }, request.raw.socket)
    return credential && access.authenticate(credential)
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    try {
      if (request.url?.split('?')[0] !== `${config.basePath}/api/live`)
        throw new LabError('NOT_FOUND', { what: 'websocket' })
      // Browsers send Origin with every websocket; what has a cookie and none is no browser.
      const credential = credentialFrom('POST', request.headers, request.socket)
      const actor = credential && (await access.authenticate(credential))
      if (!credential || !actor)
        throw new LabError('NOT_SIGNED_IN', { reason: 'The websocket needs a session or a token.' })
      live.accept(request, socket, head, credential, actor)
    } catch (error) {
      const status = error instanceof LabError ? error.status : 500
      socket.end(
        `HTTP/1.1 ${status} ${status === 401 ? 'Unauthorized' : 'Refused'}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      )
    }
  }
}
