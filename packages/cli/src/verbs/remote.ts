import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import net, { isIP } from 'node:net'
import tls, { type TLSSocket } from 'node:tls'

import { serverAddress } from '../connection/connection.ts'
import { Failure, UsageError } from '../failures.ts'

/** A server elsewhere. */
export interface Remote {
  readonly href: string
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
  /** Base path, without a slash at the end. */
  readonly path: string
}

/** What makes its certificate a trusted one, beside the authorities this machine knows. */
export interface Trust {
  /** SHA-256 of exactly this certificate. */
  readonly fingerprint?: string | undefined
  /** PEM file of an authority, or of a certificate that signs itself. */
  readonly caFile?: string | undefined
}

/** The server then knows that a browser sees plain HTTP on localhost. */
const TUNNEL_PROTOCOL = 'x-mllab-tunnel'
const DIAL_MS = 10_000

/** Who leaves the scheme out means what servers on an address speak. */
export function remoteOf(address: string): Remote {
  const href = serverAddress(address.includes('://') ? address : `http://${address}`)
  const url = new URL(href)
  const encrypted = url.protocol === 'https:'
  const path = url.pathname === '/' ? '' : url.pathname
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { href, host, port: Number(url.port || (encrypted ? 443 : 80)), encrypted, path }
}

/** How to reach it. Rejects if its certificate is not trusted, before anything is sent. */
export async function dialer(remote: Remote, trust: Trust): Promise<() => Promise<net.Socket>> {
  if (!remote.encrypted) return () => dial(remote, net.connect(target(remote)), 'connect')
  const ca = trust.caFile === undefined ? undefined : await readFile(trust.caFile, 'utf8')
  const dialTls = () => dial(remote, tls.connect(tlsOptions(remote, ca)), 'secureConnect')
  const pinned = trust.fingerprint === undefined ? undefined : plainHex(trust.fingerprint)
  const check = (socket: TLSSocket) => {
    const problem = problemOf(socket, pinned)
    if (problem === undefined) return socket
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    throw untrusted(remote, problem, fingerprint256)
  }
  const first = check(await dialTls())
  first.destroy()
  if (first.alpnProtocol !== TUNNEL_PROTOCOL)
    throw new UsageError(
      `${remote.href} is encrypted by something before the server, for its own name, which localhost cannot stand for: open it by that name, or forward the server’s port with ssh -L.`,
    )
  return async () => check(await dialTls())
}

function target({ host, port }: Remote) {
  return { host, port, allowHalfOpen: true }
}

function tlsOptions(remote: Remote, ca: string | undefined): tls.ConnectionOptions {
  return {
    ...target(remote),
    ALPNProtocols: [TUNNEL_PROTOCOL, 'http/1.1'],
    // What is wrong with it is told in our words.
    rejectUnauthorized: false,
    ...(isIP(remote.host) === 0 ? { servername: remote.host } : {}),
    ...(ca === undefined ? {} : { ca: [...tls.getCACertificates('default'), ca] }),
  }
}

async function dial<T extends net.Socket>({ href }: Remote, socket: T, opened: string): Promise<T> {
  socket.setNoDelay(true)
  try {
    await once(socket, opened, { signal: AbortSignal.timeout(DIAL_MS) })
  } catch (error) {
    socket.destroy()
    const reason = error instanceof Error && error.name !== 'AbortError' ? error.message : 'nothing was heard'
    throw new Failure(
      `${href} does not answer: ${reason}.`,
      'Check the address, and that the server listens on it (LAB_HOST).',
    )
  }
  return socket
}

/** Undefined if the certificate is the pinned one, or trusted. */
function problemOf(socket: TLSSocket, pinned: string | undefined): string | undefined {
  if (pinned !== undefined)
    return plainHex(socket.getPeerCertificate().fingerprint256) === pinned ? undefined : 'is another one than was named'
  return socket.authorized ? undefined : `is not trusted here (${String(socket.authorizationError)})`
}

function untrusted({ href }: Remote, problem: string, fingerprint: string): Failure {
  return new Failure(
    `The certificate of ${href} ${problem}. Its SHA-256 fingerprint is\n${fingerprint}`,
    `Compare it with the one in the server’s log. If it is the same: mllab connect ${href} --fingerprint ${fingerprint}`,
  )
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(/[^0-9a-f]/gi, '').toUpperCase()
}
