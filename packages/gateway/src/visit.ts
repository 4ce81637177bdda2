import type { IncomingMessage } from 'node:http'

import type { GatewayConfig } from './config.ts'
import { cookieNames, readCookies, TOKEN_COOKIE, type CookieNames, type ReadCookies } from './cookies.ts'
import { createHosts, isBelow, isLocalName, isLoopback, isLoopbackHost, type HostFacts } from './hosts.ts'
import { createTrustedProxies, plainAddress } from './proxies.ts'
import { refusals, type Refusal } from './refusals.ts'
import { readRequestHead, type RequestHead } from './request-head.ts'
import { readTarget, type Target } from './target.ts'
import { transportOf } from './tls/transport.ts'

/** A request that passed the checks every request has to pass, and what was learned from it. */
export interface Visit {
  readonly req: IncomingMessage
  readonly method: string
  readonly head: RequestHead
  readonly host: HostFacts
  readonly target: Target
  readonly scheme: 'http' | 'https'
  readonly clientAddress: string
  /** Asks for `upgrade: websocket`. */
  readonly websocket: boolean
  /** A page is to be shown: a redirect or a page of ours helps. */
  readonly navigation: boolean
  /** Somebody else may have made this browser send it: tokens that travel by themselves do not count. */
  readonly browser: boolean
  readonly cookies: ReadCookies
  /** Unencrypted over a network, though the port speaks TLS. */
  readonly exposed: boolean
  /** The session's cookie has a domain, and the host is of it. */
  readonly ofCookieDomain: boolean
}

export interface VisitReader {
  /** The visit, or why there is none. */
  read(req: IncomingMessage, websocket: boolean): Visit | Refusal
  readonly names: CookieNames
}

export function createVisitReader(config: GatewayConfig): VisitReader {
  const classify = createHosts(config)
  const proxies = createTrustedProxies(config.trustedProxies)

  return {
    names: cookieNames(config.instanceTag),
    read: (req, websocket) => {
      if (req.httpVersion !== '1.1' && req.httpVersion !== '1.0') return refusals.badVersion
      const head = readRequestHead(req.rawHeaders)
      if (head.hostCount !== 1) return refusals.badHost
      if (head.twin !== undefined) return refusals.twinHeader
      const target = readTarget(req.url ?? '')
      if (target === undefined) return refusals.badTarget
      const method = req.method ?? 'GET'
      if (method === 'TRACE' || method === 'TRACK' || method === 'CONNECT') return refusals.badMethod

      const peer = plainAddress(req.socket.remoteAddress)
      const trusted = proxies.trusts(peer)
      const host = classify((trusted ? head.forwardedHost : undefined) ?? head.host)
      if (host.kind === 'unknown') return refusals.unknownHost
      const transport = transportOf(req.socket)
      const scheme = transport === 'tls' || (trusted && head.forwardedProto === 'https') ? 'https' : 'http'
      return {
        req,
        method,
        head,
        host,
        target,
        scheme,
        exposed:
          config.encrypted === true &&
          scheme === 'http' &&
          !((transport === 'tunnel' || isLoopback(peer)) && isLoopbackHost(host.hostname)),
        clientAddress: proxies.clientOf(peer, head.forwardedFor),
        websocket,
        navigation: isNavigation(method, head, websocket),
        browser: isBrowser(method, head),
        cookies: readCookies(head.cookie),
        ofCookieDomain: config.cookieDomain !== undefined && isBelow(host.hostname, config.cookieDomain),
      }
    },
  }
}

/** Origin of the host that was asked, as a browser writes it. */
export function originOf(visit: Visit): string {
  return `${visit.scheme}://${visit.host.authority}`
}

/** Origin of the platform's pages, as seen from an app's host. */
export function mainOriginOf(visit: Visit): string {
  return `${visit.scheme}://${visit.host.mainAuthority}`
}

/** Where `Secure` and `__Host-` cookies live. */
export function isSecureContext(visit: Visit): boolean {
  return visit.scheme === 'https' || isLocalName(visit.host.hostname)
}

export function sessionCookie(visit: Visit, names: CookieNames): string | undefined {
  // Plain names can be planted by neighbouring hosts, so they count only where nothing better exists.
  const { session, sessionOfDomain, sessionPlain } = names
  return visit.cookies.get(!isSecureContext(visit) ? sessionPlain : visit.ofCookieDomain ? sessionOfDomain : session)
}

/** `framed`: the browser showed only the partitioned cookie, so the app runs in a frame of another site. */
export function appCookie(visit: Visit, names: CookieNames): { secret: string; framed: boolean } | undefined {
  const { cookies } = visit
  const own = cookies.get(isSecureContext(visit) ? names.app : names.appPlain)
  if (own !== undefined) return { secret: own, framed: false }
  const framed = cookies.get(names.frame)
  return framed === undefined ? undefined : { secret: framed, framed: true }
}

/** The token of an `Authorization` header: Bearer, JupyterHub's `token`, or Basic with the token as password. Others are the app's. */
export function headerToken(head: RequestHead): string | undefined {
  const parts = head.authorization === undefined ? null : /^(bearer|token|basic) +([^\s]+)$/i.exec(head.authorization)
  if (parts === null) return undefined
  const [, scheme = '', value = ''] = parts
  const secret = scheme.toLowerCase() === 'basic' ? basicPassword(value) : value
  return isToken(secret) ? secret : undefined
}

/** Tokens that travel by themselves. They count only for programs: a link or a planted cookie must not make a browser show an app here. */
export function ambientToken(visit: Visit): string | undefined {
  if (visit.browser) return undefined
  const token = visit.cookies.get(TOKEN_COOKIE) ?? visit.target.queryToken
  return token !== undefined && isToken(token) ? token : undefined
}

/**
 * A cookie counts only for a page's own requests: neighbouring hosts of one site get our cookies attached to theirs,
 * and apps framed by the same page share partitioned cookies.
 */
export function isOwnRequest(visit: Visit): boolean {
  const { origin, fetchSite, fetchMode } = visit.head
  const own = origin === originOf(visit)
  if (visit.websocket) return own
  if (origin !== undefined && !own) return false
  const safe = visit.method === 'GET' || visit.method === 'HEAD'
  if (fetchSite === undefined) return own || safe
  return fetchSite === 'same-origin' || fetchSite === 'none' || (safe && fetchMode === 'navigate')
}

function isToken(secret: string): boolean {
  return secret.startsWith('mlp_') && secret.length <= 512
}

function basicPassword(encoded: string): string {
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  return pair.slice(pair.indexOf(':') + 1)
}

function isNavigation(method: string, head: RequestHead, websocket: boolean): boolean {
  if (websocket || (method !== 'GET' && method !== 'HEAD')) return false
  return head.fetchMode === undefined ? acceptsHtml(head) : head.fetchMode === 'navigate'
}

/** Pages on plain http addresses send no Sec-Fetch headers; what they show, they ask for as HTML. */
function isBrowser(method: string, head: RequestHead): boolean {
  return (
    head.fetchSite !== undefined ||
    head.fetchMode !== undefined ||
    ((method === 'GET' || method === 'HEAD') && acceptsHtml(head))
  )
}

function acceptsHtml(head: RequestHead): boolean {
  return head.accept !== undefined && head.accept.includes('text/html')
}
