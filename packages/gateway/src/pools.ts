import type { Scope } from '@mllab/kernel'

import type { Endpoint, Route } from './routes.ts'
import { UpstreamPool } from './upstream/pool.ts'

export interface Pools {
  of(endpoint: Endpoint): UpstreamPool
  /** Lets go of pools whose endpoint no route has any more; what runs there ends by itself. */
  keepOnly(routes: Iterable<Route>): void
  stats(): { endpoint: string; running: number; connected: number }[]
}

/** How often idle connections are looked at. */
const SWEEP_MS = 500

/** A pool of kept-alive connections for each endpoint. */
export function createPools(scope: Scope): Pools {
  const pools = new Map<string, UpstreamPool>()

  scope.every(SWEEP_MS, () => {
    for (const pool of pools.values()) pool.sweep()
  })
  scope.defer(() => {
    for (const pool of pools.values()) pool.destroy()
  })

  return {
    of: (endpoint) => {
      const key = keyOf(endpoint)
      let pool = pools.get(key)
      if (!pool) {
        pool = new UpstreamPool(endpoint)
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
        pool.retire()
      }
    },
    stats: () => [...pools].map(([endpoint, pool]) => ({ endpoint, ...pool.stats })),
  }
}

function keyOf(endpoint: Endpoint): string {
  return endpoint.kind === 'unix' ? `unix:${endpoint.path}` : `${endpoint.host}:${endpoint.port}`
}
