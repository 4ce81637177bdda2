import type { Access } from './access.ts'

/**
 * Where apps are shown on main hosts whose apps have no origins of their own: `<base path>/c/<secret>/…`. The path is the credential: a
 * sandboxed page has an opaque origin and no cookie could come back from it. Everything below `/c/` is answered here, with the
 * sandbox, whatever the answer is.
 */
export interface CapabilityPath {
  readonly secret: string
  /** Up to the secret, without a slash at the end. */
  readonly prefix: string
}

/** 32 random bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** What a page of an app may do where it shares an address with the platform. No popups: they would hold handles on what they open. */
export const APP_SANDBOX = 'sandbox allow-scripts allow-forms allow-modals allow-downloads'

export function isCapabilityPath(basePath: string, path: string): boolean {
  if (!path.startsWith('/c', basePath.length) || !path.startsWith(basePath)) return false
  const next = path[basePath.length + '/c'.length]
  return next === undefined || next === '/'
}

/** Undefined if there is no secret of the right form. */
export function readCapabilityPath(basePath: string, path: string): CapabilityPath | undefined {
  const begin = basePath.length + '/c/'.length
  const slash = path.indexOf('/', begin)
  const secret = path.slice(begin, slash === -1 ? undefined : slash)
  return SECRET.test(secret) ? { secret, prefix: path.slice(0, begin) + secret } : undefined
}

/** Text for a log without what lets others in, also if a part of it is missing. */
export function withoutCapability(text: string): string {
  return holdsCapability(text) ? text.replace(/\/c\/[A-Za-z0-9_-]{20,}/g, '/c/…') : text
}

export function holdsCapability(text: string): boolean {
  return text.includes('/c/') && /\/c\/[A-Za-z0-9_-]{20}/.test(text)
}

export interface Capabilities {
  /** Id of the route that a secret opens. Never changes, so it is kept; whether it still opens is what `Access.decide` says. */
  routeOf(secret: string): string | undefined | Promise<string | undefined>
}

const KEPT = 1000

export function createCapabilities(access: Pick<Access, 'routeOf'>): Capabilities {
  const known = new Map<string, string>()
  const keep = (secret: string, routeId: string | undefined) => {
    if (routeId === undefined) return undefined
    if (known.size >= KEPT) known.clear()
    known.set(secret, routeId)
    return routeId
  }
  return {
    routeOf: (secret) => {
      const kept = known.get(secret)
      if (kept !== undefined) return kept
      const answer = access.routeOf(secret)
      return answer instanceof Promise ? answer.then((routeId) => keep(secret, routeId)) : keep(secret, answer)
    },
  }
}
