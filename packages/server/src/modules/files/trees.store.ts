import { sql } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'
import type { ObjectKey } from '../../ports/objects.ts'
import type { Blobs, Received } from './blobs.ts'
import { presentEntry, type FolderEntry, type TreeRef } from './folders.ts'
import { below, foldersOf, type PageStart } from './names.ts'

export type TreesStore = ReturnType<typeof createTreesStore>

const ERASED_AT_ONCE = 1000

/** Rows of mutable trees. A tree is only ever found together with the project it belongs to. */
export function createTreesStore(db: Database, blobs: Pick<Blobs, 'idOf'>) {
  const entriesOf = (tree: TreeRef) =>
    db.sql
      .selectFrom('tree_entry')
      .innerJoin('tree', 'tree.id', 'tree_entry.tree_id')
      .where('tree.project_id', '=', tree.projectId)
      .where('tree_entry.tree_id', '=', treeId(tree))

  const entryAt = (tree: TreeRef, path: string) =>
    db.sql.selectFrom('tree_entry').where('tree_id', '=', treeId(tree)).where('path', '=', path)

  /** Removes a tree with all in it, in portions, since it may be many. Its bytes go a day later. */
  const erase = async (tree: TreeRef, nowMs: number): Promise<void> => {
    const owned = db.sql
      .selectFrom('tree')
      .select('id')
      .where('id', '=', treeId(tree))
      .where('project_id', '=', tree.projectId)
    if (!(await owned.executeTakeFirst())) return
    const entries = db.sql.selectFrom('tree_entry').where('tree_id', '=', treeId(tree))
    for (;;) {
      const last = await entries.select('path').orderBy('path').offset(ERASED_AT_ONCE).limit(1).executeTakeFirst()
      const going = last
        ? sql<boolean>`tree_id = ${treeId(tree)} and path < ${last.path}`
        : sql<boolean>`tree_id = ${treeId(tree)}`
      await db.batch([
        {
          name: 'dying blobs',
          query: db.sql
            .updateTable('blob')
            .set({ dead_at: nowMs })
            .where('id', 'in', (eb) => eb.selectFrom('tree_entry').select('blob_id').where(going))
            .compile(),
        },
        { name: 'entries', query: db.sql.deleteFrom('tree_entry').where(going).compile() },
      ])
      if (!last) break
    }
    await db.sql.deleteFrom('tree').where('id', '=', treeId(tree)).execute()
  }

  return {
    entry: async (tree: TreeRef, path: string): Promise<(FolderEntry & { key: ObjectKey }) | undefined> => {
      const row = await entriesOf(tree)
        .innerJoin('blob', 'blob.id', 'tree_entry.blob_id')
        .select(['tree_entry.path', 'tree_entry.size_bytes', 'tree_entry.sha256', 'blob.key'])
        .where('tree_entry.path', '=', path)
        .executeTakeFirst()
      return row && { ...presentEntry(row), key: row.key as ObjectKey } // written by `keepStep`
    },

    /** Entries below a folder, by path. */
    entries: async (tree: TreeRef, folder: string, limit: number, start: PageStart = {}): Promise<FolderEntry[]> => {
      const { from, to } = below(folder)
      let query = entriesOf(tree).select(['tree_entry.path', 'tree_entry.size_bytes', 'tree_entry.sha256'])
      if (from) query = query.where('tree_entry.path', '>', from)
      if (to) query = query.where('tree_entry.path', '<', to)
      if (start.after !== undefined) query = query.where('tree_entry.path', '>', start.after)
      if (start.at !== undefined) query = query.where('tree_entry.path', '>=', start.at)
      return (await query.orderBy('tree_entry.path').limit(limit).execute()).map(presentEntry)
    },

    usage: async (tree: TreeRef): Promise<{ files: number; sizeBytes: number }> => {
      const row = await db.sql
        .selectFrom('tree')
        .select(['files', 'size_bytes'])
        .where('id', '=', treeId(tree))
        .where('project_id', '=', tree.projectId)
        .executeTakeFirst()
      return { files: row?.files ?? 0, sizeBytes: row?.size_bytes ?? 0 }
    },

    /** Stores or replaces one entry. `keep` is the step that keeps its bytes. */
    putSteps: (tree: TreeRef, path: string, received: Received, keep: BatchStep, nowMs: number): BatchStep[] => {
      const { from, to = '' } = below(path)
      const id = treeId(tree)
      const others = db.sql.selectFrom('tree_entry').select('path').where('tree_id', '=', id).limit(1)
      const content = {
        blob_id: blobs.idOf(tree.projectId, received.sha256),
        size_bytes: received.sizeBytes,
        sha256: received.sha256,
        changed_at: nowMs,
      }
      return [
        // First, so that those who change one tree wait for each other.
        {
          name: 'tree',
          query: db.sql
            .insertInto('tree')
            .values({ id, project_id: tree.projectId, files: 0, size_bytes: 0, changed_at: nowMs })
            .onConflict((conflict) =>
              conflict.column('id').doUpdateSet({ changed_at: nowMs }).where('tree.project_id', '=', tree.projectId),
            )
            .returning('id')
            .compile(),
          expect: 1,
        },
        { name: 'path', query: others.where('path', 'in', [...foldersOf(path), '']).compile(), expect: 'none' },
        { name: 'path', query: others.where('path', '>', from).where('path', '<', to).compile(), expect: 'none' },
        {
          name: 'counts',
          query: db.sql
            .updateTable('tree')
            .set((eb) => ({
              files: sql<number>`files + 1 - (${entryAt(tree, path).select(eb.fn.countAll().as('n'))})`,
              size_bytes: sql<number>`size_bytes + cast(${received.sizeBytes} as bigint) - coalesce((${entryAt(tree, path).select('size_bytes')}), 0)`,
            }))
            .where('id', '=', id)
            .compile(),
        },
        {
          name: 'replaced blob',
          query: db.sql
            .updateTable('blob')
            .set({ dead_at: nowMs })
            .where('id', 'in', entryAt(tree, path).select('blob_id'))
            .compile(),
        },
        keep,
        {
          name: 'entry',
          query: db.sql
            .insertInto('tree_entry')
            .values({ tree_id: id, path, ...content })
            .onConflict((conflict) => conflict.columns(['tree_id', 'path']).doUpdateSet(content))
            .compile(),
        },
      ]
    },

    /** Removes a file, or everything below a folder. '' is all, and may be nothing. */
    removeSteps: (tree: TreeRef, path: string, nowMs: number): BatchStep[] => {
      const id = treeId(tree)
      const { from, to } = below(path)
      const inTree = sql<boolean>`tree_id = ${id}`
      const going = to ? sql<boolean>`${inTree} and (path = ${path} or (path > ${from} and path < ${to}))` : inTree
      const goingEntries = db.sql.selectFrom('tree_entry').where(going)
      return [
        {
          name: 'counts',
          query: db.sql
            .updateTable('tree')
            .set((eb) => ({
              files: sql<number>`files - (${goingEntries.select(eb.fn.countAll().as('n'))})`,
              size_bytes: sql<number>`size_bytes - cast((${goingEntries.select(sql`coalesce(sum(size_bytes), 0)`.as('bytes'))}) as bigint)`,
              changed_at: nowMs,
            }))
            .where('id', '=', id)
            .where('project_id', '=', tree.projectId)
            .compile(),
          expect: to ? 1 : 'any',
        },
        {
          name: 'dying blobs',
          query: db.sql
            .updateTable('blob')
            .set({ dead_at: nowMs })
            .where('id', 'in', goingEntries.select('blob_id'))
            .compile(),
        },
        { name: 'entries', query: db.sql.deleteFrom('tree_entry').where(going).compile(), expect: to ? 'some' : 'any' },
      ]
    },

    erase,

    /** Removes all trees of a project. */
    purge: async (projectId: string, nowMs: number): Promise<void> => {
      for (;;) {
        const rows = await db.sql
          .selectFrom('tree')
          .select('id')
          .where('project_id', '=', projectId)
          .limit(100)
          .execute()
        for (const { id } of rows) await erase(treeRef(id, projectId), nowMs)
        if (rows.length === 0) return
      }
    },
  }
}

export function treeId(tree: TreeRef): string {
  return `${tree.kind}:${tree.id}`
}

export function treeRef(id: string, projectId: string): TreeRef {
  const colon = id.indexOf(':')
  return { projectId, kind: id.slice(0, colon) as TreeRef['kind'], id: id.slice(colon + 1) } // written by `treeId`
}
