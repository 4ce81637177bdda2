export interface GatewayConfig {
  /** Canonical address of the platform, without a slash at the end: `http://localhost:8091`. */
  readonly publicOrigin: string
  /** Path prefix of everything on main hosts, without a slash at the end: `/test`, or empty. */
  readonly basePath: string
  /** Further host names of the platform, without ports. `localhost` and IP literals always are. */
  readonly mainHosts: readonly string[]
  /** Apps live at `<label>.<appsHost>`: `localhost`, `apps.example.org`. Without a port. */
  readonly appsHost: string
  /** Part of cookie names, because cookies do not know ports: `8091`. */
  readonly instanceTag: string
  /** The session's cookie has this domain. Default: it belongs to its host alone. */
  readonly cookieDomain?: string | undefined
  /** Addresses or subnets (`10.0.0.0/8`) whose `X-Forwarded-For`, `-Proto` and `-Host` are believed. */
  readonly trustedProxies: readonly string[]
  /**
   * The port speaks TLS. What comes unencrypted over a network is then sent to `https`, or refused where it carries a credential; on the
   * machine itself it is served as before.
   */
  readonly encrypted?: boolean
}
