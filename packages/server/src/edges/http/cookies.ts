import { isBelow, isLocalName } from '@mllab/gateway'

/** Names and attributes of the platform's own cookie. Which name counts depends on how the browser reached us. */
export interface CookieOptions {
  /** Port of the instance: cookies do not know ports, so two servers on one host need different names. */
  readonly instanceTag: string
  readonly domain: string | undefined
}

export interface Reached {
  readonly secure: boolean
  readonly hostname: string
}

/** The values of a cookie. Two mean that somebody else set one: nobody is signed in then. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  if (!header) return undefined
  const values = header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1))
  return values.length === 1 ? values[0] : undefined
}

/** Browsers keep Secure cookies on https and on localhost; on a plain address they would drop them. */
export function sessionCookieName(options: CookieOptions, reached: Reached): string {
  if (!trustworthy(reached)) return `lab-${options.instanceTag}`
  return `${domainFor(options, reached) ? '__Secure' : '__Host'}-lab-${options.instanceTag}`
}

export function sessionCookie(options: CookieOptions, reached: Reached, secret: string, maxAgeSeconds: number): string {
  const domain = domainFor(options, reached)
  return [
    `${sessionCookieName(options, reached)}=${secret}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    `Max-Age=${Math.floor(maxAgeSeconds)}`,
    ...(trustworthy(reached) ? ['Secure'] : []),
    ...(domain ? [`Domain=${domain}`] : []),
  ].join('; ')
}

/** Undefined where a browser would refuse it: on hosts of another domain, such as localhost, the cookie belongs to its host. */
function domainFor({ domain }: CookieOptions, reached: Reached): string | undefined {
  return domain !== undefined && trustworthy(reached) && isBelow(reached.hostname, domain) ? domain : undefined
}

function trustworthy({ secure, hostname }: Reached): boolean {
  return secure || isLocalName(hostname)
}
