import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { once } from 'node:events'
import tls from 'node:tls'

import { createScope, memoryLog, randomSecret, systemClock, type LogEntry } from '@mllab/kernel'

import type { Access, Credential, Decision } from '../access.ts'
import type { GatewayConfig } from '../config.ts'
import { createGateway, type Gateway } from '../gateway.ts'
import { createListener } from '../listener.ts'
import type { Endpoint, Route, RouteTable, Upstream } from '../routes.ts'
import type { CertificatePair } from '../tls/certificates.ts'
import type { AccessRecord } from '../traffic.ts'

export const TAG = '8091'
export const WORKSPACE_PREFIX = '/w/0190/'
export const SERVICE_PREFIX = '/api/projects/wine/services/web/8000/'
export const WORKSPACE_LABEL = 'first-aaaaaaaa'
export const SERVICE_LABEL = 'web-bbbbbbbb'
export const TOKEN = 'mlp_token-of-ann'
export const CAPABILITY = 'capability-of-ann-for-the-service-_1234567A'
/** What nobody makes: it leads to an app that is built for an origin of its own. */
export const WORKSPACE_CAPABILITY = CAPABILITY.replace('service', 'jupyter')
export const CAPABILITY_PREFIX = `/c/${CAPABILITY}/`

/** A gateway in front of real servers, with a platform that keeps who may do what in memory. With a certificate, `raw` speaks TLS. */
export async function startRig(
  overrides: Partial<GatewayConfig> = {},
  platform?: RequestListener,
  certificate?: CertificatePair,
) {
  const scope = createScope()
  const people = createPeople()
  const table = createTable()
  const records: AccessRecord[] = []
  const log: { entries: LogEntry[] } & ReturnType<typeof memoryLog> = memoryLog()
  const platformUpgrades: string[] = []
  const gateway: Gateway = createGateway({
    config: {
      publicOrigin: 'http://localhost',
      basePath: '',
      mainHosts: [],
      appsHost: 'localhost',
      instanceTag: TAG,
      trustedProxies: [],
      encrypted: certificate !== undefined,
      ...overrides,
    },
    routes: table,
    access: people.access,
    platform: {
      handle: platform ?? ((_req, res) => void res.end('platform')),
      upgrade: (req, socket) => {
        platformUpgrades.push(req.url ?? '')
        socket.end('HTTP/1.1 503 Platform\r\n\r\n')
      },
    },
    accessLog: (record) => records.push(record),
    log,
    clock: systemClock,
  })
  const listener = createListener({ gateway, tls: certificate && only(certificate), handshakeMs: HANDSHAKE_MS })
  scope.defer(() => gateway.close())
  scope.defer(() => listener.close(0))
  await listener.listen({ host: '127.0.0.1', port: 0 })
  const port = portOf(listener.server)
  return {
    scope,
    port,
    gateway,
    server: listener.server,
    people,
    table,
    records,
    log,
    platformUpgrades,
    main: `localhost:${port}`,
    address: `127.0.0.1:${port}`,
    service: `${SERVICE_LABEL}.localhost:${port}`,
    workspace: `${WORKSPACE_LABEL}.localhost:${port}`,
    call: (options: CallOptions) => call(port, options),
    /** A connection on which nothing was said. */
    dial: () => net.connect(port, '127.0.0.1').on('error', () => undefined),
    raw: (text: string, options: RawOptions = {}) => raw(port, text, { tls: certificate && {}, ...options }),
    /** An app on a port of its own, reached by both routes. */
    startApp: async (handler: RequestListener) => {
      const app = await startServer(handler)
      scope.defer(() => app.close())
      table.set(
        serviceRoute({ state: 'ready', endpoints: [app.endpoint] }),
        workspaceRoute({ state: 'ready', endpoints: [app.endpoint] }),
      )
      return app
    },
    close: () => scope.close(),
  }
}

export type Rig = Awaited<ReturnType<typeof startRig>>

/** Short, so that a test can wait for it; no handshake on this machine takes as long. */
export const HANDSHAKE_MS = 1000

function only(certificate: CertificatePair) {
  return {
    pairs: () => [certificate],
    challenges: () => new Map<string, CertificatePair>(),
    subscribe: () => () => undefined,
  }
}

export function serviceRoute(upstream: Upstream, overrides: Partial<Route> = {}): Route {
  const fixed = { id: 'service', label: SERVICE_LABEL, pathPrefix: SERVICE_PREFIX, stripPrefix: true, audience: '1' }
  return { ...fixed, fallback: 'capability', upstream, ...overrides }
}

export function workspaceRoute(upstream: Upstream, overrides: Partial<Route> = {}): Route {
  const fixed = {
    id: 'workspace',
    label: WORKSPACE_LABEL,
    pathPrefix: WORKSPACE_PREFIX,
    stripPrefix: false,
    audience: '1',
  }
  return { ...fixed, fallback: 'owner', upstream, ...overrides }
}

function createTable() {
  let table: RouteTable = { version: 1, routes: [] }
  const listeners = new Set<() => void>()
  return {
    current: () => table,
    subscribe: (changed: () => void) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    set: (...routes: Route[]) => {
      table = { version: table.version + 1, routes }
      for (const changed of listeners) changed()
    },
  }
}

