import { LabError, type Curve } from '@mllab/contract'

import type { UnitDefinition } from '../../../ports/database.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { Runs } from '../runs/runs.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid, runIdFromWire } from '../values.ts'
import { readCurve } from './curves.ts'
import { logBatchOnPostgres } from './log-batch.postgres.ts'
import type { LogBatchInput, LogBatchOutput } from './log-batch.unit.ts'
import { createMetricsStore, type PointCursor, type PointRow } from './metrics.store.ts'
import type { Progress } from './progress.ts'

export type { PointCursor, PointRow } from './metrics.store.ts'

export const logBatchUnit: UnitDefinition<LogBatchInput, LogBatchOutput> = {
  name: 'tracking.log-batch',
  sqlite: new URL('./log-batch.unit.ts', import.meta.url),
  postgres: logBatchOnPostgres,
}

const DEFAULT_CURVES = 20

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics({ db }: TrackingContext, { runs, progress }: { runs: Runs; progress: Progress }) {
  const store = createMetricsStore(db)

  const keyId = async (projectId: string, name: string): Promise<number | undefined> =>
    (await store.keyIds(projectId, [name])).get(name)

  return {
    /**
     * Stores a body of MLflow's `runs/log-batch` (metrics, params, tags; limits and sentences are MLflow's), all or nothing. The bytes
     * are parsed where they are stored, so they may be handed over: do not use them afterwards. Sending it again changes nothing.
     */
    logBatch: async (actor: Actor, project: ProjectRef, body: Uint8Array): Promise<void> => {
      policy.writeRuns(actor, project.id)
      const result = await db.unit(logBatchUnit, { projectId: project.id, body })
      if (!result.ok) {
        if (result.code === 'NO_RUN') throw new LabError('NOT_FOUND', { what: result.message })
        throw invalid(result.message)
      }
      progress.note(project.id, result.runId)
    },

    /** A page of everything that was logged under a name, by step. Empty if the run has no such metric. */
    history: async (
      actor: Actor,
      project: ProjectRef,
      wireId: string,
      key: string,
      page: { limit: number; after: PointCursor | undefined },
    ): Promise<PointRow[]> => {
      const run = await runs.find(actor, project, wireId)
      const id = await keyId(project.id, key)
      return id === undefined ? [] : store.history(run.ref, id, page.limit, page.after)
    },

    /** One metric of several runs. Runs that are not there are left out. */
    histories: async (
      actor: Actor,
      project: ProjectRef,
      wireIds: readonly string[],
      key: string,
      limit: number,
    ): Promise<(PointRow & { readonly runId: string })[]> => {
      const rows = await runsById(actor, project, wireIds)
      const id = await keyId(project.id, key)
      if (id === undefined) return []
      const parts = await Promise.all(
        rows.map(async (run) => {
          const points = await store.history(run.ref, id, limit, undefined)
          return points.map((point) => ({ ...point, runId: run.id }))
        }),
      )
      return parts.flat().slice(0, limit)
    },

    /** One metric of several runs at about `limit` steps a run, the same for all, first and last of each included. */
    sampled: async (
      actor: Actor,
      project: ProjectRef,
      wireIds: readonly string[],
      key: string,
      range: { from: number; to: number; limit: number },
    ): Promise<(PointRow & { readonly runId: string })[]> => {
      const rows = await runsById(actor, project, wireIds)
      const id = await keyId(project.id, key)
      if (id === undefined || rows.length === 0) return []
      const refs = rows.map(({ ref }) => ref)
      const steps = await store.stepsBetween(refs, id, range.from, range.to)
      const extents = await Promise.all(refs.map((ref) => store.extent(ref, id)))
      const edges = extents.flatMap((extent) => (extent ? [extent.from, extent.to] : []))
      const chosen = [...new Set([...evenly(steps, range.limit), ...edges])].filter(
        (step) => step >= range.from && step <= range.to,
      )
      const points = chosen.length === 0 ? [] : await store.atSteps(refs, id, chosen)
      const idOf = new Map(rows.map((run) => [run.ref, run.id]))
      return points.map((point) => ({ ...point, runId: idOf.get(point.run) ?? '' }))
    },

    curves: async (
      actor: Actor,
      project: ProjectRef,
      wireId: string,
      request: { keys: readonly string[] | undefined; buckets: number },
    ): Promise<{ curves: Curve[] }> => {
      const run = await runs.find(actor, project, wireId)
      const keys = request.keys
        ? [...(await store.keyIds(project.id, request.keys))].map(([name, id]) => ({ id, name }))
        : await store.keysOf(run.ref, DEFAULT_CURVES)
      const curves = await Promise.all(keys.map((key) => readCurve(store, run.ref, key, request.buckets)))
      return { curves: curves.filter((curve) => curve !== undefined) }
    },
  }

  async function runsById(actor: Actor, project: ProjectRef, wireIds: readonly string[]) {
    const visible = policy.readRuns(actor, project.id)
    const ids = wireIds.flatMap((wireId) => runIdFromWire(wireId) ?? [])
    return runs.store.byIds(visible, project.id, [...new Set(ids)])
  }
}

/** Some of the items, at equal distances, never more than `count`. */
function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]).filter(
    (item): item is T => item !== undefined,
  )
}
