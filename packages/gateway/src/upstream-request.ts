import type { Passage } from './admission.ts'
import type { Endpoint, Route } from './routes.ts'
import { requestText } from './upstream/request-text.ts'
import { headerToken, type Visit } from './visit.ts'

/** What an app gets to see of a visit, up to the body, as it is sent. */
export function upstreamRequest(visit: Visit, passage: Passage): string {
  const { contentLength, transferEncoding } = visit.head
  const headers = upstreamHeaders(visit, passage)
  if (visit.websocket) headers.push('Upgrade', 'websocket')
  return requestText({
    method: visit.method,
    path: basePathOf(passage.route) + passage.path + visit.target.query,
    headers,
    length: transferEncoding === undefined ? contentLength : 'chunked',
    connection: visit.websocket ? 'Upgrade' : 'keep-alive',
  })
}

/** One path, whatever it is put together with. */
const BASE_PATH = /^(?:\/[\x21-\x7e]+)?$/

/** Instances take turns. Undefined if there is none that can be asked. */
export function nextEndpoint(route: Route, turn: number): Endpoint | undefined {
  const { upstream } = route
  if (upstream.state !== 'ready') return undefined
  if (upstream.basePath !== undefined && !BASE_PATH.test(upstream.basePath)) return undefined
  return upstream.endpoints[turn % upstream.endpoints.length]
}

export function basePathOf(route: Route): string {
  return route.upstream.state === 'ready' ? (route.upstream.basePath ?? '') : ''
}

export function bodyKind({ head }: Visit): 'none' | 'length' | 'chunked' {
  if (head.transferEncoding !== undefined) return 'chunked'
  return head.contentLength === undefined || /^0+$/.test(head.contentLength) ? 'none' : 'length'
}

/** What the client sent without what is ours, then what only we may say. The host is passed on: apps compare it with `Origin`. */
function upstreamHeaders(visit: Visit, { grant, placement, hiddenPrefix }: Passage): string[] {
  const { head, host } = visit
  const headers = head.forward
  if (head.authorization !== undefined && !isOurs(visit, head.authorization))
    headers.push('Authorization', head.authorization)
  // A sandboxed page has no cookies: those that come are of whatever else lives on this address.
  if (visit.cookies.rest !== undefined && placement !== 'capability') headers.push('Cookie', visit.cookies.rest)
  headers.push(
    'Host',
    host.authority,
    'X-Forwarded-For',
    visit.clientAddress,
    'X-Forwarded-Proto',
    visit.scheme,
    'X-Forwarded-Host',
    host.authority,
  )
  if (hiddenPrefix !== '') headers.push('X-Forwarded-Prefix', hiddenPrefix)
  if (grant.decision.verdict === 'allow') headers.push('X-Lab-User', encodeURIComponent(grant.decision.user))
  return headers
}

function isOurs(visit: Visit, authorization: string): boolean {
  return headerToken(visit.head) !== undefined || authorization.includes('mlp_')
}
