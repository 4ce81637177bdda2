import { sql } from 'kysely'

import type { BatchStep, Database } from '../../../ports/database.ts'
import type { Visible } from '../../access/access.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { chunks, padded } from '../values.ts'

export type RunStatus = 'queued' | 'running' | 'finished' | 'failed' | 'killed'

export interface RunRow {
  readonly ref: number
  readonly id: string
  readonly project_id: string
  readonly experiment: number
  readonly name: string
  readonly status: RunStatus
  readonly user_name: string
  readonly created_by: string
  readonly started_at: number
  readonly ended_at: number | null
  readonly deleted_at: number | null
}

export interface LatestRow {
  readonly key: string
  readonly value: number
  readonly is_nan: number
  readonly step: number
  readonly at: number
}

/** A run with what was logged to it, without the histories of its metrics. */
export interface FullRun extends RunRow {
  readonly metrics: readonly LatestRow[]
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
}

export const runColumns = [
  'ref',
  'id',
  'project_id',
  'experiment',
  'name',
  'status',
  'user_name',
  'created_by',
  'started_at',
  'ended_at',
  'deleted_at',
] as const

const HYDRATED_AT_ONCE = 256

export type RunsStore = ReturnType<typeof createRunsStore>

export function createRunsStore(db: Database) {
  const seen = (visible: Visible) => {
    const query = db.sql.selectFrom('run')
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }

  const textsOf = async (table: 'run_param' | 'run_tag', refs: readonly number[]) => {
    const rows = await db.sql
      .selectFrom(table)
      .innerJoin('key_ref', 'key_ref.id', `${table}.key`)
      .select([`${table}.run`, 'key_ref.name as key', `${table}.value`])
      .where(`${table}.run`, 'in', padded(refs))
      .orderBy(`${table}.run`)
      .orderBy('key_ref.name')
      .execute()
    return Map.groupBy(rows, ({ run }) => run)
  }

  const latestOf = async (refs: readonly number[]) => {
    const rows = await db.sql
      .selectFrom('latest_metric as latest')
      .innerJoin('key_ref', 'key_ref.id', 'latest.key')
      .select(['latest.run', 'key_ref.name as key', 'latest.value', 'latest.is_nan', 'latest.step', 'latest.at'])
      .where('latest.run', 'in', padded(refs))
      .orderBy('latest.run')
      .orderBy('key_ref.name')
      .execute()
    return Map.groupBy(rows, ({ run }) => run)
  }

  const hydrateSome = async (rows: readonly RunRow[]): Promise<FullRun[]> => {
    const refs = rows.map(({ ref }) => ref)
    const [metrics, params, tags] = await Promise.all([
      latestOf(refs),
      textsOf('run_param', refs),
      textsOf('run_tag', refs),
    ])
    return rows.map((row) => ({
      ...row,
      metrics: metrics.get(row.ref) ?? [],
      params: (params.get(row.ref) ?? []).map(({ key, value }) => ({ key, value })),
      tags: (tags.get(row.ref) ?? []).map(({ key, value }) => ({ key, value })),
    }))
  }

  const keyStep = (projectId: string, name: string): BatchStep => ({
    name: 'key',
    query: db.sql
      .insertInto('key_ref')
      .values({ project_id: projectId, name })
      .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
      .compile(),
  })

  const tagStep = (projectId: string, id: string, tag: KeyValue): BatchStep => ({
    name: 'tag',
    query: db.sql
      .insertInto('run_tag')
      .columns(['run', 'key', 'experiment', 'value'])
      .expression((eb) =>
        eb
          .selectFrom('run')
          .innerJoin('key_ref', (join) =>
            join.onRef('key_ref.project_id', '=', 'run.project_id').on('key_ref.name', '=', tag.key),
          )
          .select(['run.ref', 'key_ref.id', 'run.experiment', sql<string>`cast(${tag.value} as text)`.as('value')])
          .where('run.id', '=', id)
          .where('run.project_id', '=', projectId),
      )
      .onConflict((conflict) => conflict.columns(['run', 'key']).doUpdateSet({ value: tag.value }))
      .compile(),
  })

  /** Names first and in order, so that two requests with the same new names wait for each other instead of deadlocking. */
  const tagSteps = (projectId: string, id: string, tags: readonly KeyValue[]): BatchStep[] => [
    ...[...new Set(tags.map(({ key }) => key))].toSorted().map((key) => keyStep(projectId, key)),
    ...tags.map((tag) => tagStep(projectId, id, tag)),
  ]

  return {
    get: (visible: Visible, projectId: string, id: string): Promise<RunRow | undefined> =>
      seen(visible).select(runColumns).where('id', '=', id).where('project_id', '=', projectId).executeTakeFirst(),

    locate: (visible: Visible, id: string): Promise<RunRow | undefined> =>
      seen(visible).select(runColumns).where('id', '=', id).executeTakeFirst(),

    byIds: (visible: Visible, projectId: string, ids: readonly string[]): Promise<RunRow[]> =>
      ids.length === 0
        ? Promise.resolve([])
        : seen(visible).select(runColumns).where('id', 'in', padded(ids)).where('project_id', '=', projectId).execute(),

    byRefs: async (visible: Visible, refs: readonly number[]): Promise<RunRow[]> => {
      const parts = await Promise.all(
        chunks(refs, HYDRATED_AT_ONCE).map((some) =>
          seen(visible).select(runColumns).where('ref', 'in', padded(some)).execute(),
        ),
      )
      const byRef = new Map(parts.flat().map((row) => [row.ref, row]))
      return refs.flatMap((ref) => byRef.get(ref) ?? [])
    },

    hydrate: async (rows: readonly RunRow[]): Promise<FullRun[]> => {
      const full: FullRun[] = []
      for (const some of chunks(rows, HYDRATED_AT_ONCE)) full.push(...(await hydrateSome(some)))
      return full
    },

    /** The living run before this one in its experiment. */
    previous: (row: RunRow): Promise<RunRow | undefined> =>
      db.sql
        .selectFrom('run')
        .select(runColumns)
        .where('experiment', '=', row.experiment)
        .where(sql<boolean>`(started_at, ref) < (${row.started_at}, ${row.ref})`)
        .where('deleted_at', 'is', null)
        .orderBy('started_at', 'desc')
        .orderBy('ref', 'desc')
        .limit(1)
        .executeTakeFirst(),

    createSteps: (row: Omit<RunRow, 'ref'>, tags: readonly KeyValue[]): BatchStep[] => [
      { name: 'run', query: db.sql.insertInto('run').values(row).returning(runColumns).compile(), expect: 1 },
      ...tagSteps(row.project_id, row.id, tags),
    ],

    tagSteps,

    updateStep: (ref: number, change: { status?: RunStatus; ended_at?: number | null; name?: string }): BatchStep => ({
      name: 'run',
      query: db.sql.updateTable('run').set(change).where('ref', '=', ref).where('deleted_at', 'is', null).compile(),
      expect: 1,
    }),

    deleteStep: (ref: number, nowMs: number): BatchStep => ({
      name: 'run',
      query: db.sql
        .updateTable('run')
        .set({ deleted_at: nowMs })
        .where('ref', '=', ref)
        .where('deleted_at', 'is', null)
        .compile(),
    }),

    /** Fails its expectation if it was deleted before `sinceMs`: it may be going for good. */
    restoreStep: (ref: number, sinceMs: number): BatchStep => ({
      name: 'run',
      query: db.sql
        .updateTable('run')
        .set({ deleted_at: null })
        .where('ref', '=', ref)
        .where((eb) => eb.or([eb('deleted_at', 'is', null), eb('deleted_at', '>=', sinceMs)]))
        .compile(),
      expect: 1,
    }),

    deleteTagStep: (row: RunRow, key: string): BatchStep => ({
      name: 'tag',
      query: db.sql
        .deleteFrom('run_tag')
        .where('run', '=', row.ref)
        .where('key', 'in', (eb) =>
          eb.selectFrom('key_ref').select('id').where('project_id', '=', row.project_id).where('name', '=', key),
        )
        .compile(),
      expect: 1,
    }),
  }
}
