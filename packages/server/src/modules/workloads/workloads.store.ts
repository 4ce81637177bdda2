import type { WorkloadKind, WorkloadStatus } from '@mllab/contract'
import { sql } from 'kysely'

import type { Lease } from '../../core/leases.ts'
import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'
import type { Reason, StartStepRecord, Workload, WorkloadSpec } from './workload.ts'

type Row = Tables['workload']

/** What a reconciler may write of what it saw. */
export interface Observation {
  readonly status?: WorkloadStatus
  readonly reason?: Reason | null
  readonly steps?: readonly StartStepRecord[]
  readonly imageKey?: string
  readonly startedAt?: number | null
  readonly restarts?: number
  readonly restartedAt?: number
  readonly purgedAt?: number
}

export interface WorkloadFilter {
  readonly kind: WorkloadKind
  readonly search?: string | undefined
  readonly status?: WorkloadStatus | undefined
  readonly ownerId?: string | undefined
}

export type WorkloadsStore = ReturnType<typeof createWorkloadsStore>

export function createWorkloadsStore(db: Database) {
  const seen = (visible: Visible) => {
    const query = db.sql.selectFrom('workload').selectAll().where('deleted_at', 'is', null)
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }

  return {
    bySlug: async (visible: Visible, projectId: string, kind: WorkloadKind, slug: string) => {
      const row = await seen(visible)
        .where('project_id', '=', projectId)
        .where('kind', '=', kind)
        .where('slug', '=', slug)
        .executeTakeFirst()
      return row && workloadOf(row)
    },

    /** Newest first; of one project, or of all that are visible. */
    list: async (
      visible: Visible,
      projectId: string | undefined,
      filter: WorkloadFilter,
      limit: number,
      before: readonly [number, string] | undefined,
    ) => {
      let query = seen(visible).where('kind', '=', filter.kind)
      if (projectId !== undefined) query = query.where('project_id', '=', projectId)
      const { search } = filter
      if (search)
        query = query.where((eb) => eb.or([db.contains(eb.ref('name'), search), db.contains(eb.ref('slug'), search)]))
      if (filter.status) query = query.where('status', '=', filter.status)
      if (filter.ownerId) query = query.where('owner_id', '=', filter.ownerId)
      if (before) query = query.where(sql<boolean>`(created_at, id) < (${before[0]}, ${before[1]})`)
      return (await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()).map(workloadOf)
    },

    /** How many of a kind are in each status. */
    counts: async (visible: Visible, projectId: string, kind: WorkloadKind): Promise<Record<string, number>> => {
      let query = db.sql
        .selectFrom('workload')
        .where('project_id', '=', projectId)
        .where('kind', '=', kind)
        .where('deleted_at', 'is', null)
      if (visible.projects !== 'all') query = query.where('project_id', 'in', visible.projects)
      const rows = await query
        .select(['status', (eb) => eb.fn.countAll<number>().as('count')])
        .groupBy('status')
        .execute()
      return Object.fromEntries(rows.map((row) => [row.status, Number(row.count)]))
    },

    /** Ids of what runs, the newest thousand: more than a list shows at once. */
    measured: async (visible: Visible, projectId: string, kind: WorkloadKind): Promise<string[]> => {
      const rows = await seen(visible)
        .clearSelect()
        .select('id')
        .where('project_id', '=', projectId)
        .where('kind', '=', kind)
        .where('status', 'in', ['running', 'unhealthy'])
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1000)
        .execute()
      return rows.map(({ id }) => id)
    },

    first: async (visible: Visible, projectId: string, kind: WorkloadKind) => {
      const row = await seen(visible)
        .where('project_id', '=', projectId)
        .where('kind', '=', kind)
        .orderBy('created_at')
        .orderBy('id')
        .limit(1)
        .executeTakeFirst()
      return row && workloadOf(row)
    },

    /** Services that serve a model, or one version of it. */
    servingModel: async (visible: Visible, projectId: string, model: string, version: number | undefined) => {
      const rows = await seen(visible)
        .where('project_id', '=', projectId)
        .where('kind', '=', 'service')
        .orderBy('created_at')
        .limit(1000)
        .execute()
      return rows
        .map(workloadOf)
        .filter(
          ({ spec }) => spec.about['model'] === model && (version === undefined || spec.about['version'] === version),
        )
    },

    createStep: (
      workload: Omit<
        Workload,
        'imageKey' | 'reason' | 'restarts' | 'restartedAt' | 'startedAt' | 'purgedAt' | 'restartFor'
      >,
    ): BatchStep => ({
      name: 'workload',
      query: db.sql
        .insertInto('workload')
        .values({
          id: workload.id,
          project_id: workload.projectId,
          kind: workload.kind,
          slug: workload.slug,
          name: workload.name,
          owner_id: workload.ownerId,
          desired: workload.desired,
          generation: workload.generation,
          spec: JSON.stringify(workload.spec),
          image_key: null,
          status: workload.status,
          status_since: workload.statusSince,
          reason: null,
          steps: JSON.stringify(workload.steps),
          restarts: 0,
          restarted_at: null,
          started_at: null,
          shard: workload.shard,
          created_at: workload.createdAt,
          updated_at: workload.createdAt,
          deleted_at: null,
          purged_at: null,
        })
        .compile(),
    }),

    /**
     * Declares what should be. A start counts the generation up, so that what still runs of an older one is replaced; `anew` also has the
     * image resolved again.
     */
    desireStep: (
      visible: Visible,
      id: string,
      desired: 'running' | 'stopped',
      {
        steps,
        reason = null,
        anew = false,
        nowMs,
      }: { steps: readonly StartStepRecord[]; reason?: Reason | null; anew?: boolean; nowMs: number },
    ): BatchStep => {
      let query = db.sql
        .updateTable('workload')
        .set((eb) => ({
          desired,
          updated_at: nowMs,
          ...(desired === 'running'
            ? {
                generation: eb('generation', '+', 1),
                status: 'starting' as const,
                status_since: nowMs,
                reason: null,
                steps: JSON.stringify(steps),
                restarts: 0,
                ...(anew ? { image_key: null } : {}),
              }
            : {
                status: sql<WorkloadStatus>`case when status = 'stopped' then 'stopped' else 'stopping' end`,
                status_since: nowMs,
                reason: reason && JSON.stringify(reason),
              }),
        }))
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
      if (visible.projects !== 'all') query = query.where('project_id', 'in', visible.projects)
      return { name: 'workload', query: query.returningAll().compile(), expect: 1 }
    },

    /** Fails the batch, at the step `workload`, unless it is still declared; nobody deletes it before the batch ends. */
    livingStep: (id: string): BatchStep => ({
      name: 'workload',
      query: db.sql
        .updateTable('workload')
        .set((eb) => ({ updated_at: eb.ref('updated_at') }))
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    deleteStep: (visible: Visible, id: string, nowMs: number): BatchStep => {
      const query = db.sql
        .updateTable('workload')
        .set({ desired: 'deleted', deleted_at: nowMs, updated_at: nowMs })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
      return {
        name: 'workload',
        query: (visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)).compile(),
        expect: 1,
      }
    },

    // From here on: for the reconciler, which sees everything and writes only under its lease.

    get: async (id: string) => {
      const row = await db.sql.selectFrom('workload').selectAll().where('id', '=', id).executeTakeFirst()
      return row && workloadOf(row)
    },

    unpurged: async (shards: readonly number[]) =>
      (
        await db.sql
          .selectFrom('workload')
          .select('id')
          .where('shard', 'in', shards)
          .where('purged_at', 'is', null)
          .execute()
      ).map((row) => row.id),

    ofProject: async (projectId: string) =>
      (
        await db.sql
          .selectFrom('workload')
          .select('id')
          .where('project_id', '=', projectId)
          .where('deleted_at', 'is', null)
          .execute()
      ).map((row) => row.id),

    /** Writes what was seen of a generation; touches nothing if the lease was lost or the declaration has changed meanwhile. */
    observeStep: (workload: Workload, lease: Lease, observation: Observation, nowMs: number): BatchStep => ({
      name: 'observation',
      query: db.sql
        .updateTable('workload')
        .set({
          ...(observation.status === undefined
            ? {}
            : {
                status: observation.status,
                ...(observation.status === workload.status ? {} : { status_since: nowMs }),
              }),
          ...(observation.reason === undefined
            ? {}
            : { reason: observation.reason && JSON.stringify(observation.reason) }),
          ...(observation.steps === undefined ? {} : { steps: JSON.stringify(observation.steps) }),
          ...(observation.imageKey === undefined ? {} : { image_key: observation.imageKey }),
          ...(observation.startedAt === undefined ? {} : { started_at: observation.startedAt }),
          ...(observation.restarts === undefined ? {} : { restarts: observation.restarts }),
          ...(observation.restartedAt === undefined ? {} : { restarted_at: observation.restartedAt }),
          ...(observation.purgedAt === undefined ? {} : { purged_at: observation.purgedAt }),
        })
        .where('id', '=', workload.id)
        .where('generation', '=', workload.generation)
        .where('desired', '=', workload.desired)
        .where((eb) =>
          eb.exists(
            eb.selectFrom('lease').select('name').where('name', '=', lease.name).where('epoch', '=', lease.epoch),
          ),
        )
        .compile(),
      expect: 1,
    }),
  }
}

export function workloadOf(row: Row): Workload {
  return {
    id: row.id,
    projectId: row.project_id,
    kind: row.kind,
    slug: row.slug,
    name: row.name,
    ownerId: row.owner_id,
    desired: row.desired,
    generation: row.generation,
    spec: JSON.parse(row.spec) as WorkloadSpec, // these three were written above
    imageKey: row.image_key,
    status: row.status,
    statusSince: row.status_since,
    reason: row.reason === null ? null : (JSON.parse(row.reason) as Reason),
    steps: JSON.parse(row.steps) as StartStepRecord[],
    restarts: row.restarts,
    restartedAt: row.restarted_at,
    startedAt: row.started_at,
    shard: row.shard,
    createdAt: row.created_at,
    purgedAt: row.purged_at,
    restartFor: [],
  }
}
