import type { Placement } from './admission.ts'
import { APP_SANDBOX } from './capability.ts'
import { rewriteSetCookie, type CookieRules } from './cookies.ts'

/** What an answer of an app has to become where it is shown. */
export interface ResponseShape {
  readonly placement: Placement
  /** Origin of the platform's pages, which may frame apps. */
  readonly mainOrigin: string
  /** Authority of the request: an absolute `Location` to it is one of ours. */
  readonly authority: string
  /** Prefix the app does not see, without a slash at the end. */
  readonly hiddenPrefix: string
  /** Where the app's own paths begin, without a slash at the end. */
  readonly upstreamBasePath: string
  /** Whole prefix of the app on a main host, without a slash at the end; cookies stay below it. */
  readonly cookiePrefix: string
  /** The request said `Origin: null`, as sandboxed pages do. */
  readonly opaqueOrigin: boolean
}

/** RFC 9110, 7.6.1. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Hop-by-hop headers, what would reach beyond the app (its neighbours, the platform, the browser's memory of the whole site),
 * and what we set ourselves.
 */
const DROPPED = new Set([
  ...HOP_BY_HOP,
  'proxy-authenticate',
  'proxy-authentication-info',
  'clear-site-data',
  'strict-transport-security',
  'alt-svc',
  'public-key-pins',
  'public-key-pins-report-only',
  'expect-ct',
  'nel',
  'report-to',
  'reporting-endpoints',
  'set-login',
  'set-cookie2',
  'server',
  'x-frame-options',
  'x-content-type-options',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
])

const SET_BY_US = [
  'X-Content-Type-Options',
  'nosniff',
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Origin-Agent-Cluster',
  '?1',
]

/** For a sandboxed page everything is of another origin, its own files too; and its address must not be told to anybody. */
const SET_IN_SANDBOX = [
  'X-Content-Type-Options',
  'nosniff',
  'Cross-Origin-Resource-Policy',
  'cross-origin',
  'Referrer-Policy',
  'no-referrer',
  'Vary',
  'Origin',
]
const DROPPED_IN_SANDBOX = new Set(['set-cookie', 'link', 'refresh', 'service-worker-allowed', 'referrer-policy'])

/** Headers that are dropped on a main host, where an app shares the platform's origin. */
const DROPPED_WHERE_SHARED = 'service-worker-allowed'

/** Both hold names and values in turn. `headers` has lower-case names, the result is fit for `writeHead`. */
export function responseHeaders(headers: readonly string[], connection: string, shape: ResponseShape): string[] {
  const sandboxed = shape.placement === 'capability'
  const out: string[] = [...(sandboxed ? SET_IN_SANDBOX : SET_BY_US), 'Content-Security-Policy', ownPolicy(shape)]
  if (sandboxed && shape.opaqueOrigin)
    out.push('Access-Control-Allow-Origin', 'null', 'Access-Control-Allow-Credentials', 'true')
  const named = namedByConnection(connection)
  const shared = shape.placement === 'path' || shape.placement === 'fallback'
  let redirected = false
  let caching: string | undefined
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    if (DROPPED.has(name) || named?.has(name) || (shared && name === DROPPED_WHERE_SHARED)) continue
    if (sandboxed && (DROPPED_IN_SANDBOX.has(name) || name.startsWith('access-control-'))) continue
    switch (name) {
      case 'location':
        if (!redirected) out.push(name, rewriteLocation(value, shape))
        redirected = true
        break
      case 'set-cookie':
        pushCookie(out, value, shape)
        break
      case 'cache-control':
        if (sandboxed) caching = caching === undefined ? value : `${caching}, ${value}`
        else out.push(name, value)
        break
      case 'content-security-policy':
      case 'content-security-policy-report-only':
        pushPolicies(out, name, value)
        break
      default:
        out.push(name, value)
    }
  }
  if (sandboxed) out.push('Cache-Control', keptByTheBrowserOnly(caching))
  return out
}

/** Everything but what is for one hop. */
export function endToEnd(headers: readonly string[], connection: string): string[] {
  const named = namedByConnection(connection)
  const out: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (!HOP_BY_HOP.has(name) && !named?.has(name)) out.push(name, headers[i + 1] ?? '')
  }
  return out
}

/** The address is a secret of one person: no cache that others share may keep what is behind it. */
function keptByTheBrowserOnly(caching = ''): string {
  const kept = caching
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '' && !/^(?:public|private|s-maxage)(?:\s*=|$)/i.test(directive))
  return ['private', ...kept].join(', ')
}

/** Two policies intersect, so ours holds whatever the app says. A program ignores `sandbox`; a browser that got here gets an inert page. */
function ownPolicy({ placement, mainOrigin }: ResponseShape): string {
  if (placement === 'capability') return `${APP_SANDBOX}; frame-ancestors 'self'`
  if (placement === 'path') return "sandbox; frame-ancestors 'none'"
  return placement === 'fallback' ? "frame-ancestors 'self'" : `frame-ancestors 'self' ${mainOrigin}`
}

function pushPolicies(out: string[], name: string, value: string): void {
  for (const policy of value.split(',')) {
    const kept = policy
      .split(';')
      .map((directive) => directive.trim())
      .filter(
        (directive) =>
          directive !== '' && !/^(?:frame-ancestors|sandbox|report-uri|report-to)(?:\s|$)/i.test(directive),
      )
    if (kept.length > 0) out.push(name, kept.join('; '))
  }
}

function pushCookie(out: string[], value: string, shape: ResponseShape): void {
  const rules: CookieRules = { partitioned: shape.placement === 'frame', prefix: shape.cookiePrefix }
  const rewritten = rewriteSetCookie(value, rules)
  if (rewritten !== undefined) out.push('set-cookie', rewritten)
}

/** Brings a redirect of an app that does not know its prefix back below it. Other hosts are left alone. */
export function rewriteLocation(location: string, shape: ResponseShape): string {
  const local = /^https?:\/\/([^/?#]*)(.*)$/i.exec(location)
  if (local && local[1]?.toLowerCase() !== shape.authority) return location
  const path = local ? local[2] || '/' : location
  if (!path.startsWith('/') || path.startsWith('//')) return location
  const { hiddenPrefix, upstreamBasePath } = shape
  if (hiddenPrefix !== '' && (path === hiddenPrefix || path.startsWith(`${hiddenPrefix}/`))) return path
  const below = upstreamBasePath !== '' && (path === upstreamBasePath || path.startsWith(`${upstreamBasePath}/`))
  return hiddenPrefix + (below ? path.slice(upstreamBasePath.length) || '/' : path)
}

function namedByConnection(connection: string): Set<string> | undefined {
  if (connection === '' || connection === 'keep-alive' || connection === 'close') return undefined
  return new Set(connection.split(',').map((token) => token.trim()))
}
