/** How the gateway reaches one instance of an app. Same shape as the runtime's. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

export type Upstream =
  | {
      readonly state: 'ready'
      readonly endpoints: readonly [Endpoint, ...Endpoint[]]
      /** Put before every forwarded path, without a slash at the end: `/v1`. Default: nothing. */
      readonly basePath?: string
    }
  | { readonly state: 'starting' | 'stopped' | 'failed' }

/** One app (a workspace, a port of a service, an extension) and where it is reached. */
export interface Route {
  readonly id: string
  /** Host label on the apps host, `<slug>-<8 base32>`, lower case, unique. */
  readonly label: string
  /** Path on main hosts, base path included, `/` at both ends: `/w/<id>/`. Absent: only the apps host reaches it. */
  readonly pathPrefix?: string
  /**
   * `true`: the app sees requests without the prefix and lives at `/` of its apps host.
   * `false`: the app is built for the prefix and lives below it on both hosts.
   */
  readonly stripPrefix: boolean
  /**
   * What happens on a main host whose apps have no origins of their own. `owner`: the owner enters by the main session cookie;
   * `capability`: who was given a path below `/c/` enters by it, into a sandbox.
   */
  readonly fallback: 'none' | 'owner' | 'capability'
  /** Opaque here. Changes whenever decisions about this route may change. */
  readonly audience: string
  readonly upstream: Upstream
  /** The app fails without localStorage: in a frame that has none it is offered in a tab of its own. */
  readonly needsStorage?: boolean
  /** Answer 504 when the app has not begun to answer by then. Default: wait for ever. */
  readonly firstByteTimeoutMs?: number
}

export interface RouteTable {
  /** Counts up; a table that is not newer is ignored. */
  readonly version: number
  readonly routes: readonly Route[]
}

/** Where route tables come from. `subscribe` calls back after `current` has changed and returns the way out. */
export interface RouteSource {
  current(): RouteTable
  subscribe(changed: () => void): () => void
}

export interface RouteIndex {
  readonly version: number
  byId(id: string): Route | undefined
  byLabel(label: string): Route | undefined
  /** The route with the longest prefix of a raw path. The prefix without its last slash belongs to the route too. */
  byPath(path: string): Route | undefined
  all(): Iterable<Route>
}

/** Throws if two routes share an id, a label or a prefix: which one answers must never be an accident. */
export function indexRoutes(table: RouteTable): RouteIndex {
  const ids = new Map<string, Route>()
  const labels = new Map<string, Route>()
  const prefixes = new Map<string, Route>()
  const depths = new Set<number>()
  for (const route of table.routes) {
    addUnique(ids, route.id, route)
    addUnique(labels, route.label, route)
    if (route.pathPrefix === undefined) continue
    if (!/^\/.+\/$/.test(route.pathPrefix))
      throw new Error(`route prefix without slashes at both ends: ${route.pathPrefix}`)
    addUnique(prefixes, route.pathPrefix, route)
    depths.add(route.pathPrefix.split('/').length - 1)
  }
  const deepestFirst = [...depths].toSorted((a, b) => b - a)
  return {
    version: table.version,
    byId: (id) => ids.get(id),
    byLabel: (label) => labels.get(label),
    byPath: (path) => {
      for (const depth of deepestFirst) {
        const prefix = firstSegments(path, depth)
        const route = prefix === undefined ? undefined : prefixes.get(prefix)
        if (route) return route
      }
      return undefined
    },
    all: () => ids.values(),
  }
}

function addUnique(map: Map<string, Route>, key: string, route: Route): void {
  if (map.has(key)) throw new Error(`two routes share ${key}`)
  map.set(key, route)
}

/** `path` up to its `slashes`-th slash, which may be missing at the very end; undefined if there are fewer. */
function firstSegments(path: string, slashes: number): string | undefined {
  let end = -1
  for (let seen = 0; seen < slashes; seen += 1) {
    end = path.indexOf('/', end + 1)
    if (end === -1) return seen === slashes - 1 ? `${path}/` : undefined
  }
  return path.slice(0, end + 1)
}
