import type { Scope } from '@mllab/kernel'
import { Pool } from 'undici'

import type { Endpoint, Route } from './routes.ts'

export interface Pools {
  of(endpoint: Endpoint): Pool
  /** Lets go of pools whose endpoint no route has any more; what runs there ends by itself. */
  keepOnly(routes: Iterable<Route>): void
  stats(): { endpoint: string; running: number; waiting: number; connected: number }[]
}

/** A pool of kept-alive connections for each endpoint. Idle ones close after 4 s: some servers drop theirs after 5 s. */
export function createPools(scope: Scope): Pools {
  const pools = new Map<string, Pool>()

  scope.defer(async () => {
    await Promise.all([...pools.values()].map((pool) => pool.destroy()))
  })

  return {
    of: (endpoint) => {
      const key = keyOf(endpoint)
      let pool = pools.get(key)
      if (!pool) {
        pool = openPool(endpoint)
        pools.set(key, pool)
      }
      return pool
    },
    keepOnly: (routes) => {
      const wanted = new Set<string>()
      for (const { upstream } of routes)
        if (upstream.state === 'ready') for (const endpoint of upstream.endpoints) wanted.add(keyOf(endpoint))
      for (const [key, pool] of pools) {
        if (wanted.has(key)) continue
        pools.delete(key)
        void pool.close()
      }
    },
    stats: () =>
      [...pools].map(([endpoint, pool]) => ({
        endpoint,
        running: pool.stats.running,
        waiting: pool.stats.queued,
        connected: pool.stats.connected,
      })),
  }
}

function openPool(endpoint: Endpoint): Pool {
  const origin = endpoint.kind === 'unix' ? 'http://unix' : `http://${hostInUrl(endpoint.host)}:${endpoint.port}`
  return new Pool(origin, {
    ...(endpoint.kind === 'unix' ? { socketPath: endpoint.path } : {}),
    connections: 1024,
    pipelining: 1,
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 10_000,
    connectTimeout: 5000,
    // Uploads and event streams last as long as they last; a route may set its own limit.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 64 * 1024,
    allowH2: false,
  })
}

function keyOf(endpoint: Endpoint): string {
  return endpoint.kind === 'unix' ? `unix:${endpoint.path}` : `${endpoint.host}:${endpoint.port}`
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
