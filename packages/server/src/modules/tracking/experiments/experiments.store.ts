import { sql } from 'kysely'

import type { BatchStep, Database } from '../../../ports/database.ts'
import type { Visible } from '../../access/access.ts'
import { inParts } from '../values.ts'

export interface ExperimentRow {
  readonly ref: number
  readonly project_id: string
  readonly number: number
  readonly name: string
  readonly created_at: number
  readonly updated_at: number
  readonly deleted_at: number | null
}

export type Lifecycle = 'living' | 'deleted' | 'all'

const columns = ['ref', 'project_id', 'number', 'name', 'created_at', 'updated_at', 'deleted_at'] as const
const COUNT_LIMIT = 10_000

export type ExperimentsStore = ReturnType<typeof createExperimentsStore>

export function createExperimentsStore(db: Database) {
  const seen = (visible: Visible) => {
    const query = db.sql.selectFrom('experiment')
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }

  return {
    byNumber: (visible: Visible, projectId: string, number: number): Promise<ExperimentRow | undefined> =>
      seen(visible).select(columns).where('project_id', '=', projectId).where('number', '=', number).executeTakeFirst(),

    byNumbers: (visible: Visible, projectId: string, numbers: readonly number[]): Promise<ExperimentRow[]> =>
      inParts(numbers, (some) =>
        seen(visible).select(columns).where('project_id', '=', projectId).where('number', 'in', some).execute(),
      ),

    byRefs: (visible: Visible, refs: readonly number[]): Promise<ExperimentRow[]> =>
      inParts(refs, (some) => seen(visible).select(columns).where('ref', 'in', some).execute()),

    /** The living one if there is one, else the one deleted last. */
    byName: (visible: Visible, projectId: string, name: string): Promise<ExperimentRow | undefined> =>
      seen(visible)
        .select(columns)
        .where('project_id', '=', projectId)
        .where('name', '=', name)
        .orderBy(sql`case when deleted_at is null then 0 else 1 end`)
        .orderBy('deleted_at', 'desc')
        .limit(1)
        .executeTakeFirst(),

    /** Last used first. */
    list: (
      visible: Visible,
      projectId: string,
      filter: { search?: string | undefined; lifecycle: Lifecycle },
      limit: number,
      after: readonly [number, number] | undefined,
    ): Promise<ExperimentRow[]> => {
      let query = inLifecycle(seen(visible).select(columns).where('project_id', '=', projectId), filter.lifecycle)
      const { search } = filter
      if (search) query = query.where((eb) => db.contains(eb.ref('name'), search))
      if (after) query = query.where(sql<boolean>`(updated_at, ref) < (${after[0]}, ${after[1]})`)
      return query.orderBy('updated_at', 'desc').orderBy('ref', 'desc').limit(limit).execute()
    },

    /** All of a project, for the search of MLflow's clients, which sorts and filters by things we have no index for. */
    all: (visible: Visible, projectId: string, lifecycle: Lifecycle): Promise<ExperimentRow[]> =>
      inLifecycle(seen(visible).select(columns).where('project_id', '=', projectId), lifecycle)
        .orderBy('number')
        .limit(50_000)
        .execute(),

    /** Inner numbers of a project's experiments, deleted ones too. The caller has asked the policy. */
    refs: async (projectId: string, limit: number): Promise<number[]> => {
      const rows = await db.sql
        .selectFrom('experiment')
        .select('ref')
        .where('project_id', '=', projectId)
        .limit(limit)
        .execute()
      return rows.map(({ ref }) => ref)
    },

    /** Living runs of each experiment, exact to 10 000. */
    runCounts: async (refs: readonly number[]): Promise<Map<number, number>> => {
      const counted = await Promise.all(
        refs.map(async (ref) => {
          const row = await db.sql
            .selectFrom((eb) =>
              eb
                .selectFrom('run')
                .select(sql<number>`1`.as('one'))
                .where('experiment', '=', ref)
                .where('deleted_at', 'is', null)
                .limit(COUNT_LIMIT)
                .as('living'),
            )
            .select((eb) => eb.fn.countAll<number>().as('n'))
            .executeTakeFirst()
          return [ref, row?.n ?? 0] as const
        }),
      )
      return new Map(counted)
    },

    /** Numbers count up from 0 in each project and are never used again. Two callers may be told the same: the insert decides. */
    nextNumber: async (projectId: string): Promise<number> => {
      const row = await db.sql
        .selectFrom('experiment')
        .select('number')
        .where('project_id', '=', projectId)
        .orderBy('number', 'desc')
        .limit(1)
        .executeTakeFirst()
      return (row?.number ?? -1) + 1
    },

    createSteps: (
      projectId: string,
      number: number,
      name: string,
      tags: readonly { key: string; value: string }[],
      nowMs: number,
    ): BatchStep[] => [
      {
        name: 'experiment',
        query: db.sql
          .insertInto('experiment')
          .values({ project_id: projectId, number, name, created_at: nowMs, updated_at: nowMs, deleted_at: null })
          .returning(columns)
          .compile(),
        expect: 1,
      },
      ...tags.map(({ key, value }) => ({
        name: 'tag',
        query: db.sql
          .insertInto('experiment_tag')
          .columns(['experiment', 'key', 'value'])
          .expression((eb) =>
            eb
              .selectFrom('experiment')
              .select([
                'ref',
                sql<string>`cast(${key} as text)`.as('key'),
                sql<string>`cast(${value} as text)`.as('value'),
              ])
              .where('project_id', '=', projectId)
              .where('number', '=', number),
          )
          .onConflict((conflict) => conflict.columns(['experiment', 'key']).doUpdateSet({ value }))
          .compile(),
      })),
    ],

    defaultStep: (projectId: string, nowMs: number): BatchStep => ({
      name: 'default experiment',
      query: db.sql
        .insertInto('experiment')
        .values({
          project_id: projectId,
          number: 0,
          name: 'Default',
          created_at: nowMs,
          updated_at: nowMs,
          deleted_at: null,
        })
        .onConflict((conflict) => conflict.columns(['project_id', 'number']).doNothing())
        .compile(),
    }),

    renameStep: (ref: number, name: string, nowMs: number): BatchStep => ({
      name: 'experiment',
      query: db.sql.updateTable('experiment').set({ name, updated_at: nowMs }).where('ref', '=', ref).compile(),
      expect: 1,
    }),

    touchStep: (ref: number, nowMs: number): BatchStep => ({
      name: 'touch',
      query: db.sql.updateTable('experiment').set({ updated_at: nowMs }).where('ref', '=', ref).compile(),
    }),

    /** Its runs go and come with it: those deleted before keep their own time of deletion, and so stay deleted. */
    deleteSteps: (ref: number, nowMs: number): BatchStep[] => [
      {
        name: 'experiment',
        query: db.sql
          .updateTable('experiment')
          .set({ deleted_at: nowMs, updated_at: nowMs })
          .where('ref', '=', ref)
          .where('deleted_at', 'is', null)
          .compile(),
        expect: 1,
      },
      {
        name: 'runs',
        query: db.sql
          .updateTable('run')
          .set({ deleted_at: nowMs })
          .where('experiment', '=', ref)
          .where('deleted_at', 'is', null)
          .compile(),
      },
    ],

    /** Fails its expectation if it was deleted before `sinceMs`: it may be going for good. */
    restoreSteps: (ref: number, deletedAt: number, sinceMs: number, nowMs: number): BatchStep[] => [
      {
        name: 'experiment',
        query: db.sql
          .updateTable('experiment')
          .set({ deleted_at: null, updated_at: nowMs })
          .where('ref', '=', ref)
          .where('deleted_at', '=', deletedAt)
          .where('deleted_at', '>=', sinceMs)
          .compile(),
        expect: 1,
      },
      {
        name: 'runs',
        query: db.sql
          .updateTable('run')
          .set({ deleted_at: null })
          .where('experiment', '=', ref)
          .where('deleted_at', '=', deletedAt)
          .compile(),
      },
    ],

    tags: async (refs: readonly number[]): Promise<Map<number, { key: string; value: string }[]>> => {
      const rows = await inParts(refs, (some) =>
        db.sql.selectFrom('experiment_tag').selectAll().where('experiment', 'in', some).orderBy('key').execute(),
      )
      return Map.groupBy(rows, (row) => row.experiment)
    },

    setTagStep: (ref: number, key: string, value: string): BatchStep => ({
      name: 'tag',
      query: db.sql
        .insertInto('experiment_tag')
        .values({ experiment: ref, key, value })
        .onConflict((conflict) => conflict.columns(['experiment', 'key']).doUpdateSet({ value }))
        .compile(),
    }),

    deleteTagStep: (ref: number, key: string): BatchStep => ({
      name: 'tag',
      query: db.sql.deleteFrom('experiment_tag').where('experiment', '=', ref).where('key', '=', key).compile(),
      expect: 1,
    }),
  }
}

function inLifecycle<Q extends { where(column: 'deleted_at', operator: 'is' | 'is not', value: null): Q }>(
  query: Q,
  lifecycle: Lifecycle,
): Q {
  if (lifecycle === 'all') return query
  return query.where('deleted_at', lifecycle === 'living' ? 'is' : 'is not', null)
}
