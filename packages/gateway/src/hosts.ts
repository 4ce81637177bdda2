import { isIP } from 'node:net'

import type { GatewayConfig } from './config.ts'

export interface HostFacts {
  /** `unknown` is answered with 421: this is the wall against DNS rebinding. */
  readonly kind: 'main' | 'app' | 'unknown'
  /** Lower case, with the port if one was sent. */
  readonly authority: string
  readonly hostname: string
  /** Of an app's host, else empty. */
  readonly label: string
  /** Main host whose apps have origins of their own. False: an IP literal, or a name without apps. */
  readonly wall: boolean
  /** Authority of the main host that apps on this port belong to. The port follows the request, so a forwarded port works. */
  readonly mainAuthority: string
  /** Host name and port suffix below which apps of this main host live: `.localhost:8091`. */
  readonly appsSuffix: string
}

export type HostClassifier = (hostHeader: string) => HostFacts

const KEPT_HOSTS = 1000

export function createHosts(config: GatewayConfig): HostClassifier {
  const publicHost = new URL(config.publicOrigin).hostname
  const appsHost = config.appsHost.toLowerCase()
  const appsMain = isLocalName(appsHost) && !isLocalName(publicHost) ? appsHost : publicHost
  const mainNames = new Set(['localhost', publicHost, ...config.mainHosts.map((name) => name.toLowerCase())])
  const known = new Map<string, HostFacts>()

  const classify = (header: string): HostFacts => {
    const authority = header.toLowerCase()
    const { hostname, port } = splitAuthority(authority)
    const shared = {
      authority,
      hostname,
      mainAuthority: appsMain + port,
      appsSuffix: `.${appsHost}${port}`,
    }
    if (mainNames.has(hostname) || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0)
      return { ...shared, kind: 'main', label: '', wall: hostname === appsMain }
    const label = hostname.endsWith(`.${appsHost}`) ? hostname.slice(0, -appsHost.length - 1) : ''
    if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) return { ...shared, kind: 'app', label, wall: false }
    return { ...shared, kind: 'unknown', label: '', wall: false }
  }

  return (header) => {
    const cached = known.get(header)
    if (cached) return cached
    const facts = classify(header)
    if (facts.kind !== 'unknown' && known.size < KEPT_HOSTS) known.set(header, facts)
    return facts
  }
}

/** Browsers treat `localhost` and everything below it as a secure context, also on plain http. */
export function isLocalName(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost')
}

/** `port` keeps its colon. Whatever is no host with an optional port gets an empty host name, which is nobody's. */
function splitAuthority(authority: string): { hostname: string; port: string } {
  const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/.exec(authority)
  return { hostname: parts?.[1] ?? '', port: parts?.[2] ?? '' }
}
