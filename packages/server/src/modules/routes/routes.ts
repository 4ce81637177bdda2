import type { WorkloadKind } from '@mllab/contract'
import type { Endpoint, Route, RouteSource, RouteTable } from '@mllab/gateway'
import { messageOf, newId, shortId, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { ChangeFeed } from '../../ports/changes.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import { createRoutesStore, type RouteRow } from './routes.store.ts'

export { createAppLinks, type AppLinks } from './app-links.ts'

export interface NewRoute {
  readonly kind: WorkloadKind
  readonly workloadId: string
  readonly projectId: string
  readonly ownerId: string
  readonly slug: string
  readonly portName: string
  readonly port: number
  /** On main hosts, base path included, `/` at both ends. */
  readonly pathPrefix: string
  readonly stripPrefix: boolean
}

/** Whom a route belongs to: what access decisions ask for. */
export interface RouteFacts {
  readonly id: string
  readonly kind: WorkloadKind
  readonly workloadId: string
  readonly projectId: string
  readonly ownerId: string
  readonly slug: string
  readonly portName: string
  readonly port: number
  readonly label: string
  readonly pathPrefix: string
}

/** What is known of a workload's ports right now. */
export type Reachability =
  | { readonly state: 'ready'; readonly endpoints: ReadonlyMap<string, Endpoint> }
  | { readonly state: 'starting' | 'stopped' | 'failed' }

export interface Routes {
  readonly source: RouteSource
  /** The step that declares a route, with its label: never used before, never used again. */
  declare(route: NewRoute): { readonly facts: RouteFacts; readonly step: BatchStep }
  removeStep(workloadId: string): BatchStep
  /** Removes one; the step `route` fails if it is not there. */
  removeOneStep(routeId: string): BatchStep
  /** After steps of this module were stored. */
  changed(): Promise<void>
  /** Where the ports of a workload are, or why they are nowhere. */
  report(workloadId: string, reachability: Reachability): void
  byId(routeId: string): RouteFacts | undefined
  byLabel(label: string): RouteFacts | undefined
  /** Whether somebody is there to answer. */
  isReady(routeId: string): boolean
  ofWorkload(workloadId: string): readonly RouteFacts[]
  start(scope: Scope): Promise<void>
}

const POLL_MS = 2000

/** Host or path → port of a workload. Rows say what exists, reports say where it is; together they are the gateway's table. */
export function createRoutes({
  db,
  clock,
  changes,
  log,
}: {
  db: Database
  clock: Clock
  changes: ChangeFeed
  log: Log
}): Routes {
  const store = createRoutesStore(db)
  const reports = new Map<string, Reachability>()
  const listeners = new Set<() => void>()
  let rows: readonly RouteRow[] = []
  let byLabel = new Map<string, RouteRow>()
  let byId = new Map<string, RouteRow>()
  let table: RouteTable = { version: 0, routes: [] }

  const rebuild = () => {
    table = { version: table.version + 1, routes: rows.map((row) => routeOf(row, reports.get(row.workload_id))) }
    for (const listener of listeners) listener()
  }

  const load = async () => {
    const loaded = await store.living()
    if (JSON.stringify(loaded) === JSON.stringify(rows)) return
    rows = loaded
    byLabel = new Map(rows.map((row) => [row.label, row]))
    byId = new Map(rows.map((row) => [row.id, row]))
    const living = new Set(rows.map((row) => row.workload_id))
    for (const workloadId of reports.keys()) if (!living.has(workloadId)) reports.delete(workloadId)
    rebuild()
  }
  const loadSoon = () =>
    void load().catch((error: unknown) => log.warn('routes could not be read', { error: messageOf(error) }))

  return {
    source: {
      current: () => table,
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    declare: (route) => {
      const id = newId()
      const label = `${route.slug.slice(0, 40)}-${shortId(id)}`
      const row = {
        id,
        label,
        kind: route.kind,
        workload_id: route.workloadId,
        project_id: route.projectId,
        owner_id: route.ownerId,
        slug: route.slug,
        port_name: route.portName,
        port: route.port,
        path_prefix: route.pathPrefix,
        strip_prefix: route.stripPrefix ? 1 : 0,
      }
      return { facts: factsOf(row), step: store.createStep({ ...row, created_at: clock.now() }) }
    },
    removeStep: (workloadId) => store.removeStep(workloadId, clock.now()),
    removeOneStep: (routeId) => store.removeOneStep(routeId, clock.now()),
    changed: async () => {
      await load()
      changes.announce('routes')
    },
    report: (workloadId, reachability) => {
      if (sameReachability(reports.get(workloadId), reachability)) return
      reports.set(workloadId, reachability)
      if (rows.some((row) => row.workload_id === workloadId)) rebuild()
    },
    byId: (id) => optional(byId.get(id)),
    byLabel: (label) => optional(byLabel.get(label)),
    isReady: (id) => table.routes.find((route) => route.id === id)?.upstream.state === 'ready',
    ofWorkload: (workloadId) => rows.filter((row) => row.workload_id === workloadId).map(factsOf),
    start: async (scope) => {
      await load()
      scope.every(POLL_MS, loadSoon)
      scope.defer(changes.subscribe('routes', loadSoon))
    },
  }
}

function routeOf(row: RouteRow, reachability: Reachability | undefined): Route {
  const endpoint = reachability?.state === 'ready' ? reachability.endpoints.get(row.port_name) : undefined
  return {
    id: row.id,
    label: row.label,
    pathPrefix: row.path_prefix,
    stripPrefix: row.strip_prefix === 1,
    fallback: row.kind === 'workspace' ? 'owner' : 'capability',
    audience: `${row.kind}:${row.project_id}:${row.owner_id}`,
    upstream: endpoint ? { state: 'ready', endpoints: [endpoint] } : { state: stateWithout(reachability) },
    needsStorage: row.kind === 'workspace',
  }
}

function stateWithout(reachability: Reachability | undefined): 'starting' | 'stopped' | 'failed' {
  if (!reachability || reachability.state === 'ready') return 'starting'
  return reachability.state
}

function sameReachability(a: Reachability | undefined, b: Reachability): boolean {
  if (a?.state !== b.state) return false
  if (a.state !== 'ready' || b.state !== 'ready') return true
  return JSON.stringify([...a.endpoints]) === JSON.stringify([...b.endpoints])
}

function optional(row: RouteRow | undefined): RouteFacts | undefined {
  return row && factsOf(row)
}

function factsOf(row: Omit<RouteRow, 'strip_prefix'>): RouteFacts {
  return {
    id: row.id,
    kind: row.kind,
    workloadId: row.workload_id,
    projectId: row.project_id,
    ownerId: row.owner_id,
    slug: row.slug,
    portName: row.port_name,
    port: row.port,
    label: row.label,
    pathPrefix: row.path_prefix,
  }
}
