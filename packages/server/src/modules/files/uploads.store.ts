import type { BatchStep, Database } from '../../ports/database.ts'
import type { ObjectKey, PartsHandle, PartTag } from '../../ports/objects.ts'
import type { Visible } from '../access/access.ts'
import type { FileKind } from './files.store.ts'

export interface UploadRow {
  readonly id: string
  readonly project_id: string
  readonly tree_id: string | null
  readonly name: string
  readonly folder: number
  readonly content_type: string | null
  readonly size_bytes: number
  readonly part_size_bytes: number
  readonly entries: number
  readonly key: string
  readonly handle: string
  readonly sealed: number
  readonly status: 'open' | 'complete'
  readonly created_by: string | null
  readonly created_at: number
  readonly touched_at: number
  /** What it becomes; of no meaning for a tree. */
  readonly kind: FileKind
}

export interface DeclaredEntry {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256?: string | undefined
}

export type UploadsStore = ReturnType<typeof createUploadsStore>

/** Rows of uploads on their way, of datasets (`tree_id` null) and of trees. */
export function createUploadsStore(db: Database) {
  const seen = (visible: Visible) => {
    const query = db.sql.selectFrom('upload').selectAll()
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }

  /** From here on no entries are added. Also says that somebody is still at it. */
  const sealStep = (row: UploadRow, nowMs: number): BatchStep => ({
    name: 'upload',
    query: db.sql
      .updateTable('upload')
      .set({ sealed: 1, touched_at: nowMs })
      .where('id', '=', row.id)
      .where('status', '=', 'open')
      .where('entries', '=', row.entries)
      .compile(),
    expect: 1,
  })

  return {
    get: (visible: Visible, id: string): Promise<UploadRow | undefined> =>
      seen(visible).where('id', '=', id).executeTakeFirst(),

    isComplete: async (id: string): Promise<boolean> =>
      (await db.sql
        .selectFrom('upload')
        .select('id')
        .where('id', '=', id)
        .where('status', '=', 'complete')
        .executeTakeFirst()) !== undefined,

    /** Open uploads of datasets or models, newest first. */
    open: (visible: Visible, projectId: string, limit: number): Promise<UploadRow[]> =>
      seen(visible)
        .where('project_id', '=', projectId)
        .where('tree_id', 'is', null)
        .where('status', '=', 'open')
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),

    beginStep: (row: UploadRow): BatchStep => ({
      name: 'upload',
      query: db.sql.insertInto('upload').values(row).compile(),
    }),

    pageStep: (id: string, first: number, entries: readonly DeclaredEntry[]): BatchStep => ({
      name: 'page',
      query: db.sql
        .insertInto('upload_page')
        .values({ upload_id: id, first, entries: JSON.stringify(entries) })
        .compile(),
    }),

    /** All entries in the order they were declared. */
    entries: async (id: string): Promise<DeclaredEntry[]> => {
      const pages = await db.sql
        .selectFrom('upload_page')
        .select('entries')
        .where('upload_id', '=', id)
        .orderBy('first')
        .execute()
      return pages.flatMap((page) => JSON.parse(page.entries) as DeclaredEntry[]) // written by `pageStep`
    },

    /** Counts more entries, if nobody else has meanwhile and no part is here. */
    growStep: (
      row: UploadRow,
      grown: { entries: number; sizeBytes: number; partSizeBytes: number },
      nowMs: number,
    ): BatchStep => ({
      name: 'upload',
      query: db.sql
        .updateTable('upload')
        .set({
          entries: grown.entries,
          size_bytes: grown.sizeBytes,
          part_size_bytes: grown.partSizeBytes,
          touched_at: nowMs,
        })
        .where('id', '=', row.id)
        .where('status', '=', 'open')
        .where('sealed', '=', 0)
        .where('entries', '=', row.entries)
        .compile(),
      expect: 1,
    }),

    /** From the first part on the size stays, since parts are cut by it. */
    partSteps: (row: UploadRow, part: PartTag, nowMs: number): BatchStep[] => [
      sealStep(row, nowMs),
      {
        name: 'part',
        query: db.sql
          .insertInto('upload_part')
          .values({ upload_id: row.id, number: part.number, tag: part.tag, size_bytes: part.sizeBytes })
          .onConflict((conflict) =>
            conflict.columns(['upload_id', 'number']).doUpdateSet({ tag: part.tag, size_bytes: part.sizeBytes }),
          )
          .compile(),
      },
    ],

    parts: async (id: string): Promise<PartTag[]> => {
      const rows = await db.sql
        .selectFrom('upload_part')
        .select(['number', 'tag', 'size_bytes'])
        .where('upload_id', '=', id)
        .orderBy('number')
        .execute()
      return rows.map((row) => ({ number: row.number, tag: row.tag, sizeBytes: row.size_bytes }))
    },

    received: async (ids: readonly string[]): Promise<Map<string, number[]>> => {
      if (ids.length === 0) return new Map()
      const rows = await db.sql
        .selectFrom('upload_part')
        .select(['upload_id', 'number'])
        .where('upload_id', 'in', ids)
        .orderBy('number')
        .execute()
      const numbers = Map.groupBy(rows, (row) => row.upload_id)
      return new Map([...numbers].map(([id, parts]) => [id, parts.map((part) => part.number)]))
    },

    hasPart: async (id: string, number: number): Promise<boolean> =>
      (await db.sql
        .selectFrom('upload_part')
        .select('number')
        .where('upload_id', '=', id)
        .where('number', '=', number)
        .executeTakeFirst()) !== undefined,

    forgetPart: async (id: string, number: number): Promise<void> => {
      await db.sql.deleteFrom('upload_part').where('upload_id', '=', id).where('number', '=', number).execute()
    },

    forgetParts: async (id: string): Promise<void> => {
      await db.sql.deleteFrom('upload_part').where('upload_id', '=', id).execute()
    },

    sealStep,

    /** Part of the batch that makes the version: holds for the first who completes, and for nobody after an abort. */
    completeSteps: (id: string, nowMs: number): BatchStep[] => [
      {
        name: 'upload',
        query: db.sql
          .updateTable('upload')
          .set({ status: 'complete', touched_at: nowMs })
          .where('id', '=', id)
          .where('status', '=', 'open')
          .compile(),
        expect: 1,
      },
      { name: 'parts', query: db.sql.deleteFrom('upload_part').where('upload_id', '=', id).compile() },
      { name: 'pages', query: db.sql.deleteFrom('upload_page').where('upload_id', '=', id).compile() },
    ],

    /** Forgets an upload that is open; its parts and its object are for the caller to remove, after the batch. */
    forgetSteps: (id: string): BatchStep[] => [
      {
        name: 'upload',
        query: db.sql
          .updateTable('upload')
          .set({ sealed: 1 })
          .where('id', '=', id)
          .where('status', '=', 'open')
          .compile(),
        expect: 1,
      },
      { name: 'parts', query: db.sql.deleteFrom('upload_part').where('upload_id', '=', id).compile() },
      { name: 'pages', query: db.sql.deleteFrom('upload_page').where('upload_id', '=', id).compile() },
      { name: 'gone', query: db.sql.deleteFrom('upload').where('id', '=', id).compile() },
    ],

    /** Open uploads nobody has touched since, or all of a project. */
    abandoned: (which: { untouchedSinceMs: number } | { projectId: string }, limit: number): Promise<UploadRow[]> => {
      const query = db.sql.selectFrom('upload').selectAll().where('status', '=', 'open').limit(limit)
      return (
        'projectId' in which
          ? query.where('project_id', '=', which.projectId)
          : query.where('touched_at', '<', which.untouchedSinceMs)
      ).execute()
    },

    /** Complete ones are kept for a while, so that completing again answers the same. */
    forgetComplete: async (which: { untouchedSinceMs: number } | { projectId: string }): Promise<void> => {
      const query = db.sql.deleteFrom('upload').where('status', '=', 'complete')
      await (
        'projectId' in which
          ? query.where('project_id', '=', which.projectId)
          : query.where('touched_at', '<', which.untouchedSinceMs)
      ).execute()
    },
  }
}

export function partsHandle(row: UploadRow): PartsHandle {
  return { key: row.key as ObjectKey, uploadId: row.handle } // written when the upload began
}
