import { sql, type RawBuilder, type SqlBool } from 'kysely'

import type { CursorValues } from '../../../core/pages.ts'
import type { BatchStep, Database } from '../../../ports/database.ts'
import type { Visible } from '../../access/access.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import type { Comparison } from '../search/grammar.ts'
import { sortedPage, type SortColumn, type SortedRow } from '../search/sorted.ts'
import { padded } from '../values.ts'
import { registeredModelCondition } from './registry.search.ts'

export interface RegisteredModelRow {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly description: string
  readonly last_version: number
  readonly created_by: string
  readonly created_at: number
  readonly updated_at: number
}

export interface AliasRow {
  readonly model_id: string
  readonly alias: string
  readonly version: number
}

const columns = [
  'id',
  'project_id',
  'name',
  'description',
  'last_version',
  'created_by',
  'created_at',
  'updated_at',
] as const

export type RegistryStore = ReturnType<typeof createRegistryStore>

/** Registered models, their tags and aliases. Names are unique among the living. */
export function createRegistryStore(db: Database) {
  const living = (visible: Visible) => {
    const query = db.sql.selectFrom('registered_model').where('registered_model.deleted_at', 'is', null)
    return visible.projects === 'all' ? query : query.where('registered_model.project_id', 'in', visible.projects)
  }

  return {
    byName: (visible: Visible, projectId: string, name: string): Promise<RegisteredModelRow | undefined> =>
      living(visible).select(columns).where('project_id', '=', projectId).where('name', '=', name).executeTakeFirst(),

    byIds: (visible: Visible, ids: readonly string[]): Promise<RegisteredModelRow[]> =>
      ids.length === 0 ? Promise.resolve([]) : living(visible).select(columns).where('id', 'in', padded(ids)).execute(),

    /** By name. Prompts are registered models too for MLflow; they are no models. */
    list: (
      visible: Visible,
      projectId: string,
      search: string | undefined,
      limit: number,
      after: string | undefined,
    ): Promise<RegisteredModelRow[]> => {
      let query = living(visible).select(columns).where('project_id', '=', projectId).where(notPrompt)
      if (search) query = query.where((eb) => db.contains(eb.ref('name'), search))
      if (after !== undefined) query = query.where('name', '>', after)
      return query.orderBy('name').limit(limit).execute()
    },

    search: (
      visible: Visible,
      projectId: string,
      comparisons: readonly Comparison[],
      sort: readonly SortColumn[],
      page: { after: CursorValues | undefined; limit: number },
    ): Promise<SortedRow<RegisteredModelRow>[]> => {
      let query = living(visible).select(columns).where('project_id', '=', projectId)
      const asksForPrompts = comparisons.some(({ entity, key }) => entity === 'tag' && key === PROMPT_TAG)
      if (!asksForPrompts) query = query.where(notPrompt)
      for (const one of comparisons) query = query.where(registeredModelCondition(db, one))
      return sortedPage(db, query, sort, page)
    },

    tags: async (ids: readonly string[]): Promise<Map<string, KeyValue[]>> => {
      if (ids.length === 0) return new Map()
      const rows = await db.sql
        .selectFrom('registered_model_tag')
        .selectAll()
        .where('model_id', 'in', padded(ids))
        .orderBy('key')
        .execute()
      return Map.groupBy(rows, (row) => row.model_id)
    },

    aliases: async (ids: readonly string[]): Promise<Map<string, AliasRow[]>> => {
      if (ids.length === 0) return new Map()
      const rows = await db.sql
        .selectFrom('registered_model_alias')
        .selectAll()
        .where('model_id', 'in', padded(ids))
        .orderBy('alias')
        .execute()
      return Map.groupBy(rows, (row) => row.model_id)
    },

    alias: async (modelId: string, alias: string): Promise<number | undefined> =>
      (
        await db.sql
          .selectFrom('registered_model_alias')
          .select('version')
          .where('model_id', '=', modelId)
          .where('alias', '=', alias)
          .executeTakeFirst()
      )?.version,

    createSteps: (row: RegisteredModelRow, tags: readonly KeyValue[]): BatchStep[] => [
      {
        name: 'model',
        query: db.sql
          .insertInto('registered_model')
          .values({ ...row, deleted_at: null })
          .compile(),
      },
      ...tags.map((tag) => tagStep(db, row.id, tag)),
    ],

    tagStep: (id: string, tag: KeyValue) => tagStep(db, id, tag),

    deleteTagStep: (id: string, key: string): BatchStep => ({
      name: 'tag',
      query: db.sql.deleteFrom('registered_model_tag').where('model_id', '=', id).where('key', '=', key).compile(),
    }),

    updateStep: (id: string, change: { name?: string; description?: string; updated_at: number }): BatchStep => ({
      name: 'model',
      query: db.sql
        .updateTable('registered_model')
        .set(change)
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    deleteSteps: (id: string, nowMs: number): BatchStep[] => [
      {
        name: 'model',
        query: db.sql
          .updateTable('registered_model')
          .set({ deleted_at: nowMs })
          .where('id', '=', id)
          .where('deleted_at', 'is', null)
          .compile(),
        expect: 1,
      },
      {
        name: 'versions',
        query: db.sql
          .updateTable('model_version')
          .set({ deleted_at: nowMs })
          .where('model_id', '=', id)
          .where('deleted_at', 'is', null)
          .compile(),
      },
    ],

    /** Fails its expectation if the version does not live. */
    setAliasSteps: (id: string, alias: string, version: number, nowMs: number): BatchStep[] => [
      {
        name: 'version',
        query: db.sql
          .updateTable('model_version')
          .set({ updated_at: nowMs })
          .where('model_id', '=', id)
          .where('version', '=', version)
          .where('deleted_at', 'is', null)
          .compile(),
        expect: 1,
      },
      {
        name: 'alias',
        query: db.sql
          .insertInto('registered_model_alias')
          .values({ model_id: id, alias, version })
          .onConflict((conflict) => conflict.columns(['model_id', 'alias']).doUpdateSet({ version }))
          .compile(),
      },
    ],

    deleteAliasStep: (id: string, alias: string): BatchStep => ({
      name: 'alias',
      query: db.sql
        .deleteFrom('registered_model_alias')
        .where('model_id', '=', id)
        .where('alias', '=', alias)
        .compile(),
    }),
  }
}

export const PROMPT_TAG = 'mlflow.prompt.is_prompt'
const notPrompt: RawBuilder<SqlBool> = sql<SqlBool>`not exists (select 1 from registered_model_tag x
  where x.model_id = registered_model.id and x.key = ${PROMPT_TAG} and x.value = 'true')`

function tagStep(db: Database, id: string, { key, value }: KeyValue): BatchStep {
  return {
    name: 'tag',
    query: db.sql
      .insertInto('registered_model_tag')
      .values({ model_id: id, key, value })
      .onConflict((conflict) => conflict.columns(['model_id', 'key']).doUpdateSet({ value }))
      .compile(),
  }
}
