import type { Expression } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'
import type { ObjectKey } from '../../ports/objects.ts'
import { below } from './names.ts'

export interface VersionRow {
  readonly id: string
  readonly file_id: string
  readonly version: number
  readonly folder: number
  readonly size_bytes: number
  readonly entries: number
  readonly sha256: string | null
  readonly content_type: string | null
  readonly blob_id: string
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
const entryColumns = ['path', 'start_byte', 'size_bytes', 'sha256', 'crc32'] as const

/** Rows of one statement: 6 values each, well below the engines' limits. */
const INSERT_ROWS = 500

/** Versions of files and what they hold. They are reached through a file, which the caller found among those the actor may see. */
export function createVersionsStore(db: Database) {
  /** Removes entries in portions, since a version may have a hundred thousand. */
  const removeEntries = async (versionId: string): Promise<void> => {
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
      await db.sql.deleteFrom('file_entry').where('version_id', '=', versionId).where('path', '<=', last.path).execute()
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
    versionById: (projectId: string, id: string): Promise<(VersionRow & { name: string }) | undefined> =>
      db.sql
        .selectFrom('file_version')
        .innerJoin('file', 'file.id', 'file_version.file_id')
        .select(versionColumns.map((column) => `file_version.${column}` as const))
        .select('file.name')
        .where('file_version.id', '=', id)
        .where('file.project_id', '=', projectId)
        .where('file.deleted_at', 'is', null)
        .executeTakeFirst(),

    versions: (fileId: string, limit: number, before: number | undefined): Promise<VersionRow[]> => {
      let query = db.sql.selectFrom('file_version').select(versionColumns).where('file_id', '=', fileId)
      if (before !== undefined) query = query.where('version', '<', before)
      return query.orderBy('version', 'desc').limit(limit).execute()
    },

    entry: (versionId: string, path: string): Promise<EntryRow | undefined> =>
      db.sql
        .selectFrom('file_entry')
        .select(entryColumns)
        .where('version_id', '=', versionId)
        .where('path', '=', path)
        .executeTakeFirst(),

    /** Entries below a folder ('' is all), by path. */
    entries: (versionId: string, folder: string, limit: number, after: string | undefined): Promise<EntryRow[]> => {
      const { from, to } = below(folder)
      let query = db.sql.selectFrom('file_entry').select(entryColumns).where('version_id', '=', versionId)
      if (from) query = query.where('path', '>', from)
      if (to) query = query.where('path', '<', to)
      if (after !== undefined) query = query.where('path', '>', after)
      return query.orderBy('path').limit(limit).execute()
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

    /** As `removeEntries`, unless the version has been published meanwhile. */
    removeUnseenEntries: async (versionId: string): Promise<void> => {
      const published = await db.sql
        .selectFrom('file_version')
        .select('id')
        .where('id', '=', versionId)
        .executeTakeFirst()
      if (!published) await removeEntries(versionId)
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
