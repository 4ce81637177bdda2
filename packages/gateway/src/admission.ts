import type { Credential } from './access.ts'
import { isCapabilityPath, readCapabilityPath, type Capabilities } from './capability.ts'
import type { Grant, Grants } from './grants.ts'
import { refusals, type Refusal } from './refusals.ts'
import type { Route, RouteIndex } from './routes.ts'
import { isReservedPath } from './target.ts'
import {
  ambientToken,
  appCookie,
  headerToken,
  isOwnRequest,
  mainOriginOf,
  sessionCookie,
  type Visit,
  type VisitReader,
} from './visit.ts'

/**
 * Where an app is shown, which decides what it may send.
 *
 * - `app`: on an origin of its own; `frame`: the same, framed by a page of another site
 * - `path`: on a main host, to a program that showed a token
 * - `fallback`: on a main host, to the owner's browser, because there is no other origin
 * - `capability`: on a main host, in a sandbox, to who knows the path
 */
export type Placement = 'app' | 'frame' | 'path' | 'fallback' | 'capability'

export type Outcome =
  | { readonly kind: 'platform' }
  | { readonly kind: 'reserved' }
  /** A sandboxed page asks whether it may send what it wants to send to its own app. */
  | { readonly kind: 'preflight' }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'redirect'; readonly status: 303 | 307 | 308; readonly location: string }
  | { readonly kind: 'trade'; readonly token: string }
  | Passage

/** Let through: to which app, at which place, allowed by what. */
export interface Passage {
  readonly kind: 'pass'
  readonly route: Route
  readonly grant: Grant
  readonly placement: Placement
  /** Raw path the app gets, before its own base path. */
  readonly path: string
  /** Prefix the app does not see, without a slash at the end. */
  readonly hiddenPrefix: string
}

export interface AdmissionOptions {
  readonly basePath: string
  readonly names: VisitReader['names']
  readonly routes: () => RouteIndex
  readonly grants: Pick<Grants, 'find'>
  readonly capabilities: Capabilities
}

const PLATFORM: Outcome = { kind: 'platform' }
const RESERVED: Outcome = { kind: 'reserved' }
const PREFLIGHT: Outcome = { kind: 'preflight' }
const SIGN_IN = refuse(refusals.signIn)
const HIDDEN = refuse(refusals.hidden)
const FORBIDDEN = refuse(refusals.forbidden)

