/** Names of the platform's cookies. `__Host-` and `__Secure-` names need a secure context, the plain ones are for http on an address. */
export interface CookieNames {
  readonly session: string
  /** Used instead of `session` on hosts of the domain that an administrator gave cookies: no `__Host-` name can have one. */
  readonly sessionOfDomain: string
  readonly sessionPlain: string
  readonly app: string
  readonly appPlain: string
  /** App session inside a frame of another site: partitioned by the framing site. */
  readonly frame: string
}

export function cookieNames(instanceTag: string): CookieNames {
  return {
    session: `__Host-lab-${instanceTag}`,
    sessionOfDomain: `__Secure-lab-${instanceTag}`,
    sessionPlain: `lab-${instanceTag}`,
    app: `__Host-lab-app-${instanceTag}`,
    appPlain: `lab-app-${instanceTag}`,
    frame: `__Host-lab-frame-${instanceTag}`,
  }
}

/** Cookie in which API clients may send their token. */
export const TOKEN_COOKIE = 'lab_access_token'

export interface ReadCookies {
  /** Value of a cookie that came exactly once. One that came twice was planted from a neighbouring host: no choice between them. */
  get(name: string): string | undefined
  /** What the app may see, undefined if nothing is left. */
  readonly rest: string | undefined
}

const NO_COOKIES: ReadCookies = { get: () => undefined, rest: undefined }

/** Takes every cookie of the platform, and of other platforms on the same host, out of a `Cookie` header. */
export function readCookies(header: string | undefined): ReadCookies {
  if (header === undefined) return NO_COOKIES
  if (!header.includes('lab')) return { get: () => undefined, rest: header }
  const ours = new Map<string, string | undefined>()
  const kept: string[] = []
  for (const pair of header.split(';')) {
    const text = pair.trim()
    const equals = text.indexOf('=')
    const name = (equals === -1 ? text : text.slice(0, equals)).trim()
    if (!isPlatformCookie(name)) {
      if (text !== '') kept.push(text)
    } else ours.set(name, ours.has(name) ? undefined : unquoted(text.slice(equals + 1).trim()))
  }
  return { get: (name) => ours.get(name), rest: kept.length === 0 ? undefined : kept.join('; ') }
}

export interface CookieRules {
  /** The app is framed by another site: its own cookies survive only as partitioned ones. */
  readonly partitioned: boolean
  /** Cookies stay below this path, without a slash at the end; empty for a host of its own. */
  readonly prefix: string
}

/** A `Set-Cookie` of an app as the browser may get it, or undefined if it must not. */
export function rewriteSetCookie(value: string, rules: CookieRules): string | undefined {
  const [pair = '', ...attributes] = value.split(';').map((part) => part.trim())
  // Without a name, browsers send the value alone, and a value may look like a cookie of ours.
  if (pair.indexOf('=') < 1 || isPlatformCookie(pair.slice(0, pair.indexOf('=')).trim())) return undefined
  const kept = attributes.filter((attribute) => {
    const name = attributeName(attribute)
    if (name === 'domain' || name === '') return false
    if (rules.partitioned && (name === 'samesite' || name === 'secure' || name === 'partitioned')) return false
    return !(rules.prefix !== '' && name === 'path')
  })
  if (rules.prefix !== '') kept.push(`Path=${pathBelow(rules.prefix, attributes)}`)
  if (rules.partitioned) kept.push('SameSite=None', 'Secure', 'Partitioned')
  return [pair, ...kept].join('; ')
}

function isPlatformCookie(name: string): boolean {
  const lower = name.toLowerCase()
  return (
    lower === TOKEN_COOKIE ||
    lower.startsWith('lab-') ||
    lower.startsWith('__host-lab-') ||
    lower.startsWith('__secure-lab-')
  )
}

function attributeName(attribute: string): string {
  return (attribute.split('=', 1)[0] ?? '').trim().toLowerCase()
}

function pathBelow(prefix: string, attributes: readonly string[]): string {
  const wanted =
    attributes
      .findLast((attribute) => attributeName(attribute) === 'path')
      ?.split('=')[1]
      ?.trim() ?? ''
  if (wanted === prefix || wanted.startsWith(`${prefix}/`)) return wanted
  return wanted.startsWith('/') ? prefix + wanted : `${prefix}/`
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