/** Ann owns the workspace and has a token and a session; others are added by a test. */
function createPeople() {
  const decisions = new Map<string, Decision>([
    [`token ${TOKEN}`, { verdict: 'allow', user: 'ann', owner: true }],
    ['session ann', { verdict: 'allow', user: 'ann', owner: true }],
    ['app ann', { verdict: 'allow', user: 'ann', owner: true }],
    [`capability ${CAPABILITY}`, { verdict: 'allow', user: 'ann', owner: true }],
    [`capability ${WORKSPACE_CAPABILITY}`, { verdict: 'allow', user: 'ann', owner: true }],
  ])
  const tickets = new Map<string, string>()
  const listeners = new Set<() => void>()
  const asked: Credential[] = []
  const lookedUp: string[] = []
  const capabilities = new Map([
    [CAPABILITY, 'service'],
    [WORKSPACE_CAPABILITY, 'workspace'],
  ])
  let answer: (decision: Decision) => Decision | Promise<Decision> = (decision) => decision
  const access: Access = {
    decide: (credential) => {
      asked.push(credential)
      return answer(decisions.get(`${credential.kind} ${credential.secret}`) ?? { verdict: 'unauthenticated' })
    },
    enter: async ({ by, secret, label }) => {
      const entered =
        by === 'ticket' ? tickets.get(secret) === label : decisions.get(`token ${secret}`)?.verdict === 'allow'
      tickets.delete(secret)
      if (!entered) return undefined
      const session = randomSecret()
      decisions.set(`app ${session}`, { verdict: 'allow', user: 'ann', owner: true })
      return { secret: session }
    },
    routeOf: (capability) => {
      lookedUp.push(capability)
      return capabilities.get(capability)
    },
    subscribe: (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
  }
  return {
    access,
    asked,
    /** Capabilities that were asked for. */
    lookedUp,
    issueTicket: (label: string) => {
      const ticket = randomSecret()
      tickets.set(ticket, label)
      return ticket
    },
    set: (kind: Credential['kind'], secret: string, decision: Decision) => {
      decisions.set(`${kind} ${secret}`, decision)
      for (const changed of listeners) changed()
    },
    /** Makes answers late, or fail. */
    answerBy: (how: typeof answer) => {
      answer = how
      for (const changed of listeners) changed()
    },
  }
}

export interface CallOptions {
  readonly host: string
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** One request on a connection of its own; the host is only a header, as for a browser that resolved it. */
async function call(port: number, { host, path, method = 'GET', headers = {}, body }: CallOptions): Promise<Answer> {
  const req = http.request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false })
  req.end(body)
  const [res] = (await once(req, 'response')) as IncomingMessage[] // what this event carries
  if (!res) throw new Error('no response')
  return { status: res.statusCode ?? 0, headers: res.headers, rawHeaders: res.rawHeaders, body: await textOf(res) }
}

export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

export interface RawOptions {
  /** Ends the wait early; without it, until the server closes or is silent for a moment. */
  readonly until?: RegExp
  /** Inside TLS. */
  readonly tls?: { readonly protocol?: string } | undefined
}

/** Sends bytes as they are and returns what came back until the connection ended. */
function raw(port: number, text: string, { until, tls: inside }: RawOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const address = { port, host: '127.0.0.1' }
    const socket = inside
      ? tls.connect({ ...address, rejectUnauthorized: false, ALPNProtocols: [inside.protocol ?? 'http/1.1'] })
      : net.connect(address)
    let received = ''
    const finish = () => {
      socket.destroy()
      resolve(received)
    }
    socket.setTimeout(1500, finish)
    socket.on('error', finish)
    socket.on('close', finish)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (until?.test(received)) finish()
    })
    socket.write(Buffer.from(text, 'latin1'))
  })
}

export interface TestServer {
  readonly server: Server
  readonly endpoint: Endpoint
  readonly seen: IncomingMessage[]
  close(): Promise<void>
}

export async function startServer(handler: RequestListener, socketPath?: string): Promise<TestServer> {
  const seen: IncomingMessage[] = []
  const sockets = new Set<net.Socket>()
  const server = http.createServer((req, res) => {
    seen.push(req)
    handler(req, res)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) =>
    socketPath ? server.listen(socketPath, resolve) : server.listen(0, '127.0.0.1', resolve),
  )
  const endpoint: Endpoint = socketPath
    ? { kind: 'unix', path: socketPath }
    : { kind: 'tcp', host: '127.0.0.1', port: portOf(server) }
  return {
    server,
    endpoint,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

export function portOf(server: net.Server): number {
  // A TCP server that listens has an AddressInfo.
  return (server.address() as AddressInfo).port
}

/** Waits for a condition, at most `deadlineMs`. */
export async function until(condition: () => boolean, deadlineMs = 5000): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export const asBrowser = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
} as const

export const bearer = { authorization: `Bearer ${TOKEN}` } as const
export const sessionOfAnn = { cookie: `__Host-lab-${TAG}=ann` } as const
export const appOfAnn = { cookie: `__Host-lab-app-${TAG}=ann` } as const