/** Who may pass, and how. Without promises as long as `grants` answers from memory; rejects when access cannot be decided. */
export function createAdmission({
  basePath,
  names,
  routes,
  grants,
  capabilities,
}: AdmissionOptions): (visit: Visit) => Outcome | Promise<Outcome> {
  function admitMain(visit: Visit): Outcome | Promise<Outcome> {
    if (isCapabilityPath(basePath, visit.target.path)) return admitCapability(visit)
    const route = routes().byPath(visit.target.path)
    if (route === undefined) return PLATFORM
    const token = headerToken(visit.head) ?? ambientToken(visit)
    if (token !== undefined)
      return withGrant({ kind: 'token', secret: token }, route, (grant) => pass(visit, route, grant, 'path'))
    if (visit.navigation && visit.host.wall && visit.target.queryToken) return redirect(appAddress(visit, route))
    return admitSession(visit, route)
  }

  function admitSession(visit: Visit, route: Route): Outcome | Promise<Outcome> {
    const secret = sessionCookie(visit, names)
    const showsHere = route.fallback === 'owner' && !visit.host.wall && isOwnRequest(visit)
    if (secret === undefined || !(showsHere || visit.navigation)) return SIGN_IN
    return withGrant({ kind: 'session', secret }, route, (grant) => {
      if (!showsHere) return redirect(openAddress('', route.label, pathOnApp(visit, route)))
      const { decision } = grant
      return decision.verdict === 'allow' && decision.owner
        ? pass(visit, route, grant, 'fallback')
        : refuse(refusals.notOwner)
    })
  }

  /** Only sandboxed pages have reason to ask here, and they say `null`. Who comes without an origin opens a page, or is a program. */
  function admitCapability(visit: Visit): Outcome | Promise<Outcome> {
    const { origin } = visit.head
    const capability = readCapabilityPath(basePath, visit.target.path)
    if (capability === undefined || visit.host.wall || (origin !== undefined && origin !== 'null')) return HIDDEN
    const enter = (routeId: string | undefined) => {
      const route = routeId === undefined ? undefined : routes().byId(routeId)
      if (route?.fallback !== 'capability') return HIDDEN
      return withGrant(
        { kind: 'capability', secret: capability.secret },
        route,
        (grant) => (isPreflight(visit) ? PREFLIGHT : passBelow(visit, route, grant, capability.prefix)),
        () => HIDDEN,
      )
    }
    const routeId = capabilities.routeOf(capability.secret)
    return routeId instanceof Promise ? routeId.then(enter) : enter(routeId)
  }

  function admitApp(visit: Visit): Outcome | Promise<Outcome> {
    if (isReservedPath(visit.target.path)) return RESERVED
    const route = routes().byLabel(visit.host.label)
    const token = headerToken(visit.head) ?? ambientToken(visit)
    if (token !== undefined) {
      if (route === undefined) return HIDDEN
      return withGrant({ kind: 'token', secret: token }, route, (grant) => pass(visit, route, grant, 'app'))
    }
    if (visit.navigation && visit.target.queryToken) return { kind: 'trade', token: visit.target.queryToken }
    const cookie = isOwnRequest(visit) ? appCookie(visit, names) : undefined
    // A label nobody has is answered like one whose cookie is missing: names of apps are not for strangers.
    if (cookie === undefined || route === undefined) return enterOrSignIn(visit)
    const placement = cookie.framed ? 'frame' : 'app'
    return withGrant(
      { kind: 'app', secret: cookie.secret },
      route,
      (grant) => pass(visit, route, grant, placement),
      () => enterOrSignIn(visit),
    )
  }

  function withGrant(
    credential: Credential,
    route: Route,
    allowed: (grant: Grant) => Outcome,
    unauthenticated: () => Outcome = () => SIGN_IN,
  ): Outcome | Promise<Outcome> {
    const judge = (grant: Grant) => {
      switch (grant.decision.verdict) {
        case 'allow':
          return allowed(grant)
        case 'unauthenticated':
          return unauthenticated()
        case 'hidden':
          return HIDDEN
        case 'forbidden':
          return FORBIDDEN
      }
    }
    const grant = grants.find(credential, route)
    return grant instanceof Promise ? grant.then(judge) : judge(grant)
  }

  function enterOrSignIn(visit: Visit): Outcome {
    const { host, target, navigation } = visit
    return navigation ? redirect(openAddress(mainOriginOf(visit), host.label, target.path + target.query)) : SIGN_IN
  }

  /** The platform's page that knows who may enter and brings the browser in by a ticket. */
  function openAddress(origin: string, label: string, to: string): string {
    return `${origin}${basePath}/apps/open?app=${label}&to=${encodeURIComponent(to)}`
  }

  return (visit) => (visit.host.kind === 'main' ? admitMain(visit) : admitApp(visit))
}

function pass(visit: Visit, route: Route, grant: Grant, placement: Placement): Outcome {
  const { path, query } = visit.target
  const onMain = placement === 'path' || placement === 'fallback'
  const prefix = route.pathPrefix ?? '/'
  const below = onMain || !route.stripPrefix ? prefix : '/'
  const hiddenPrefix = onMain && route.stripPrefix ? prefix.slice(0, -1) : ''
  if (!path.startsWith(below)) {
    if (path === '/') return redirect(below + query)
    if (path !== below.slice(0, -1)) return HIDDEN
    if (hiddenPrefix === '') return { kind: 'redirect', status: 308, location: below + query }
  }
  return { kind: 'pass', route, grant, placement, path: path.slice(hiddenPrefix.length) || '/', hiddenPrefix }
}

function passBelow(visit: Visit, route: Route, grant: Grant, prefix: string): Outcome {
  const { path, query } = visit.target
  if (path === prefix) return { kind: 'redirect', status: 308, location: `${prefix}/${query}` }
  return { kind: 'pass', route, grant, placement: 'capability', path: path.slice(prefix.length), hiddenPrefix: prefix }
}

function isPreflight({ method, req }: Visit): boolean {
  return method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined
}

/** Path and query of a visit to a main host, as the app's own host has them. Never with a token. */
function pathOnApp(visit: Visit, route: Route): string {
  const { path, query } = visit.target
  const hidden = route.stripPrefix ? (route.pathPrefix ?? '/').length - 1 : 0
  return (path.slice(hidden) || '/') + query
}

/** The same page on the app's own host, where the token is traded for a cookie. */
function appAddress(visit: Visit, route: Route): string {
  const to = pathOnApp(visit, route)
  const token = encodeURIComponent(visit.target.queryToken ?? '')
  return `${visit.scheme}://${route.label}${visit.host.appsSuffix}${to}${to.includes('?') ? '&' : '?'}lab_token=${token}`
}

function refuse(refusal: Refusal): Outcome {
  return { kind: 'refuse', refusal }
}

function redirect(location: string): Outcome {
  return { kind: 'redirect', status: 303, location }
}
