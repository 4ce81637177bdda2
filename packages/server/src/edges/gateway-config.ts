import type { GatewayConfig } from '@mllab/gateway'

import type { Config } from '../config.ts'

/** The address people use: `http://localhost:8091`. */
export function publicOriginOf(config: Config, port: number): string {
  return config.publicUrl ?? `${config.encrypted ? 'https' : 'http'}://localhost:${port}`
}

/** What the gateway has to know of the settings; the same in whatever process it runs. */
export function gatewayConfigOf(config: Config, port: number): GatewayConfig {
  return {
    publicOrigin: publicOriginOf(config, port),
    basePath: config.basePath,
    mainHosts: config.extraHosts,
    appsHost: config.appsHost,
    instanceTag: String(port),
    cookieDomain: config.cookieDomain,
    trustedProxies: config.trustedProxies,
    encrypted: config.encrypted,
  }
}
