import { sql, type SqlBool } from 'kysely'

import type { CursorValues } from '../../../core/pages.ts'
import type { BatchStep, Database } from '../../../ports/database.ts'
import type { Visible } from '../../access/access.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { inScope } from '../search/predicates.ts'
import { sortedPage, type SortedRow } from '../search/sorted.ts'
import type { Comparison, SortTerm } from '../search/grammar.ts'
import { chunks, padded } from '../values.ts'
import { modelCondition, modelSortColumns } from './logged-models.search.ts'

export interface LoggedModelRow {
  readonly id: string
  readonly project_id: string
  readonly experiment: number
  readonly run: number | null
  readonly name: string
  readonly type: string
  readonly status: string
  readonly status_message: string
  readonly created_by: string
  readonly created_at: number
  readonly updated_at: number
  readonly deleted_at: number | null
}

export interface ModelMetricRow {
  readonly key: string
  readonly value: number
  readonly is_nan: number
  readonly step: number
  readonly at: number
  readonly run_id: string | null
  readonly dataset_name: string | null
  readonly dataset_digest: string | null
}

export interface Registration {
  readonly name: string
  readonly version: number
}

const columns = [
  'id',
  'project_id',
  'experiment',
  'run',
  'name',
  'type',
  'status',
  'status_message',
  'created_by',
  'created_at',
  'updated_at',
  'deleted_at',
] as const

export type LoggedModelsStore = ReturnType<typeof createLoggedModelsStore>

export function createLoggedModelsStore(db: Database) {
  const seen = (visible: Visible) => {
    const query = db.sql.selectFrom('logged_model')
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }

  const texts = async (table: 'logged_model_param' | 'logged_model_tag', ids: readonly string[]) => {
    if (ids.length === 0) return new Map<string, KeyValue[]>()
    const rows = await db.sql
      .selectFrom(table)
      .select(['model_id', 'key', 'value'])
      .where('model_id', 'in', padded(ids))
      .orderBy('key')
      .execute()
    return Map.groupBy(rows, (row) => row.model_id)
  }

  const textStep = (table: 'logged_model_param' | 'logged_model_tag', id: string, text: KeyValue): BatchStep => ({
    name: table,
    query: db.sql
      .insertInto(table)
      .values({ model_id: id, key: text.key, value: text.value })
      .onConflict((conflict) => conflict.columns(['model_id', 'key']).doUpdateSet({ value: text.value }))
      .compile(),
  })

  return {
    get: (visible: Visible, projectId: string, id: string): Promise<LoggedModelRow | undefined> =>
      seen(visible).select(columns).where('id', '=', id).where('project_id', '=', projectId).executeTakeFirst(),

    byIds: async (visible: Visible, ids: readonly string[]): Promise<LoggedModelRow[]> => {
      const parts = await Promise.all(
        chunks([...new Set(ids)], 500).map((some) =>
          seen(visible).select(columns).where('id', 'in', padded(some)).execute(),
        ),
      )
      return parts.flat()
    },

    /** What a run made, first to last. */
    ofRun: (run: number): Promise<LoggedModelRow[]> =>
      db.sql
        .selectFrom('logged_model')
        .select(columns)
        .where('deleted_at', 'is', null)
        .where((eb) =>
          eb.or([
            eb('run', '=', run),
            eb(
              'id',
              'in',
              eb
                .selectFrom('run_model')
                .select('model_id')
                .where('run_model.run', '=', run)
                .where('direction', '=', 'output'),
            ),
          ]),
        )
        .orderBy('created_at')
        .orderBy('id')
        .limit(1000)
        .execute(),

    search: async (
      experiments: readonly number[],
      comparisons: readonly Comparison[],
      datasets: readonly { name: string; digest: string | undefined }[],
      sort: readonly SortTerm[],
      page: { after: CursorValues | undefined; limit: number },
    ): Promise<SortedRow<LoggedModelRow>[]> => {
      let query = db.scans
        .selectFrom('logged_model')
        .select(columns)
        .where('deleted_at', 'is', null)
        .where(inScope('experiment', { experiments }))
      for (const one of comparisons) query = query.where(modelCondition(db, one, datasets))
      if (datasets.length > 0)
        query = query.where(
          sql<SqlBool>`exists (select 1 from logged_model_metric x where x.model_id = logged_model.id and (${sql.join(
            datasets.map(({ name, digest }) =>
              digest === undefined
                ? sql`x.dataset_name = ${name}`
                : sql`x.dataset_name = ${name} and x.dataset_digest = ${digest}`,
            ),
            sql` or `,
          )}))`,
        )
      return sortedPage(db, query, modelSortColumns(sort), page)
    },

    params: (ids: readonly string[]) => texts('logged_model_param', ids),
    tags: (ids: readonly string[]) => texts('logged_model_tag', ids),

    /** The latest value of each metric and dataset. */
    metrics: async (ids: readonly string[]): Promise<Map<string, ModelMetricRow[]>> => {
      if (ids.length === 0) return new Map()
      const rows = await db.sql
        .selectFrom('logged_model_metric as metric')
        .leftJoin('run', 'run.ref', 'metric.run')
        .select([
          'metric.model_id',
          'metric.key',
          'metric.value',
          'metric.is_nan',
          'metric.step',
          'metric.at',
          'metric.dataset_name',
          'metric.dataset_digest',
          'run.id as run_id',
        ])
        .where('metric.model_id', 'in', padded(ids))
        .orderBy('metric.key')
        .orderBy('metric.step')
        .orderBy('metric.at')
        .execute()
      const latest = new Map(
        rows.map((row) => [JSON.stringify([row.model_id, row.key, row.dataset_name, row.dataset_digest]), row]),
      )
      return Map.groupBy(latest.values(), (row) => row.model_id)
    },

    registrations: async (ids: readonly string[]): Promise<Map<string, Registration[]>> => {
      if (ids.length === 0) return new Map()
      const rows = await db.sql
        .selectFrom('model_version')
        .innerJoin('registered_model', 'registered_model.id', 'model_version.model_id')
        .select(['model_version.logged_model_id', 'registered_model.name', 'model_version.version'])
        .where('model_version.logged_model_id', 'in', padded(ids))
        .where('model_version.deleted_at', 'is', null)
        .where('registered_model.deleted_at', 'is', null)
        .orderBy('registered_model.name')
        .orderBy('model_version.version')
        .execute()
      return Map.groupBy(rows, (row) => row.logged_model_id ?? '')
    },

    createSteps: (row: LoggedModelRow, params: readonly KeyValue[], tags: readonly KeyValue[]): BatchStep[] => [
      { name: 'logged model', query: db.sql.insertInto('logged_model').values(row).compile() },
      ...params.map((param) => textStep('logged_model_param', row.id, param)),
      ...tags.map((tag) => textStep('logged_model_tag', row.id, tag)),
    ],

    paramStep: (id: string, param: KeyValue) => textStep('logged_model_param', id, param),
    tagStep: (id: string, tag: KeyValue) => textStep('logged_model_tag', id, tag),

    updateStep: (
      id: string,
      change: { status?: string; deleted_at?: number | null; updated_at: number },
    ): BatchStep => ({
      name: 'logged model',
      query: db.sql.updateTable('logged_model').set(change).where('id', '=', id).compile(),
      expect: 1,
    }),

    deleteTagStep: (id: string, key: string): BatchStep => ({
      name: 'tag',
      query: db.sql.deleteFrom('logged_model_tag').where('model_id', '=', id).where('key', '=', key).compile(),
      expect: 1,
    }),
  }
}
