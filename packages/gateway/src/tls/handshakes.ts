import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createSecureContext, createServer, type TLSSocket } from 'node:tls'

import { readContexts, type CertificateSource } from './certificates.ts'
import { TUNNEL_PROTOCOL } from './transport.ts'

export interface HandshakeCounts {
  /** Since the start: those that ended well, those that went wrong, and those that took too long. */
  readonly done: number
  readonly failed: number
  readonly late: number
}

/** Turns connections that begin like TLS into ones that carry plain bytes. */
export interface Handshakes {
  /** Calls back once: when it is through, or will never be. */
  begin(socket: Socket, over: () => void): void
  /** Whether an authority may be about to ask for a proof, so that a connection's first message has to be read whole. */
  readonly challenged: boolean
  /** Answers an authority that asks for it (RFC 8737): a handshake and nothing else. */
  prove(socket: Socket, over: () => void): void
  counts(): HandshakeCounts
  close(): void
}

export interface HandshakesOptions {
  readonly source: CertificateSource
  /** For connections that are through. */
  readonly accept: (socket: TLSSocket) => void
  readonly tooLateMs: number
}

/** The tunnel comes first: who offers it is one. */
const PROTOCOLS = [TUNNEL_PROTOCOL, 'http/1.1']
const PROOF_PROTOCOL = 'acme-tls/1'

export function createHandshakes({ source, accept, tooLateMs }: HandshakesOptions): Handshakes {
  let contexts = readContexts(source.pairs())
  const counts = { done: 0, failed: 0, late: 0 }
  const endings = new WeakMap<object, () => void>()
  const strict = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const

  const server = createServer({
    ...strict,
    ...contexts.fallback,
    ALPNProtocols: PROTOCOLS,
    SNICallback: (hostname, done) => done(null, contexts.contextFor(hostname)),
  })
  server.on('secureConnection', (socket) => {
    counts.done += 1
    settle(socket)
    accept(socket)
  })
  server.on('tlsClientError', (_error, socket) => {
    counts.failed += 1
    socket.destroy()
  })
  const prover = createServer({
    ...strict,
    ALPNProtocols: [PROOF_PROTOCOL],
    SNICallback: (hostname, done) => {
      const pair = source.challenges().get(hostname)
      if (pair) done(null, createSecureContext(pair))
      else done(new Error('nobody asked for this proof'))
    },
  })
  prover.on('secureConnection', (socket) => {
    settle(socket)
    socket.end()
  })
  prover.on('tlsClientError', (_error, socket) => socket.destroy())

  const unsubscribe = source.subscribe(() => {
    contexts = readContexts(source.pairs())
    // With it go the keys of session tickets, so nobody resumes with the certificate of before.
    server.setSecureContext({ ...strict, ...contexts.fallback })
  })

  /** The timer that node:tls has does not begin for connections it was handed with bytes in them. */
  const watch = (socket: Socket, over: () => void) => {
    const timer = setTimeout(() => {
      counts.late += 1
      socket.destroy()
    }, tooLateMs)
    const end = () => {
      clearTimeout(timer)
      socket.off('close', end)
      over()
    }
    endings.set(socket, end)
    socket.on('close', end)
  }
  const settle = (socket: TLSSocket) => endings.get(carrierOf(socket))?.()

  return {
    begin: (socket, over) => {
      watch(socket, over)
      server.emit('connection', socket)
    },
    get challenged() {
      return source.challenges().size > 0
    },
    prove: (socket, over) => {
      watch(socket, over)
      prover.emit('connection', socket)
    },
    counts: () => ({ ...counts }),
    close: unsubscribe,
  }
}

/** The connection that a TLS socket was made of. */
function carrierOf(socket: TLSSocket): object {
  const parent: unknown = '_parent' in socket ? socket._parent : undefined
  if (typeof parent !== 'object' || parent === null)
    throw new Error('a TLS socket of a server has a connection below it')
  return parent
}

/** Whether a first message of TLS offers the protocol of proofs. */
export function asksForProof(hello: Buffer): boolean {
  return hello.includes(PROOF_PROTOCOL, 0, 'latin1')
}
