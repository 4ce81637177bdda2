import { sql, type Expression } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'
import type { ObjectKey } from '../../ports/objects.ts'
import type { FileKind } from './files.store.ts'
import { below, type PageStart } from './names.ts'

export interface VersionRow {
  readonly id: string
  readonly file_id: string
  readonly version: number
  readonly folder: number
  readonly size_bytes: number
  readonly entries: number
  readonly sha256: string | null
  readonly content_type: string | null
  /** Null if each entry has a blob of its own. */
  readonly blob_id: string | null
  readonly created_by: string | null
  readonly created_at: number
}

export interface EntryRow {
  readonly path: string
  readonly start_byte: number
  readonly size_bytes: number
  readonly sha256: string
  readonly crc32: number
}

/** An entry with the object its bytes lie in. */
export interface StoredEntry extends EntryRow {
  readonly key: ObjectKey
}

export type VersionsStore = ReturnType<typeof createVersionsStore>

const versionColumns = [
  'id',
  'file_id',
  'version',
  'folder',
  'size_bytes',
  'entries',
  'sha256',
  'content_type',
  'blob_id',
  'created_by',
  'created_at',
] as const
const entryColumns = [
  'file_entry.path',
  'file_entry.start_byte',
  'file_entry.size_bytes',
  'file_entry.sha256',
  'file_entry.crc32',
  'blob.key',
] as const

/** Rows of one statement: 6 values each, well below the engines' limits. */
const INSERT_ROWS = 500

