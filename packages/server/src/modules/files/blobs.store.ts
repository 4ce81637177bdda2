import { newId } from '@mllab/kernel'
import { sql, type Expression, type SqlBool } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'
import type { ObjectKey } from '../../ports/objects.ts'
import type { ContentDigest } from './digests.ts'

export type BlobsStore = ReturnType<typeof createBlobsStore>

/** Rows of the object store's contents. They belong to one project; the caller has asked the policy for it. */
export function createBlobsStore(db: Database) {
  return {
    /**
     * The blob of a content in a project: made if the project has none, revived if it was dying. Answers its key, which is another one
     * than `key` if the content was here before. Whatever refers to it is stored by later steps of the same batch, through `idOf`.
     */
    keepStep: (projectId: string, key: ObjectKey, content: ContentDigest, nowMs: number): BatchStep => ({
      name: 'blob',
      query: db.sql
        .insertInto('blob')
        .values({
          id: newId(),
          project_id: projectId,
          sha256: content.sha256,
          crc32: content.crc32,
          size_bytes: content.sizeBytes,
          key,
          created_at: nowMs,
          dead_at: null,
        })
        .onConflict((conflict) => conflict.columns(['project_id', 'sha256']).doUpdateSet({ dead_at: null }))
        .returning('key')
        .compile(),
      expect: 1,
    }),

    idOf: (projectId: string, sha256: string): Expression<string> =>
      sql<string>`(select id from blob where project_id = ${projectId} and sha256 = ${sha256})`,

    /** Blobs that were marked before `cutoffMs`, oldest first. */
    dying: async (cutoffMs: number, limit: number): Promise<string[]> => {
      const rows = await db.sql
        .selectFrom('blob')
        .select('id')
        .where('dead_at', '<', cutoffMs)
        .orderBy('dead_at')
        .limit(limit)
        .execute()
      return rows.map((row) => row.id)
    },

    /** Removes those of the blobs that are still marked and that nothing refers to. Answers their keys. */
    bury: async (ids: readonly string[], cutoffMs: number): Promise<ObjectKey[]> => {
      const rows = await db.sql
        .deleteFrom('blob')
        .where('id', 'in', ids)
        .where('dead_at', '<', cutoffMs)
        .where(({ not }) => not(referred))
        .returning('key')
        .execute()
      return rows.map((row) => row.key as ObjectKey) // written by `keepStep`
    },

    /** Takes the mark off those of the blobs that are referred to after all. */
    spare: async (ids: readonly string[], cutoffMs: number): Promise<void> => {
      await db.sql
        .updateTable('blob')
        .set({ dead_at: null })
        .where('id', 'in', ids)
        .where('dead_at', '<', cutoffMs)
        .where(referred)
        .execute()
    },

    /** Those of the keys that a blob or an upload on its way knows. */
    knownKeys: async (keys: readonly ObjectKey[]): Promise<Set<string>> => {
      const [blobs, uploads] = await Promise.all([
        db.sql.selectFrom('blob').select('key').where('key', 'in', keys).execute(),
        db.sql.selectFrom('upload').select('key').where('key', 'in', keys).where('status', '=', 'open').execute(),
      ])
      return new Set([...blobs, ...uploads].map((row) => row.key))
    },

    /** Blobs of a project that is being purged. */
    ofProject: async (projectId: string, limit: number) => {
      const rows = await db.sql
        .selectFrom('blob')
        .select('id')
        .where('project_id', '=', projectId)
        .limit(limit)
        .execute()
      return rows.map((row) => row.id)
    },

    /** Marks all blobs of a project: what refers to them is gone or going. */
    markProject: async (projectId: string, nowMs: number): Promise<void> => {
      await db.sql.updateTable('blob').set({ dead_at: nowMs }).where('project_id', '=', projectId).execute()
    },
  }
}

/** Something holds these bytes: a version, an entry that has them to itself, or a tree. */
const referred = sql<SqlBool>`(exists (select 1 from file_version x where x.blob_id = blob.id)
  or exists (select 1 from file_entry x where x.blob_id = blob.id)
  or exists (select 1 from tree_entry x where x.blob_id = blob.id))`
