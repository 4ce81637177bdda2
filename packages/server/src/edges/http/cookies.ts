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
export function sessionCookieName({ instanceTag, domain }: CookieOptions, reached: Reached): string {
  if (!trustworthy(reached)) return `lab-${instanceTag}`
  return domain ? `__Secure-lab-${instanceTag}` : `__Host-lab-${instanceTag}`
}

export function sessionCookie(options: CookieOptions, reached: Reached, secret: string, maxAgeSeconds: number): string {
  return [
    `${sessionCookieName(options, reached)}=${secret}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    `Max-Age=${Math.floor(maxAgeSeconds)}`,
    ...(trustworthy(reached) ? ['Secure'] : []),
    ...(options.domain && trustworthy(reached) ? [`Domain=${options.domain}`] : []),
  ].join('; ')
}

function trustworthy({ secure, hostname }: Reached): boolean {
  return secure || hostname === 'localhost' || hostname.endsWith('.localhost')
}
