import type { CursorValues } from '../../../core/pages.ts'
import type { BatchStep, Database } from '../../../ports/database.ts'
import type { Visible } from '../../access/access.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import type { Comparison } from '../search/grammar.ts'
import { sortedPage, type SortColumn, type SortedRow } from '../search/sorted.ts'
import { padded } from '../values.ts'
import { modelVersionCondition } from './registry.search.ts'
import { PROMPT_TAG } from './registry.store.ts'

export interface VersionRow {
  readonly model_id: string
  readonly version: number
  readonly project_id: string
  readonly description: string
  readonly stage: string
  readonly status: string
  readonly status_message: string
  readonly source: string
  readonly run_id: string | null
  readonly logged_model_id: string | null
  /** The files it keeps; null if they are elsewhere. */
  readonly file_version_id: string | null
  readonly run_link: string
  readonly user_name: string
  readonly created_by: string
  readonly created_at: number
  readonly updated_at: number
}

export interface NamedVersionRow extends VersionRow {
  readonly name: string
}

const columns = [
  'model_version.model_id',
  'model_version.version',
  'model_version.project_id',
  'model_version.description',
  'model_version.stage',
  'model_version.status',
  'model_version.status_message',
  'model_version.source',
  'model_version.run_id',
  'model_version.logged_model_id',
  'model_version.file_version_id',
  'model_version.run_link',
  'model_version.user_name',
  'model_version.created_by',
  'model_version.created_at',
  'model_version.updated_at',
  'registered_model.name',
] as const

export type VersionsStore = ReturnType<typeof createVersionsStore>

