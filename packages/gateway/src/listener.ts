import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, ListenOptions, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { answerClientError } from './client-errors.ts'
import type { Gateway } from './gateway.ts'
import type { CertificateSource } from './tls/certificates.ts'
import { createHandshakes, type HandshakeCounts } from './tls/handshakes.ts'
import { createSniffer } from './tls/sniff.ts'

export interface ListenerOptions {
  readonly gateway: Pick<Gateway, 'handle' | 'upgrade'>
  /** Bytes of a request's head, cookies included. Above: 431. */
  readonly maxHeaderBytes?: number
  /** How long a head may take to arrive. After: 408. */
  readonly headMs?: number
  /** With certificates the port speaks TLS too. Without, connections go to node:http untouched. */
  readonly tls?: CertificateSource | undefined
  /** How long a TLS handshake may take. */
  readonly handshakeMs?: number
  /** So many connections may be silent or in a handshake at once. */
  readonly mostUndecided?: number
}

/** What became of connections that began like TLS, since the start. */
export interface TlsCounts extends HandshakeCounts {
  /** Gave way to newer ones before it was known what they are. */
  readonly pushedOut: number
}

export interface Listener {
  /** The http server itself listens, also where TLS is served: its clocks begin with that. */
  readonly server: Server
  /** Rejects if the address is taken. */
  listen(options: Pick<ListenOptions, 'host' | 'port' | 'path'>): Promise<AddressInfo | string>
  /** Takes no more connections, lets answers under way end, and cuts what is still open after `graceMs`. */
  close(graceMs: number): Promise<void>
  /** Undefined without TLS. */
  tlsCounts(): TlsCounts | undefined
}

const TIDY_EVERY_MS = 20

/** The one port of the platform. */
export function createListener({
  gateway,
  maxHeaderBytes = 16 * 1024,
  headMs = 15_000,
  tls,
  handshakeMs = 10_000,
  mostUndecided = 500,
}: ListenerOptions): Listener {
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
  const edge = tls && serveTls(server, tls, { headMs, handshakeMs, mostUndecided })

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
        edge?.close()
        for (const socket of upgraded) socket.end()
      }),
    tlsCounts: () => edge?.counts(),
  }
}

interface Limits {
  readonly headMs: number
  readonly handshakeMs: number
  readonly mostUndecided: number
}

/** Connections are looked at before the http server gets them; those with TLS come to the same server when they are through. */
function serveTls(server: Server, source: CertificateSource, { headMs, handshakeMs, mostUndecided }: Limits) {
  const listeners = server.listeners('connection')
  const accept = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket)
  }
  const handshakes = createHandshakes({ source, accept, tooLateMs: handshakeMs })
  const sniffer = createSniffer({ handshakes, acceptPlain: accept, silentMs: headMs, mostUndecided })
  server.removeAllListeners('connection')
  server.on('connection', sniffer.arrived)
  return {
    counts: (): TlsCounts => ({ ...handshakes.counts(), pushedOut: sniffer.pushedOut() }),
    close: () => {
      sniffer.close()
      handshakes.close()
    },
  }
}
