export type { Access, AppEntry, Credential, Decision } from './access.ts'
export type { GatewayConfig } from './config.ts'
export { cookieNames, TOKEN_COOKIE, type CookieNames } from './cookies.ts'
export {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type GatewaySnapshot,
  type PlatformHandler,
  type Reached,
} from './gateway.ts'
export { createHosts, isBelow, isLocalName, type HostClassifier, type HostFacts } from './hosts.ts'
export { createListener, type Listener, type ListenerOptions, type TlsCounts } from './listener.ts'
export { createTrustedProxies, plainAddress, type TrustedProxies } from './proxies.ts'
export { forwardPages } from './remote/pages.ts'
export { createRemotePlatform, type RemotePlatform } from './remote/remote-platform.ts'
export { serveGateway, type MeetingPlace } from './remote/serve.ts'
export {
  indexRoutes,
  type Endpoint,
  type Route,
  type RouteIndex,
  type RouteSource,
  type RouteTable,
  type Upstream,
} from './routes.ts'
export { isReturnPath } from './target.ts'
export type { CertificatePair, CertificateSource } from './tls/certificates.ts'
export type { TlsFacts } from './tls/facts.ts'
export { transportOf } from './tls/transport.ts'
export { dial } from './upstream/dial.ts'
export type { AccessRecord, RouteTraffic } from './traffic.ts'