export function createVersionsStore(db: Database) {
  const living = (visible: Visible) => {
    const query = db.sql
      .selectFrom('model_version')
      .innerJoin('registered_model', 'registered_model.id', 'model_version.model_id')
      .where('model_version.deleted_at', 'is', null)
      .where('registered_model.deleted_at', 'is', null)
    return visible.projects === 'all' ? query : query.where('model_version.project_id', 'in', visible.projects)
  }

  const tagStep = (modelId: string, version: number, { key, value }: KeyValue): BatchStep => ({
    name: 'tag',
    query: db.sql
      .insertInto('model_version_tag')
      .values({ model_id: modelId, version, key, value })
      .onConflict((conflict) => conflict.columns(['model_id', 'version', 'key']).doUpdateSet({ value }))
      .compile(),
  })

  return {
    get: (visible: Visible, modelId: string, version: number): Promise<NamedVersionRow | undefined> =>
      living(visible)
        .select(columns)
        .where('model_version.model_id', '=', modelId)
        .where('model_version.version', '=', version)
        .executeTakeFirst(),

    /** Newest first. */
    list: (
      visible: Visible,
      modelId: string,
      limit: number,
      before: number | undefined,
    ): Promise<NamedVersionRow[]> => {
      let query = living(visible).select(columns).where('model_version.model_id', '=', modelId)
      if (before !== undefined) query = query.where('model_version.version', '<', before)
      return query.orderBy('model_version.version', 'desc').limit(limit).execute()
    },

    /** Living versions of each model and the newest of them. */
    counts: async (visible: Visible, modelIds: readonly string[]) => {
      if (modelIds.length === 0) return new Map<string, { versions: number; latest: number }>()
      const rows = await living(visible)
        .select((eb) => [
          'model_version.model_id',
          eb.fn.countAll<number>().as('versions'),
          eb.fn.max<number>('model_version.version').as('latest'),
        ])
        .where('model_version.model_id', 'in', padded(modelIds))
        .groupBy('model_version.model_id')
        .execute()
      return new Map(rows.map((row) => [row.model_id, { versions: row.versions, latest: row.latest }]))
    },

    /** The newest living version of each stage of each model. */
    latestOfStages: async (visible: Visible, modelIds: readonly string[]): Promise<NamedVersionRow[]> => {
      if (modelIds.length === 0) return []
      const rows = await living(visible)
        .select(columns)
        .where('model_version.model_id', 'in', padded(modelIds))
        .where((eb) =>
          eb(
            'model_version.version',
            '=',
            eb
              .selectFrom('model_version as other')
              .select((inner) => inner.fn.max<number>('other.version').as('newest'))
              .whereRef('other.model_id', '=', 'model_version.model_id')
              .whereRef('other.stage', '=', 'model_version.stage')
              .where('other.deleted_at', 'is', null),
          ),
        )
        .orderBy('model_version.version', 'desc')
        .execute()
      return rows
    },

    search: (
      visible: Visible,
      projectId: string,
      comparisons: readonly Comparison[],
      sort: readonly SortColumn[],
      page: { after: CursorValues | undefined; limit: number },
    ): Promise<SortedRow<NamedVersionRow>[]> => {
      let query = living(visible).select(columns).where('model_version.project_id', '=', projectId)
      const asksForPrompts = comparisons.some(({ entity, key }) => entity === 'tag' && key === PROMPT_TAG)
      if (!asksForPrompts)
        query = query.where(
          modelVersionCondition(db, { entity: 'tag', key: PROMPT_TAG, operator: '!=', value: 'true' }),
        )
      for (const one of comparisons) query = query.where(modelVersionCondition(db, one))
      return sortedPage(db, query, sort, page)
    },

    tags: async (keys: readonly { model_id: string; version: number }[]) => {
      if (keys.length === 0) return new Map<string, KeyValue[]>()
      const rows = await db.sql
        .selectFrom('model_version_tag')
        .selectAll()
        .where('model_id', 'in', padded([...new Set(keys.map((key) => key.model_id))]))
        .where('version', 'in', padded([...new Set(keys.map((key) => key.version))]))
        .orderBy('key')
        .execute()
      return Map.groupBy(rows, versionKey)
    },

    /** Fails its first expectation if somebody else took the number meanwhile. */
    createSteps: (row: VersionRow, tags: readonly KeyValue[]): BatchStep[] => [
      {
        name: 'number',
        query: db.sql
          .updateTable('registered_model')
          .set({ last_version: row.version, updated_at: row.created_at })
          .where('id', '=', row.model_id)
          .where('last_version', '=', row.version - 1)
          .where('deleted_at', 'is', null)
          .compile(),
        expect: 1,
      },
      {
        name: 'version',
        query: db.sql
          .insertInto('model_version')
          .values({ ...row, deleted_at: null })
          .compile(),
      },
      ...tags.map((tag) => tagStep(row.model_id, row.version, tag)),
    ],

    updateStep: (
      row: Pick<VersionRow, 'model_id' | 'version'>,
      change: { description?: string; stage?: string; deleted_at?: number; updated_at: number },
    ): BatchStep => ({
      name: 'version',
      query: db.sql
        .updateTable('model_version')
        .set(change)
        .where('model_id', '=', row.model_id)
        .where('version', '=', row.version)
        .where('deleted_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    archiveOthersStep: (row: VersionRow, stage: string, nowMs: number): BatchStep => ({
      name: 'others',
      query: db.sql
        .updateTable('model_version')
        .set({ stage: 'Archived', updated_at: nowMs })
        .where('model_id', '=', row.model_id)
        .where('version', '<>', row.version)
        .where('stage', '=', stage)
        .where('deleted_at', 'is', null)
        .compile(),
    }),

    dropAliasesStep: (row: Pick<VersionRow, 'model_id' | 'version'>): BatchStep => ({
      name: 'aliases',
      query: db.sql
        .deleteFrom('registered_model_alias')
        .where('model_id', '=', row.model_id)
        .where('version', '=', row.version)
        .compile(),
    }),

    tagStep,

    deleteTagStep: (modelId: string, version: number, key: string): BatchStep => ({
      name: 'tag',
      query: db.sql
        .deleteFrom('model_version_tag')
        .where('model_id', '=', modelId)
        .where('version', '=', version)
        .where('key', '=', key)
        .compile(),
    }),
  }
}

export function versionKey(row: { readonly model_id: string; readonly version: number }): string {
  return `${row.model_id}/${row.version}`
}
