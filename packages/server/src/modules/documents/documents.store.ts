import type { DocumentFilter } from '@mllab/contract'
import { sql } from 'kysely'

import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'
import { filterConditions } from './documents.filter.ts'

export type DocumentRow = Tables['document']

/** Where a document lies. */
export interface Place {
  readonly projectId: string
  readonly collection: string
  readonly key: string
}

export interface Quota {
  readonly documents: number
  readonly sizeBytes: number
}

export type DocumentsStore = ReturnType<typeof createDocumentsStore>

export function createDocumentsStore(db: Database) {
  const seen = (visible: Visible, projectId: string, reader = db.sql) => {
    const query = reader.selectFrom('document').where('project_id', '=', projectId)
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }
  const at = ({ projectId, collection, key }: Place) =>
    sql<boolean>`project_id = ${projectId} and collection = ${collection} and key = ${key}`
  /** Writers of a project wait for each other at its row: what the next step looks at is what it stores. */
  const waitStep = (projectId: string): BatchStep => ({
    name: 'wait',
    query: db.sql
      .insertInto('document_space')
      .values({ project_id: projectId, documents: 0, size_bytes: 0 })
      .onConflict((conflict) =>
        conflict.column('project_id').doUpdateSet((eb) => ({ documents: eb.ref('document_space.documents') })),
      )
      .compile(),
  })

  return {
    get: (visible: Visible, { projectId, collection, key }: Place): Promise<DocumentRow | undefined> =>
      seen(visible, projectId)
        .selectAll()
        .where('collection', '=', collection)
        .where('key', '=', key)
        .executeTakeFirst(),

    /** Keys and sizes, by key. A filter may have to look at the whole collection, so it does not stand in the way of others. */
    outline: (
      visible: Visible,
      { projectId, collection }: Omit<Place, 'key'>,
      { prefix = '', filter }: { prefix?: string | undefined; filter?: DocumentFilter | undefined },
      limit: number,
      after: string | undefined,
    ): Promise<Pick<DocumentRow, 'key' | 'size_bytes'>[]> => {
      let query = seen(visible, projectId, filter ? db.scans : db.sql)
        .select(['key', 'size_bytes'])
        .where('collection', '=', collection)
      if (prefix !== '') query = query.where('key', '>=', prefix).where('key', '<', `${prefix}\u{10ffff}`)
      if (after !== undefined) query = query.where('key', '>', after)
      for (const condition of filter ? filterConditions(db.dialect, filter) : []) query = query.where(condition)
      return query.orderBy('key').limit(limit).execute()
    },

    rows: async (
      visible: Visible,
      { projectId, collection }: Omit<Place, 'key'>,
      keys: readonly string[],
    ): Promise<DocumentRow[]> =>
      keys.length === 0
        ? []
        : seen(visible, projectId)
            .selectAll()
            .where('collection', '=', collection)
            .where('key', 'in', keys)
            .orderBy('key')
            .execute(),

    collections: (visible: Visible, projectId: string) =>
      seen(visible, projectId, db.scans)
        .select((eb) => [
          'collection',
          eb.fn.countAll<number>().as('documents'),
          eb.fn.sum<number>('size_bytes').as('size_bytes'),
          eb.fn.max('updated_at').as('updated_at'),
        ])
        .groupBy('collection')
        .orderBy('collection')
        .execute(),

    space: (projectId: string) =>
      db.sql.selectFrom('document_space').selectAll().where('project_id', '=', projectId).executeTakeFirst(),

    /**
     * A batch that writes has these first: the one that would go beyond the quota fails at the step `quota`. What makes a document smaller
     * is always possible.
     */
    spaceSteps: (place: Place, sizeBytes: number, quota: Quota): BatchStep[] => {
      const before = sql<number>`coalesce((select size_bytes from document where ${at(place)}), 0)`
      const more = sql<number>`case when exists (select 1 from document where ${at(place)}) then 0 else 1 end`
      const bytes = sql<number>`document_space.size_bytes - ${before} + cast(${sizeBytes} as bigint)`
      return [
        waitStep(place.projectId),
        {
          name: 'quota',
          query: db.sql
            .updateTable('document_space')
            .set({ size_bytes: bytes, documents: sql<number>`document_space.documents + ${more}` })
            .where('project_id', '=', place.projectId)
            .where((eb) =>
              eb.or([
                sql<boolean>`(${bytes}) <= cast(${quota.sizeBytes} as bigint) and document_space.documents + ${more} <= cast(${quota.documents} as bigint)`,
                sql<boolean>`${before} >= cast(${sizeBytes} as bigint) and ${more} = 0`,
              ]),
            )
            .compile(),
          expect: 1,
        },
      ]
    },

    /** Stores a document that is new, or the next version of one. With `ifVersion` only that version is replaced. */
    putStep: (row: Omit<DocumentRow, 'version' | 'created_at'>, ifVersion: number | 'new' | undefined): BatchStep => {
      const change = {
        value: row.value,
        size_bytes: row.size_bytes,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
      }
      if (typeof ifVersion === 'number')
        return {
          name: 'document',
          query: db.sql
            .updateTable('document')
            .set((eb) => ({ ...change, version: eb('version', '+', 1) }))
            .where(at({ projectId: row.project_id, collection: row.collection, key: row.key }))
            .where('version', '=', ifVersion)
            .returningAll()
            .compile(),
          expect: 1,
        }
      const insert = db.sql.insertInto('document').values({ ...row, version: 1, created_at: row.updated_at })
      const query =
        ifVersion === 'new'
          ? insert
          : insert.onConflict((conflict) =>
              conflict
                .columns(['project_id', 'collection', 'key'])
                .doUpdateSet((eb) => ({ ...change, version: eb('document.version', '+', 1) })),
            )
      return { name: 'document', query: query.returningAll().compile(), expect: 1 }
    },

    removeSteps: (place: Place, ifVersion: number | undefined): BatchStep[] => {
      const query = db.sql.deleteFrom('document').where(at(place))
      return [
        waitStep(place.projectId),
        {
          name: 'space',
          query: db.sql
            .updateTable('document_space')
            .set({
              documents: sql<number>`documents - (select count(*) from document where ${at(place)})`,
              size_bytes: sql<number>`size_bytes - coalesce((select size_bytes from document where ${at(place)}), 0)`,
            })
            .where('project_id', '=', place.projectId)
            .compile(),
        },
        {
          name: 'document',
          query: (ifVersion === undefined ? query : query.where('version', '=', ifVersion)).compile(),
          expect: 1,
        },
      ]
    },

    purge: async (projectId: string): Promise<void> => {
      await db.batch([
        { query: db.sql.deleteFrom('document').where('project_id', '=', projectId).compile() },
        { query: db.sql.deleteFrom('document_space').where('project_id', '=', projectId).compile() },
      ])
    },
  }
}
