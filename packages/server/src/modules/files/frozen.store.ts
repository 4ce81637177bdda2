import { sql, type Expression, type RawBuilder } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'
import type { FolderRef } from './folders.ts'
import { below } from './names.ts'
import { treeId } from './trees.store.ts'

/** Which version of which model files become. The file has the id of the registered model and its name, a version has the number of the model's. */
export interface ModelSlot {
  readonly projectId: string
  readonly modelId: string
  readonly name: string
  readonly number: number
  /** Of the new version. */
  readonly id: string
  readonly createdBy: string
  readonly nowMs: number
}

export type FrozenStore = ReturnType<typeof createFrozenStore>

/** Name of the step that fails its expectation if there is nothing to freeze. */
export const NOTHING_TO_FREEZE = 'frozen entries'

/**
 * Rows of the files of registered models. All of it are steps for the batches of whoever keeps the registry, so that there is never a version of
 * a model without its files.
 */
export function createFrozenStore(db: Database) {
  const fileStep = (slot: ModelSlot): BatchStep => ({
    name: 'file',
    query: db.sql
      .insertInto('file')
      .values({
        id: slot.modelId,
        project_id: slot.projectId,
        kind: 'model',
        name: slot.name,
        folder: 1,
        description: '',
        last_version: slot.number,
        size_bytes: 0,
        created_by: slot.createdBy,
        created_at: slot.nowMs,
        updated_at: slot.nowMs,
        deleted_at: null,
      })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ last_version: slot.number, updated_at: slot.nowMs }),
      )
      .compile(),
  })

  const versionStep = (
    slot: ModelSlot,
    content: {
      sizeBytes: number | RawBuilder<number>
      entries: number | RawBuilder<number>
      blobId: Expression<string> | null
    },
  ): BatchStep => ({
    name: 'version',
    query: db.sql
      .insertInto('file_version')
      .values({
        id: slot.id,
        file_id: slot.modelId,
        version: slot.number,
        folder: 1,
        size_bytes: content.sizeBytes,
        entries: content.entries,
        sha256: null,
        content_type: null,
        blob_id: content.blobId,
        created_by: slot.createdBy,
        created_at: slot.nowMs,
      })
      .compile(),
  })

  const countStep = (slot: ModelSlot): BatchStep => ({
    name: 'size',
    query: db.sql
      .updateTable('file')
      .set({
        size_bytes: sql<number>`size_bytes + (select size_bytes from file_version where id = ${slot.id})`,
      })
      .where('id', '=', slot.modelId)
      .compile(),
  })

  return {
    /** How many files lie at a path, up to `limit`. */
    count: async (folder: FolderRef, path: string, limit: number): Promise<number> => {
      const some = sql<{ one: number }>`(select 1 as one from ${source(folder)}
        where ${within(folder, path)} limit ${sql.lit(limit)})`
      const row = await db.sql
        .selectFrom(some.as('some'))
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
      return Number(row.n)
    },

    /**
     * Makes what lies at a path at this moment a version: the same blobs, no bytes. Paths become relative to it; a single file keeps its
     * own name. Fails its expectation `NOTHING_TO_FREEZE` if nothing is there.
     */
    freezeSteps: (folder: FolderRef, path: string, slot: ModelSlot): BatchStep[] => {
      const sum = (what: RawBuilder<number>) =>
        sql<number>`(select ${what} from file_entry where version_id = ${slot.id})`
      return [
        fileStep(slot),
        {
          name: NOTHING_TO_FREEZE,
          query: sql`insert into file_entry (version_id, path, start_byte, size_bytes, sha256, crc32, blob_id)
            select cast(${slot.id} as text), ${relative(path)}, ${folder.kind === 'version' ? sql`entry.start_byte` : sql`0`},
              entry.size_bytes, entry.sha256, ${folder.kind === 'version' ? sql`entry.crc32` : sql`blob.crc32`}, blob.id
            from ${source(folder)} where ${within(folder, path)}`.compile(db.sql),
          expect: 'some',
        },
        versionStep(slot, {
          sizeBytes: sum(sql`cast(coalesce(sum(size_bytes), 0) as bigint)`),
          entries: sum(sql`count(*)`),
          blobId: null,
        }),
        countStep(slot),
      ]
    },

    /** Makes an upload, whose entries are stored, a version. */
    uploadedSteps: (
      slot: ModelSlot,
      content: { sizeBytes: number; entries: number; blobId: Expression<string> },
    ): BatchStep[] => [fileStep(slot), versionStep(slot, content), countStep(slot)],

    renameStep: (modelId: string, name: string): BatchStep => ({
      name: 'file',
      query: db.sql.updateTable('file').set({ name }).where('id', '=', modelId).where('kind', '=', 'model').compile(),
    }),

    /** From here on nobody reads the versions; they are erased when the model is. */
    removeStep: (modelId: string, nowMs: number): BatchStep => ({
      name: 'file',
      query: db.sql
        .updateTable('file')
        .set({ deleted_at: nowMs })
        .where('id', '=', modelId)
        .where('kind', '=', 'model')
        .where('deleted_at', 'is', null)
        .compile(),
    }),
  }
}

/** The entries of a folder as `entry`, each with its `blob`. */
function source(folder: FolderRef): RawBuilder<unknown> {
  if (folder.kind !== 'version')
    return sql`tree_entry entry join tree owner on owner.id = entry.tree_id join blob on blob.id = entry.blob_id`
  return sql`file_entry entry join file_version version on version.id = entry.version_id
    join file owner on owner.id = version.file_id join blob on blob.id = coalesce(entry.blob_id, version.blob_id)`
}

function within(folder: FolderRef, path: string): RawBuilder<boolean> {
  const ofFolder =
    folder.kind === 'version'
      ? sql`entry.version_id = ${folder.id} and owner.deleted_at is null`
      : sql`entry.tree_id = ${treeId(folder)}`
  const { from, to } = below(path)
  const atPath =
    to === undefined ? sql`1 = 1` : sql`(entry.path = ${path} or (entry.path > ${from} and entry.path < ${to}))`
  return sql<boolean>`${ofFolder} and owner.project_id = ${folder.projectId} and ${atPath}`
}

/** Characters are counted where they are cut: JavaScript counts others. */
function relative(path: string): RawBuilder<string> {
  if (path === '') return sql<string>`entry.path`
  const name = path.slice(path.lastIndexOf('/') + 1)
  return sql<string>`case when entry.path = ${path} then cast(${name} as text)
    else substr(entry.path, length(cast(${path} as text)) + 2) end`
}
