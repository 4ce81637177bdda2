import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'

export type WorkspaceRow = Tables['workspace']

export type WorkspacesStore = ReturnType<typeof createWorkspacesStore>

/** What a workspace is besides a workload. Rows are reached through workloads, which the caller found among those the actor may see. */
export function createWorkspacesStore(db: Database) {
  return {
    of: async (workloadIds: readonly string[]): Promise<ReadonlyMap<string, WorkspaceRow>> => {
      if (workloadIds.length === 0) return new Map()
      const rows = await db.sql.selectFrom('workspace').selectAll().where('workload_id', 'in', workloadIds).execute()
      return new Map(rows.map((row) => [row.workload_id, row]))
    },

    get: (workloadId: string): Promise<WorkspaceRow | undefined> =>
      db.sql.selectFrom('workspace').selectAll().where('workload_id', '=', workloadId).executeTakeFirst(),

    /** Of purged ones nobody asks for any more. */
    forgetSteps: (workloadIds: readonly string[]): BatchStep[] => [
      { query: db.sql.deleteFrom('workspace_share').where('workload_id', 'in', workloadIds).compile() },
      { query: db.sql.deleteFrom('workspace').where('workload_id', 'in', workloadIds).compile() },
    ],

    /** How many somebody owns. */
    owned: async (ownerId: string): Promise<number> => {
      const row = await db.sql
        .selectFrom('workload')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('kind', '=', 'workspace')
        .where('owner_id', '=', ownerId)
        .where('deleted_at', 'is', null)
        .executeTakeFirstOrThrow()
      return Number(row.count)
    },

    createStep: (row: WorkspaceRow): BatchStep => ({
      name: 'workspace',
      query: db.sql.insertInto('workspace').values(row).compile(),
    }),

    changeStep: (workloadId: string, change: Partial<Omit<WorkspaceRow, 'workload_id'>>): BatchStep => ({
      name: 'workspace',
      query: db.sql.updateTable('workspace').set(change).where('workload_id', '=', workloadId).compile(),
      expect: 1,
    }),

    /** First in a batch that looks whether something is under way for it: batches of one workspace wait for each other here. */
    waitStep: (workloadId: string): BatchStep => ({
      name: 'workspace',
      query: db.sql
        .updateTable('workspace')
        .set((eb) => ({ project_id: eb.ref('project_id') }))
        .where('workload_id', '=', workloadId)
        .compile(),
      expect: 1,
    }),

    /** Those that somebody has to look after: they run, or their time ends some day. */
    watched: async (): Promise<string[]> => {
      const rows = await db.sql
        .selectFrom('workspace')
        .innerJoin('workload', 'workload.id', 'workspace.workload_id')
        .select('workload.id')
        .where('workload.deleted_at', 'is', null)
        .where((eb) => eb.or([eb('workload.desired', '=', 'running'), eb('workspace.expires_at', 'is not', null)]))
        .execute()
      return rows.map(({ id }) => id)
    },

    datasetVolume: (volumeId: string) =>
      db.sql.selectFrom('dataset_volume').selectAll().where('volume_id', '=', volumeId).executeTakeFirst(),

    /** Notes that a volume is wanted now, and, once it is complete, that it is. */
    useDatasetVolume: async (row: Tables['dataset_volume']): Promise<void> => {
      await db.sql
        .insertInto('dataset_volume')
        .values(row)
        .onConflict((conflict) =>
          conflict.column('volume_id').doUpdateSet({
            used_at: row.used_at,
            ...(row.ready_at === null ? {} : { ready_at: row.ready_at }),
          }),
        )
        .execute()
    },

    /** Laid out long ago, or of a project that is gone; those a living workspace names are left out by the caller. */
    idleDatasetVolumes: async (before: number): Promise<string[]> =>
      (
        await db.sql
          .selectFrom('dataset_volume')
          .innerJoin('project', 'project.id', 'dataset_volume.project_id')
          .select('volume_id')
          .where((eb) => eb.or([eb('used_at', '<', before), eb('project.deleted_at', 'is not', null)]))
          .execute()
      ).map(({ volume_id }) => volume_id),

    /** Specifications of all workspaces that may run again, those of their next start too. */
    livingSpecs: async (): Promise<string[]> =>
      (
        await db.sql
          .selectFrom('workload')
          .select(['spec', 'next'])
          .where('kind', '=', 'workspace')
          .where('purged_at', 'is', null)
          .execute()
      ).flatMap(({ spec, next }) => (next === null ? [spec] : [spec, next])),

    forgetDatasetVolume: async (volumeId: string): Promise<void> => {
      await db.sql.deleteFrom('dataset_volume').where('volume_id', '=', volumeId).execute()
    },
  }
}
