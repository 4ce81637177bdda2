import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'
import type { Duplex } from 'node:stream'

import { hasCode } from '@mllab/kernel'

import type { Gateway } from './gateway.ts'

export interface ListenerOptions {
  readonly gateway: Pick<Gateway, 'handle' | 'upgrade'>
  /** Bytes of a request's head, cookies included. Above: 431. */
  readonly maxHeaderBytes?: number
  /** How long a head may take to arrive. After: 408. */
  readonly headMs?: number
}

export interface Listener {
  /** The http server itself listens: what sniffs a connection's first bytes takes its `connection` listener over and calls it. */
  readonly server: Server
  /** Rejects if the address is taken. */
  listen(options: Pick<ListenOptions, 'host' | 'port' | 'path'>): Promise<AddressInfo | string>
  /** Takes no more connections, lets answers under way end, and cuts what is still open after `graceMs`. */
  close(graceMs: number): Promise<void>
}

const TIDY_EVERY_MS = 20

/** The one port of the platform. */
export function createListener({ gateway, maxHeaderBytes = 16 * 1024, headMs = 15_000 }: ListenerOptions): Listener {
  const upgraded = new Set<Duplex>()
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    // An upload may take hours; a head may not.
    requestTimeout: 0,
    headersTimeout: headMs,
    connectionsCheckingInterval: Math.min(5000, headMs),
    keepAliveTimeout: 60_000,
    insecureHTTPParser: false,
    // Others (h2c) are not served: such a request is answered as plain HTTP/1.1, as RFC 9110 allows.
    shouldUpgradeCallback: (req) => req.headers.upgrade?.toLowerCase() === 'websocket',
  })
  server.on('request', gateway.handle)
  server.on('checkContinue', gateway.handle)
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    gateway.upgrade(req, socket, head)
  })
  server.on('clientError', answerClientError)

  return {
    server,
    listen: (options) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(options, () => {
          server.off('error', reject)
          resolve(server.address() ?? '')
        })
      }),
    close: (graceMs) =>
      new Promise((resolve) => {
        const cut = () => {
          server.closeAllConnections()
          for (const socket of upgraded) socket.destroy()
        }
        const timer = setTimeout(cut, graceMs)
        // Clients keep their connections after the last answer; node:http closes only those that are idle right now.
        const tidying = setInterval(() => server.closeIdleConnections(), TIDY_EVERY_MS)
        server.close(() => {
          clearTimeout(timer)
          clearInterval(tidying)
          resolve()
        })
        server.closeIdleConnections()
        for (const socket of upgraded) socket.end()
      }),
  }
}

const LINGER_MS = 1000
/** Sockets that got their answer and may still be sending: what they send is an error again, and is read on so that they get to see it. */
const lingering = new WeakSet<Duplex>()

/**
 * What never became a request. A head that is too large is mostly cookies that some neighbouring host planted to lock people out:
 * told to forget them, the browser gets in again, signed out.
 */
function answerClientError(error: Error, socket: Duplex): void {
  if (lingering.has(socket)) return
  const answer = answerUnderWay(socket)
  if (hasCode(error, 'ECONNRESET') || !socket.writable || answer?.headersSent) return void socket.destroy()
  const { status, headers = '', body = '' } = answerTo(error)
  const text =
    `HTTP/1.1 ${status}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Security-Policy: sandbox\r\n` +
    `${headers}Content-Length: ${body.length}\r\n\r\n${body}`
  // What was broken is the body of a request that somebody is working on already.
  if (answer !== undefined) return void socket.end(text, () => socket.destroy())
  lingering.add(socket)
  socket.end(text)
  // Closed with bytes unread, the system would answer with a reset, which may overtake the answer.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('end', () => socket.destroy())
  socket.once('close', () => clearTimeout(timer))
}

function answerTo(error: Error): { status: string; headers?: string; body?: string } {
  if (hasCode(error, 'HPE_HEADER_OVERFLOW'))
    return {
      status: '431 Request Header Fields Too Large',
      headers: 'Clear-Site-Data: "cookies"\r\nContent-Type: text/plain\r\n',
      body: 'This browser sent more cookies than fit into a request. They are removed now: load the page again, and sign in.\n',
    }
  return { status: hasCode(error, 'ERR_HTTP_REQUEST_TIMEOUT') ? '408 Request Timeout' : '400 Bad Request' }
}

/** What node:http is answering on this connection. In the middle of an answer a second head would be taken for its body. */
function answerUnderWay(socket: Duplex): { readonly headersSent: boolean } | undefined {
  const message: unknown = '_httpMessage' in socket ? socket._httpMessage : undefined
  if (typeof message !== 'object' || message === null) return undefined
  return { headersSent: 'headersSent' in message && message.headersSent === true }
}