/** Versions of files and what they hold. They are reached through a file, which the caller found among those the actor may see. */
export function createVersionsStore(db: Database) {
  /** An entry lies in its own blob, or in that of the version. */
  const entriesOf = (versionId: string) =>
    db.sql
      .selectFrom('file_entry')
      .innerJoin('file_version', 'file_version.id', 'file_entry.version_id')
      .innerJoin('blob', (join) =>
        join.on((eb) => eb('blob.id', '=', eb.fn.coalesce('file_entry.blob_id', 'file_version.blob_id'))),
      )
      .where('file_entry.version_id', '=', versionId)

  /** Removes entries in portions, since a version may have a hundred thousand. Blobs of their own go a day later. */
  const removeEntries = async (versionId: string, nowMs: number): Promise<void> => {
    for (;;) {
      const rows = await db.sql
        .selectFrom('file_entry')
        .select('path')
        .where('version_id', '=', versionId)
        .orderBy('path')
        .limit(1000)
        .execute()
      const last = rows.at(-1)
      if (!last) return
      const going = sql<boolean>`version_id = ${versionId} and path <= ${last.path}`
      await db.batch([
        {
          name: 'dying blobs',
          query: db.sql
            .updateTable('blob')
            .set({ dead_at: nowMs })
            .where('id', 'in', (eb) =>
              eb.selectFrom('file_entry').select('blob_id').where(going).where('blob_id', 'is not', null),
            )
            .compile(),
        },
        { name: 'entries', query: db.sql.deleteFrom('file_entry').where(going).compile() },
      ])
    }
  }

  return {
    /** The latest versions of files, in one query. */
    latest: async (files: readonly { readonly id: string }[]): Promise<Map<string, VersionRow>> => {
      if (files.length === 0) return new Map()
      const rows = await db.sql
        .selectFrom('file_version')
        .innerJoin('file', 'file.id', 'file_version.file_id')
        .select(versionColumns.map((column) => `file_version.${column}` as const))
        .whereRef('file_version.version', '=', 'file.last_version')
        .where(
          'file.id',
          'in',
          files.map((file) => file.id),
        )
        .execute()
      return new Map(rows.map((row) => [row.file_id, row]))
    },

    version: (fileId: string, version: number): Promise<VersionRow | undefined> =>
      db.sql
        .selectFrom('file_version')
        .select(versionColumns)
        .where('file_id', '=', fileId)
        .where('version', '=', version)
        .executeTakeFirst(),

    /** A version of a living file, with its name. */
    versionById: (
      projectId: string,
      id: string,
    ): Promise<(VersionRow & { name: string; kind: FileKind }) | undefined> =>
      db.sql
        .selectFrom('file_version')
        .innerJoin('file', 'file.id', 'file_version.file_id')
        .select(versionColumns.map((column) => `file_version.${column}` as const))
        .select(['file.name', 'file.kind'])
        .where('file_version.id', '=', id)
        .where('file.project_id', '=', projectId)
        .where('file.deleted_at', 'is', null)
        .executeTakeFirst(),

    versions: (fileId: string, limit: number, before: number | undefined): Promise<VersionRow[]> => {
      let query = db.sql.selectFrom('file_version').select(versionColumns).where('file_id', '=', fileId)
      if (before !== undefined) query = query.where('version', '<', before)
      return query.orderBy('version', 'desc').limit(limit).execute()
    },

    entry: async (versionId: string, path: string): Promise<StoredEntry | undefined> => {
      const row = await entriesOf(versionId).select(entryColumns).where('file_entry.path', '=', path).executeTakeFirst()
      return row && storedEntry(row)
    },

    /** Entries below a folder ('' is all), by path. */
    entries: async (
      versionId: string,
      folder: string,
      limit: number,
      start: PageStart = {},
    ): Promise<StoredEntry[]> => {
      const { from, to } = below(folder)
      let query = entriesOf(versionId).select(entryColumns)
      if (from) query = query.where('file_entry.path', '>', from)
      if (to) query = query.where('file_entry.path', '<', to)
      if (start.after !== undefined) query = query.where('file_entry.path', '>', start.after)
      if (start.at !== undefined) query = query.where('file_entry.path', '>=', start.at)
      return (await query.orderBy('file_entry.path').limit(limit).execute()).map(storedEntry)
    },

    /** Entries of a version that nobody sees yet. Storing them again changes nothing. */
    addEntries: async (versionId: string, entries: readonly EntryRow[]): Promise<void> => {
      for (let first = 0; first < entries.length; first += INSERT_ROWS)
        await db.sql
          .insertInto('file_entry')
          .values(entries.slice(first, first + INSERT_ROWS).map((entry) => ({ version_id: versionId, ...entry })))
          .onConflict((conflict) => conflict.columns(['version_id', 'path']).doNothing())
          .execute()
    },

    removeEntries,

    /** Removes a version for good, in portions. Its bytes go a day later. */
    erase: async (id: string, nowMs: number): Promise<void> => {
      await removeEntries(id, nowMs)
      await db.batch([
        {
          name: 'dying blob',
          query: db.sql
            .updateTable('blob')
            .set({ dead_at: nowMs })
            .where('id', 'in', (eb) => eb.selectFrom('file_version').select('blob_id').where('id', '=', id))
            .compile(),
        },
        {
          name: 'size',
          query: sql`update file set size_bytes = file.size_bytes - gone.size_bytes from file_version gone
            where gone.id = ${id} and file.id = gone.file_id`.compile(db.sql),
        },
        { name: 'version', query: db.sql.deleteFrom('file_version').where('id', '=', id).compile() },
      ])
    },

    /** As `removeEntries`, unless the version has been published meanwhile. */
    removeUnseenEntries: async (versionId: string, nowMs: number): Promise<void> => {
      const published = await db.sql
        .selectFrom('file_version')
        .select('id')
        .where('id', '=', versionId)
        .executeTakeFirst()
      if (!published) await removeEntries(versionId, nowMs)
    },

    /** Versions of a file that have entries. */
    folderVersions: async (fileId: string): Promise<string[]> => {
      const rows = await db.sql
        .selectFrom('file_version')
        .select('id')
        .where('file_id', '=', fileId)
        .where('folder', '=', 1)
        .execute()
      return rows.map((row) => row.id)
    },

    blob: async (id: string): Promise<{ key: ObjectKey; crc32: number } | undefined> => {
      const row = await db.sql.selectFrom('blob').select(['key', 'crc32']).where('id', '=', id).executeTakeFirst()
      return row && { key: row.key as ObjectKey, crc32: row.crc32 } // written by `keepStep`
    },

    /** The version its file has counted to, earlier in the batch. */
    addVersionStep: (row: Omit<VersionRow, 'version' | 'blob_id'>, blobId: Expression<string>): BatchStep => ({
      name: 'version',
      query: db.sql
        .insertInto('file_version')
        .values((eb) => ({
          ...row,
          version: eb.selectFrom('file').select('last_version').where('file.id', '=', row.file_id),
          blob_id: blobId,
        }))
        .returning(versionColumns)
        .compile(),
      expect: 1,
    }),
  }
}

function storedEntry(row: EntryRow & { key: string }): StoredEntry {
  return { ...row, key: row.key as ObjectKey } // written by `keepStep`
}
