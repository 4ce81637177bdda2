import { sql } from 'kysely'

import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'
import { below, foldersOf } from './names.ts'

export type FileKind = Tables['file']['kind']

export interface FileRow {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly folder: number
  readonly description: string
  readonly last_version: number
  readonly created_at: number
  readonly updated_at: number
}

export type FileSort = 'name' | '-updated'

export type FilesStore = ReturnType<typeof createFilesStore>

const fileColumns = [
  'id',
  'project_id',
  'name',
  'folder',
  'description',
  'last_version',
  'created_at',
  'updated_at',
] as const

/** Names of files, their deletion, and what all of it takes. */
export function createFilesStore(db: Database) {
  const living = (visible: Visible, projectId: string, kind: FileKind) => {
    const query = db.sql
      .selectFrom('file')
      .where('project_id', '=', projectId)
      .where('kind', '=', kind)
      .where('deleted_at', 'is', null)
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }

  return {
    byName: (visible: Visible, projectId: string, kind: FileKind, name: string): Promise<FileRow | undefined> =>
      living(visible, projectId, kind).select(fileColumns).where('name', '=', name).executeTakeFirst(),

    /** The file a path leads to: of this name, or the one it lies in. There is at most one, since no name lies in another. */
    byPath: (visible: Visible, projectId: string, kind: FileKind, path: string): Promise<FileRow | undefined> =>
      living(visible, projectId, kind)
        .select(fileColumns)
        .where('name', 'in', [...foldersOf(path), path])
        .orderBy('name', 'desc')
        .executeTakeFirst(),

    /** A name that lies in this one. */
    nameBelow: async (
      visible: Visible,
      projectId: string,
      kind: FileKind,
      name: string,
    ): Promise<string | undefined> => {
      const { from, to = '' } = below(name)
      const query = living(visible, projectId, kind).select('name').where('name', '>', from).where('name', '<', to)
      return (await query.limit(1).executeTakeFirst())?.name
    },

    list: (
      visible: Visible,
      projectId: string,
      kind: FileKind,
      filter: { search?: string | undefined; sort: FileSort },
      limit: number,
      after: readonly [string | number, string] | undefined,
    ): Promise<FileRow[]> => {
      let query = living(visible, projectId, kind).select(fileColumns)
      const { search } = filter
      if (search) query = query.where((eb) => db.contains(eb.ref('name'), search))
      if (filter.sort === 'name') {
        if (after) query = query.where('name', '>', String(after[0]))
        return query.orderBy('name').limit(limit).execute()
      }
      if (after) query = query.where(sql<boolean>`(updated_at, id) < (${after[0]}, ${after[1]})`)
      return query.orderBy('updated_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
    },

    /**
     * A batch that gives a name has these first: batches of a project wait for each other, and none gets a name in another's way.
     * The name itself is looked at by the table's unique rule.
     */
    freeNameSteps: (projectId: string, kind: FileKind, name: string): BatchStep[] => {
      const { from, to = '' } = below(name)
      const taken = living({ projects: 'all' }, projectId, kind).select('id').limit(1)
      return [
        {
          name: 'names',
          query: db.sql
            .insertInto('file_space')
            .values({ project_id: projectId, names: 1 })
            .onConflict((conflict) =>
              conflict.column('project_id').doUpdateSet((eb) => ({ names: eb('file_space.names', '+', 1) })),
            )
            .compile(),
        },
        ...foldersOf(name).map((folder) => ({
          name: `name ${folder}`,
          query: taken.where('name', '=', folder).compile(),
          expect: 'none' as const,
        })),
        {
          name: `name ${name}/…`,
          query: taken.where('name', '>', from).where('name', '<', to).compile(),
          expect: 'none',
        },
      ]
    },

    createStep: (
      row: Omit<FileRow, 'last_version' | 'updated_at'> & { kind: FileKind; size_bytes: number; created_by: string },
    ) => ({
      name: 'new file',
      query: db.sql
        .insertInto('file')
        .values({ ...row, last_version: 1, updated_at: row.created_at, deleted_at: null })
        .compile(),
    }),

    /** Counts the next version of a living file of the same shape. */
    nextVersionStep: (id: string, folder: number, sizeBytes: number, nowMs: number): BatchStep => ({
      name: 'file',
      query: db.sql
        .updateTable('file')
        .set((eb) => ({
          last_version: eb('last_version', '+', 1),
          size_bytes: eb('size_bytes', '+', sizeBytes),
          updated_at: nowMs,
        }))
        .where('id', '=', id)
        .where('folder', '=', folder)
        .where('deleted_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    describeStep: (visible: Visible, id: string, description: string, nowMs: number): BatchStep => {
      const query = db.sql
        .updateTable('file')
        .set({ description, updated_at: nowMs })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
      return {
        name: 'file',
        query: (visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects))
          .returning(fileColumns)
          .compile(),
        expect: 1,
      }
    },

    /** Hides a file. It can be restored until it is erased. */
    removeStep: (visible: Visible, id: string, nowMs: number): BatchStep => {
      const query = db.sql
        .updateTable('file')
        .set({ deleted_at: nowMs })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
      return {
        name: 'file',
        query: (visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)).compile(),
        expect: 1,
      }
    },

    /** The file of this name that was deleted last, after `sinceMs`. */
    lastDeleted: (visible: Visible, projectId: string, kind: FileKind, name: string, sinceMs: number) => {
      const query = db.sql
        .selectFrom('file')
        .select('id')
        .where('project_id', '=', projectId)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .where('deleted_at', '>=', sinceMs)
      return (visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects))
        .orderBy('deleted_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
    },

    restoreStep: (id: string, sinceMs: number, nowMs: number): BatchStep => ({
      name: 'file',
      query: db.sql
        .updateTable('file')
        .set({ deleted_at: null, updated_at: nowMs })
        .where('id', '=', id)
        .where('deleted_at', '>=', sinceMs)
        .returning(fileColumns)
        .compile(),
      expect: 1,
    }),

    /** Files that were deleted before, or all of a project. */
    gone: async (which: { deletedBeforeMs: number } | { projectId: string }, limit: number): Promise<string[]> => {
      const query = db.sql.selectFrom('file').select('id').limit(limit)
      const rows = await (
        'projectId' in which
          ? query.where('project_id', '=', which.projectId)
          : query.where('deleted_at', '<', which.deletedBeforeMs)
      ).execute()
      return rows.map((row) => row.id)
    },

    /** Removes the rows of a file for good. Its bytes go a day later, unless something else refers to them. */
    eraseSteps: (id: string, nowMs: number): BatchStep[] => [
      {
        name: 'dying blobs',
        query: db.sql
          .updateTable('blob')
          .set({ dead_at: nowMs })
          .where('id', 'in', (eb) => eb.selectFrom('file_version').select('blob_id').where('file_id', '=', id))
          .compile(),
      },
      { name: 'versions', query: db.sql.deleteFrom('file_version').where('file_id', '=', id).compile() },
      { name: 'file', query: db.sql.deleteFrom('file').where('id', '=', id).compile() },
    ],

    eraseSpace: async (projectId: string): Promise<void> => {
      await db.sql.deleteFrom('file_space').where('project_id', '=', projectId).execute()
    },

    /** Bytes of all versions of living files, and of all trees. */
    storage: async (visible: Visible): Promise<{ dataBytes: number; artifactBytes: number }> => {
      if (visible.projects !== 'all' && visible.projects.length === 0) return { dataBytes: 0, artifactBytes: 0 }
      const { projects } = visible
      let data = db.sql.selectFrom('file').where('deleted_at', 'is', null)
      let artifacts = db.sql.selectFrom('tree')
      if (projects !== 'all') {
        data = data.where('project_id', 'in', projects)
        artifacts = artifacts.where('project_id', 'in', projects)
      }
      const total = sql<number>`cast(coalesce(sum(size_bytes), 0) as bigint)`.as('bytes')
      const [one, other] = await Promise.all([
        data.select(total).executeTakeFirstOrThrow(),
        artifacts.select(total).executeTakeFirstOrThrow(),
      ])
      return { dataBytes: one.bytes, artifactBytes: other.bytes }
    },
  }
}
