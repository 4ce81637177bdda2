import type { Dispatcher } from 'undici'

import type { Passage } from './admission.ts'
import type { Endpoint, Route } from './routes.ts'
import { headerToken, type Visit } from './visit.ts'

/** Method, path and headers of what an app gets to see of a visit. */
export interface UpstreamRequest {
  readonly method: Dispatcher.HttpMethod
  readonly path: string
  /** Names and values in turn. */
  readonly headers: string[]
}

export function upstreamRequest(visit: Visit, passage: Passage): UpstreamRequest {
  return {
    method: visit.method,
    path: basePathOf(passage.route) + passage.path + visit.target.query,
    headers: upstreamHeaders(visit, passage),
  }
}

/** Instances take turns. */
export function nextEndpoint(route: Route, turn: number): Endpoint | undefined {
  const { upstream } = route
  return upstream.state === 'ready' ? upstream.endpoints[turn % upstream.endpoints.length] : undefined
}

export function basePathOf(route: Route): string {
  return route.upstream.state === 'ready' ? (route.upstream.basePath ?? '') : ''
}

export function hasBody({ head }: Visit): boolean {
  return head.transferEncoding !== undefined || (head.contentLength !== undefined && head.contentLength !== '0')
}

/** What the client sent without what is ours, then what only we may say. The host is passed on: apps compare it with `Origin`. */
function upstreamHeaders(visit: Visit, { grant, hiddenPrefix }: Passage): string[] {
  const { head, host } = visit
  const headers = head.forward
  if (head.authorization !== undefined && !isOurs(visit, head.authorization))
    headers.push('Authorization', head.authorization)
  if (visit.cookies.rest !== undefined) headers.push('Cookie', visit.cookies.rest)
  if (head.contentLength !== undefined && head.transferEncoding === undefined)
    headers.push('Content-Length', head.contentLength)
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
