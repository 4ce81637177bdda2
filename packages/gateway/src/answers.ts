import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import { page, PAGE_POLICY } from './page.ts'
import type { Refusal } from './refusals.ts'
import { discardRest, isStillSending } from './request-body.ts'

export interface RefuseOptions {
  /** People get a page, programs problem details (RFC 9457). */
  readonly asPage: boolean
  /** Shown as a link on the page. */
  readonly link?: { readonly text: string; readonly href: string }
  /** Origins that may frame the page, default: only its own. */
  readonly framedBy?: string
  /** The page stands at the address of an app that must not have the origin of its address. */
  readonly sandboxed?: boolean
}

const OWN_ANSWER = ['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff', 'Referrer-Policy', 'no-referrer']
/** For what is no page: inert, wherever it stands. */
const INERT = ['Content-Security-Policy', "default-src 'none'; sandbox; frame-ancestors 'none'"]
/** Our pages have no scripts; their link leads out of the sandbox. */
const PAGE_SANDBOX = 'sandbox allow-popups allow-popups-to-escape-sandbox'

/** Answers with a refusal, and closes the connection if the client is still sending. */
export function refuseRequest(
  req: IncomingMessage,
  res: ServerResponse,
  refusal: Refusal,
  options: RefuseOptions,
): void {
  if (res.headersSent) return void res.destroy()
  const body = options.asPage ? page(refusal, options.link) : problem(refusal)
  const headers = [
    ...OWN_ANSWER,
    'Content-Type',
    options.asPage ? 'text/html; charset=utf-8' : 'application/problem+json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    ...extraHeaders(refusal),
  ]
  if (options.asPage) headers.push('Content-Security-Policy', pagePolicy(options))
  else headers.push(...INERT)
  if (isStillSending(req)) headers.push('Connection', 'close')
  res.writeHead(refusal.status, headers)
  res.end(req.method === 'HEAD' ? undefined : body)
  discardRest(req)
}

function pagePolicy({ framedBy, sandboxed }: RefuseOptions): string {
  const framing = framedBy === undefined ? "frame-ancestors 'self'" : `frame-ancestors 'self' ${framedBy}`
  return [PAGE_POLICY, framing, ...(sandboxed ? [PAGE_SANDBOX] : [])].join('; ')
}

/** The same for a connection that asked for an upgrade; ends it. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) return void socket.destroy()
  const body = problem(refusal)
  const headers = [
    ...OWN_ANSWER,
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Connection',
    'close',
    ...INERT,
    ...extraHeaders(refusal),
  ]
  let text = `HTTP/1.1 ${refusal.status} ${refusal.title.replace(/[^\x20-\x7e]/g, '')}\r\n`
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  socket.end(`${text}\r\n${body}`, () => socket.destroy())
}

/** Sends a browser on. Nothing is kept, and the address that was left is not told to the next one. */
export function redirectTo(
  req: IncomingMessage,
  res: ServerResponse,
  status: 303 | 307 | 308,
  location: string,
  setCookie?: string,
): void {
  const headers = [...OWN_ANSWER, ...INERT, 'Location', location, 'Content-Length', '0']
  if (setCookie !== undefined) headers.push('Set-Cookie', setCookie)
  if (isStillSending(req)) headers.push('Connection', 'close')
  res.writeHead(status, headers)
  res.end()
  discardRest(req)
}

/**
 * A sandboxed page may send to its own app whatever it likes: its requests count as another origin's, and what lets them in is their path.
 * No `*`: with credentials that stands for nothing.
 */
export function answerPreflight(req: IncomingMessage, res: ServerResponse): void {
  const { 'access-control-request-method': method = 'GET', 'access-control-request-headers': names } = req.headers
  res.writeHead(204, [
    ...OWN_ANSWER,
    ...INERT,
    'Vary',
    'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'Access-Control-Allow-Origin',
    'null',
    'Access-Control-Allow-Credentials',
    'true',
    'Access-Control-Allow-Methods',
    method,
    ...(names === undefined ? [] : ['Access-Control-Allow-Headers', names]),
  ])
  res.end()
  discardRest(req)
}

function extraHeaders(refusal: Refusal): string[] {
  const headers: string[] = []
  if (refusal.retryAfterSeconds !== undefined) headers.push('Retry-After', String(refusal.retryAfterSeconds))
  if (refusal.status === 401) headers.push('WWW-Authenticate', 'Bearer realm="ML Lab"')
  if (refusal.status === 426) headers.push('Sec-WebSocket-Version', '13')
  return headers
}

function problem({ status, code, title, detail, fix }: Refusal): string {
  const requestId = randomBytes(8).toString('hex')
  return JSON.stringify({ type: 'about:blank', status, code, title, detail, fix, fields: [], requestId })
}
