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

/** A main host and the host below which its apps live. */
interface Family {
  readonly main: string
  readonly apps: string
}

/** On every server, whatever its names are: a tunnel makes it localhost, and browsers lead all of these to their own machine. */
const LOCAL: Family = { main: 'localhost', apps: 'localhost' }

const KEPT_HOSTS = 1000

export function createHosts(config: GatewayConfig): HostClassifier {
  const publicHost = new URL(config.publicOrigin).hostname
  const appsHost = config.appsHost.toLowerCase()
  const named = { main: isLocalName(appsHost) && !isLocalName(publicHost) ? appsHost : publicHost, apps: appsHost }
  const families = [named, LOCAL]
  const mainNames = new Set([LOCAL.main, named.main, publicHost, ...config.mainHosts.map((name) => name.toLowerCase())])
  const known = new Map<string, HostFacts>()

  const classify = (header: string): HostFacts => {
    const authority = header.toLowerCase()
    const { hostname, port } = splitAuthority(authority)
    const sharedBy = ({ main, apps }: Family) => ({
      authority,
      hostname,
      mainAuthority: main + port,
      appsSuffix: `.${apps}${port}`,
    })
    if (mainNames.has(hostname) || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) {
      const family = families.find(({ main }) => main === hostname)
      return { ...sharedBy(family ?? named), kind: 'main', label: '', wall: family !== undefined }
    }
    for (const family of families) {
      const label = hostname.endsWith(`.${family.apps}`) ? hostname.slice(0, -family.apps.length - 1) : ''
      if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
        return { ...sharedBy(family), kind: 'app', label, wall: false }
    }
    return { ...sharedBy(named), kind: 'unknown', label: '', wall: false }
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

/** Names and addresses that lead nobody off his own machine. */
export function isLoopbackHost(hostname: string): boolean {
  return isLocalName(hostname) || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'))
}

/** The peer is on this machine; a unix socket has no address. */
export function isLoopback(address: string): boolean {
  return address === '' || address === '::1' || (address.startsWith('127.') && isIP(address) === 4)
}

/** The name itself, or one below it. */
export function isBelow(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

/** `port` keeps its colon. Whatever is no host with an optional port gets an empty host name, which is nobody's. */
function splitAuthority(authority: string): { hostname: string; port: string } {
  const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/.exec(authority)
  return { hostname: parts?.[1] ?? '', port: parts?.[2] ?? '' }
}
