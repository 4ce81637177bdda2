import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Socket } from 'node:net'

import { createScope, hasCode, messageOf, newId, type Log } from '@mllab/kernel'

import type { Access } from '../access.ts'
import type { PlatformHandler } from '../gateway.ts'
import type { Route, RouteSource, RouteTable } from '../routes.ts'
import type { RouteTraffic } from '../traffic.ts'
import {
  ALIVE_EVERY_MS,
  PROTOCOL,
  readMessages,
  sendMessage,
  type Answer,
  type FromGateway,
  type Question,
} from './messages.ts'

/** Where platform and gateway meet: two unix sockets in a folder that only their user can enter. */
export interface MeetingPlace {
  /** Routes and decisions. */
  readonly control: string
  /** HTTP for the platform's own pages and API. */
  readonly pages: string
}

export interface ServeGatewayOptions {
  readonly place: MeetingPlace
  readonly routes: RouteSource
  readonly access: Access
  readonly platform: Pick<PlatformHandler, 'handle' | 'upgrade'>
  readonly log: Log
}

/** The platform's end of a gateway that runs apart. Any number of gateways may be connected. */
export async function serveGateway({ place, routes, access, platform, log }: ServeGatewayOptions) {
  const scope = createScope()
  const run = newId()
  const connected = new Map<Socket, RouteTable | undefined>()
  const reports = new Map<Socket, Extract<FromGateway, { type: 'traffic' }>>()

  const receive = (socket: Socket, message: FromGateway) => {
    switch (message.type) {
      case 'hello':
        if (message.protocol !== PROTOCOL) throw new Error('the gateway is of another version')
        return sendAll(socket)
      case 'resync':
        return sendAll(socket)
      case 'traffic':
        return void reports.set(socket, message)
      case 'ask':
        return void answer(message.question).then(
          (found) => sendMessage(socket, { type: 'answer', id: message.id, answer: found }),
          (error: unknown) =>
            sendMessage(socket, { type: 'answer', id: message.id, answer: undefined, failed: messageOf(error) }),
        )
    }
  }

  const answer = async (question: Question): Promise<Answer | undefined> => {
    switch (question.about) {
      case 'decision': {
        const route = routes.current().routes.find(({ id }) => id === question.routeId)
        return route ? access.decide(question.credential, route) : { verdict: 'hidden' }
      }
      case 'entry':
        return access.enter(question.entry)
      case 'capability':
        return access.routeOf(question.secret)
    }
  }

  const sendAll = (socket: Socket) => {
    const table = routes.current()
    connected.set(socket, table)
    sendMessage(socket, { type: 'routes', run, version: table.version, routes: table.routes })
  }

  const sendChanges = () => {
    const table = routes.current()
    for (const [socket, known] of connected) {
      if (known === undefined || known.version === table.version) continue
      connected.set(socket, table)
      sendMessage(socket, { type: 'changes', from: known.version, to: table.version, ...changes(known, table) })
    }
  }

  const control = createServer((socket) => {
    connected.set(socket, undefined)
    socket.on('error', (error) => log.warn('the connection to a gateway broke', { error: messageOf(error) }))
    socket.on('close', () => {
      connected.delete(socket)
      reports.delete(socket)
    })
    // The other end is the same program.
    readMessages(socket, (message) => receive(socket, message as FromGateway))
  })
  const pages = createHttpServer({
    requestTimeout: 0,
    keepAliveTimeout: 60_000,
    maxHeaderSize: 64 * 1024,
    shouldUpgradeCallback: (req) => req.headers.upgrade?.toLowerCase() === 'websocket',
  })
  const reached = { scheme: 'http', authority: '', clientAddress: '', navigation: false } as const
  pages.on('request', (req, res) => platform.handle(req, res, reached))
  pages.on('upgrade', (req, socket, head) => platform.upgrade(req, socket, head, reached))

  await listenAt(control, place.control)
  scope.defer(async () => {
    const closed = once(control.close(), 'close')
    for (const socket of connected.keys()) socket.destroy()
    await closed
  })
  await listenAt(pages, place.pages)
  scope.defer(async () => {
    const closed = once(pages.close(), 'close')
    pages.closeAllConnections()
    await closed
  })
  scope.defer(routes.subscribe(sendChanges))
  scope.defer(
    access.subscribe(() => {
      for (const socket of connected.keys()) sendMessage(socket, { type: 'access' })
    }),
  )
  scope.every(ALIVE_EVERY_MS, () => {
    for (const socket of connected.keys()) sendMessage(socket, { type: 'alive' })
  })
  return {
    traffic: () => together([...reports.values()].flatMap((report) => report.routes)),
    /** Of the gateway that was connected last; undefined before it said anything, and without TLS. */
    tls: () => [...reports.values()].at(-1)?.tls,
    close: () => scope.close(),
  }
}

function changes(before: RouteTable, after: RouteTable): { set: Route[]; removed: string[] } {
  const known = new Map(before.routes.map((route) => [route.id, JSON.stringify(route)]))
  const set = after.routes.filter((route) => known.get(route.id) !== JSON.stringify(route))
  const living = new Set(after.routes.map(({ id }) => id))
  return { set, removed: [...known.keys()].filter((id) => !living.has(id)) }
}

/** What several gateways saw of the same routes. */
function together(parts: readonly Readonly<RouteTraffic>[]): RouteTraffic[] {
  const sums = new Map<string, RouteTraffic>()
  for (const part of parts) {
    const sum = sums.get(part.route)
    if (!sum) sums.set(part.route, { ...part })
    else {
      sum.requests += part.requests
      sum.failures += part.failures
      sum.open += part.open
      sum.bytesIn += part.bytesIn
      sum.bytesOut += part.bytesOut
      sum.lastRequestAt = Math.max(sum.lastRequestAt, part.lastRequestAt)
      sum.touches += part.touches
      sum.lastTouchAt = Math.max(sum.lastTouchAt, part.lastTouchAt)
    }
  }
  return [...sums.values()]
}

/** A socket that a killed process left behind is nobody's: the data root is ours alone. */
async function listenAt(server: ReturnType<typeof createServer>, path: string): Promise<void> {
  await rm(path, { force: true })
  server.listen(path)
  await once(server, 'listening').catch((error: unknown) => {
    if (hasCode(error, 'EINVAL')) throw new Error(`the path of a socket is too long: ${path}`, { cause: error })
    throw error
  })
}
