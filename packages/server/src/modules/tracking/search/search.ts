import type { RunSummary } from '@mllab/contract'

import { pageOfFound, readCursor, type CursorValues, type PageRequest } from '../../../core/pages.ts'
import { may, type Actor, type ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { Experiments } from '../experiments/experiments.ts'
import type { Lifecycle } from '../experiments/experiments.store.ts'
import { createMetricsStore } from '../metrics/metrics.store.ts'
import type { FullRun, RunStatus } from '../runs/runs.store.ts'
import type { Runs } from '../runs/runs.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid } from '../values.ts'
import { parseFilter, parseSort, type Comparison, type SortTerm } from './grammar.ts'
import type { SearchScope } from './predicates.ts'
import { runWords } from './run-words.ts'
import { mostSelective } from './selective.ts'
import { walkByMetric, walkByName, walkByStart, walkByTerms, type Found, type Walk } from './walks.ts'

/** Up to so many experiments are walked one by one along their index and merged; beyond, they are sorted together. */
const MERGED_EXPERIMENTS = 20
const MOST_EXPERIMENTS = 5000

interface Search {
  readonly scope: SearchScope
  readonly lifecycle: Lifecycle
  readonly comparisons: readonly Comparison[]
  readonly name?: string | undefined
  readonly sort: readonly SortTerm[]
  readonly limit: number
  readonly after: CursorValues | undefined
}

export interface ClientSearch extends PageRequest {
  /** Numbers of experiments; those that are not there are left out. */
  readonly experiments: readonly number[]
  readonly filter: string | undefined
  readonly orderBy: readonly string[]
  readonly lifecycle: Lifecycle
}

export type RunSearch = ReturnType<typeof createRunSearch>

export function createRunSearch(
  { db }: TrackingContext,
  { runs, experiments }: { runs: Runs; experiments: Experiments },
) {
  const keysStore = createMetricsStore(db)

  /** One more than asked for tells that there is a next page. */
  const find = async (projectId: string, search: Search): Promise<Found[]> => {
    const { scope, comparisons, sort } = search
    const keyed = [...comparisons, ...sort].filter(({ entity }) => entity !== 'attribute' && entity !== 'dataset')
    const keys = await keysStore.keyIds(projectId, [...new Set(keyed.map(({ key }) => key))])
    const few = await mostSelective(db, scope, keys, comparisons)
    const walk: Walk = { db, keys, few, ...search, name: search.name }
    const order = orderOf(sort)
    const { merge } = order
    const several =
      'experiments' in scope && scope.experiments.length > 1 && scope.experiments.length <= MERGED_EXPERIMENTS
    if (!merge || few || !several) return order.walk(walk)
    const parts = await Promise.all(
      scope.experiments.map((ref) => order.walk({ ...walk, scope: { experiments: [ref] } })),
    )
    return parts.flat().toSorted(merge).slice(0, search.limit)
  }

  /** Metrics are indexed by experiment: a project of few is walked one by one, as if a client had named them all. */
  const wholeProject = async (projectId: string, { entity }: SortTerm): Promise<SearchScope> => {
    if (entity !== 'metric') return { projectId }
    const refs = await experiments.store.refs(projectId, MERGED_EXPERIMENTS + 1)
    return refs.length <= MERGED_EXPERIMENTS ? { experiments: refs } : { projectId }
  }

  const load = async (actor: Actor, projectId: string, found: readonly Found[]): Promise<FullRun[]> =>
    runs.full(
      await runs.store.byRefs(
        policy.readRuns(actor, projectId),
        found.map(({ ref }) => ref),
      ),
    )

  return {
    /** MLflow's `runs/search`. */
    search: async (
      actor: Actor,
      project: ProjectRef,
      request: ClientSearch,
    ): Promise<{ runs: FullRun[]; next: string | null }> => {
      const visible = policy.readRuns(actor, project.id)
      const comparisons = parseFilter(request.filter, runWords)
      const sort = request.orderBy.map((order) => parseSort(order, runWords))
      const list = ['search', project.id, request.experiments, request.filter ?? '', request.orderBy, request.lifecycle]
      const after = readCursor(request, list)
      const rows = await experiments.store.byNumbers(visible, project.id, request.experiments)
      const scope = { experiments: rows.map(({ ref }) => ref) }
      if (scope.experiments.length > MOST_EXPERIMENTS)
        throw invalid(`At most ${MOST_EXPERIMENTS} experiments are searched at once.`)
      if (scope.experiments.length === 0) return { runs: [], next: null }
      const found = await find(project.id, {
        scope,
        lifecycle: request.lifecycle,
        comparisons,
        sort,
        limit: request.limit + 1,
        after,
      })
      const page = pageOfFound(found, request, list)
      return { runs: await load(actor, project.id, page.items), next: page.next }
    },

    /** The list of the web app and of our API: of an experiment or the whole project. */
    list: async (
      actor: Actor,
      project: ProjectRef,
      request: PageRequest & {
        experiment?: number | undefined
        search?: string | undefined
        filter?: string | undefined
        status?: RunStatus | undefined
        sort: string
        deleted: boolean
      },
    ): Promise<{ items: RunSummary[]; next: string | null; can: string[] }> => {
      const visible = policy.readRuns(actor, project.id)
      const comparisons = parseFilter(request.filter, runWords)
      if (request.status) comparisons.push(statusIs(request.status))
      const { cursor: _, limit: __, ...asked } = request
      const list = ['runs', project.id, asked]
      const after = readCursor(request, list)
      const can = may(actor, 'runs:write', project.id) ? ['runs:write'] : []
      const number = request.experiment
      const [row] = number === undefined ? [] : await experiments.store.byNumbers(visible, project.id, [number])
      if (number !== undefined && !row) return { items: [], next: null, can }
      const sort = sortOf(request.sort)
      const found = await find(project.id, {
        scope: row ? { experiments: [row.ref] } : await wholeProject(project.id, sort),
        lifecycle: request.deleted ? 'deleted' : 'living',
        comparisons,
        name: request.search || undefined,
        sort: [sort],
        limit: request.limit + 1,
        after,
      })
      const page = pageOfFound(found, request, list)
      return {
        items: await runs.summaries(actor, await load(actor, project.id, page.items)),
        next: page.next,
        can,
      }
    },
  }
}

interface Order {
  readonly walk: (walk: Walk) => Promise<Found[]>
  /** Compares two that were found, for orders in which several walks can be merged. */
  readonly merge?: (a: Found, b: Found) => number
}

/** The orders that an index has; every other is sorted. */
function orderOf(sort: readonly SortTerm[]): Order {
  const [first, ...rest] = sort
  if (!first) return byStart(false)
  if (rest.length > 0) return { walk: (walk) => walkByTerms(walk, sort) }
  const { entity, key, ascending } = first
  if (entity === 'metric')
    return { walk: (walk) => walkByMetric(walk, key, ascending), merge: comparingMetrics(ascending) }
  if (entity === 'attribute' && key === 'start_time') return byStart(ascending)
  if (entity === 'attribute' && key === 'run_name') return { walk: (walk) => walkByName(walk, ascending) }
  return { walk: (walk) => walkByTerms(walk, sort) }
}

function byStart(ascending: boolean): Order {
  const sign = ascending ? 1 : -1
  return {
    walk: (walk) => walkByStart(walk, ascending),
    merge: (a, b) => sign * (Number(a.position[0]) - Number(b.position[0]) || a.ref - b.ref),
  }
}

function comparingMetrics(ascending: boolean): (a: Found, b: Found) => number {
  return (a, b) => {
    const [partA, placeA] = a.position.map(Number)
    const [partB, placeB] = b.position.map(Number)
    if (partA !== partB) return (partA ?? 0) - (partB ?? 0)
    if (placeA === placeB) return b.ref - a.ref
    const difference = (placeA ?? 0) < (placeB ?? 0) ? -1 : 1
    return partA === 0 && ascending ? difference : -difference
  }
}

function statusIs(status: RunStatus): Comparison {
  const value = status === 'queued' ? 'SCHEDULED' : status.toUpperCase()
  return { entity: 'attribute', key: 'status', operator: '=', value }
}

/** `-started`, `started`, `name`, `metrics.<key>`, `-metrics.<key>`. */
function sortOf(sort: string): SortTerm {
  const ascending = !sort.startsWith('-')
  const name = ascending ? sort : sort.slice(1)
  if (name === 'started') return { entity: 'attribute', key: 'start_time', ascending }
  if (name === 'name') return { entity: 'attribute', key: 'run_name', ascending }
  if (name.startsWith('metrics.') && name.length > 'metrics.'.length)
    return { entity: 'metric', key: name.slice('metrics.'.length), ascending }
  throw invalid(`Runs cannot be sorted by '${sort}'.`)
}
