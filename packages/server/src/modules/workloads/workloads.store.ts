import type { WorkloadKind, WorkloadStatus } from '@mllab/contract'
import { sql } from 'kysely'

import type { Lease } from '../../core/leases.ts'
import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'
import type { NextSpec, Reason, StartStepRecord, Workload, WorkloadSpec } from './workload.ts'

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

    // From here on: for those who act for nobody. The reconciler sees everything and writes only under its lease.

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

    /** Workspaces of somebody, in all projects. */
    workspacesOf: async (ownerId: string) =>
      (
        await db.sql
          .selectFrom('workload')
          .select('id')
          .where('owner_id', '=', ownerId)
          .where('kind', '=', 'workspace')
          .where('deleted_at', 'is', null)
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
    spec: JSON.parse(row.spec) as WorkloadSpec, // these four were written by us
    revision: row.revision,
    next: row.next === null ? null : (JSON.parse(row.next) as NextSpec),
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
