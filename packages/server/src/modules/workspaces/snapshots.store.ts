import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'

export type SnapshotRow = Tables['workspace_snapshot']

export type SnapshotsStore = ReturnType<typeof createSnapshotsStore>

/** Snapshots are reached through their workspace, which the caller found among those the actor may see. */
export function createSnapshotsStore(db: Database) {
  const rows = () => db.sql.selectFrom('workspace_snapshot').selectAll('workspace_snapshot')

  return {
    of: (workloadId: string): Promise<SnapshotRow[]> =>
      rows().where('workload_id', '=', workloadId).orderBy('created_at', 'desc').orderBy('id', 'desc').execute(),

    get: (workloadId: string, id: string): Promise<SnapshotRow | undefined> =>
      rows().where('workload_id', '=', workloadId).where('id', '=', id).executeTakeFirst(),

    byId: (id: string): Promise<SnapshotRow | undefined> => rows().where('id', '=', id).executeTakeFirst(),

    createStep: (row: SnapshotRow): BatchStep => ({
      name: 'snapshot',
      query: db.sql.insertInto('workspace_snapshot').values(row).compile(),
    }),

    changeStep: (id: string, change: Partial<Pick<SnapshotRow, 'status' | 'detail' | 'size_bytes'>>): BatchStep => ({
      name: 'snapshot',
      query: db.sql.updateTable('workspace_snapshot').set(change).where('id', '=', id).compile(),
    }),

    removeStep: (id: string): BatchStep => ({
      name: 'snapshot',
      query: db.sql.deleteFrom('workspace_snapshot').where('id', '=', id).compile(),
      expect: 1,
    }),

    ofDeleted: (): Promise<SnapshotRow[]> =>
      rows()
        .innerJoin('workload', 'workload.id', 'workspace_snapshot.workload_id')
        .where('workload.deleted_at', 'is not', null)
        .execute(),
  }
}
