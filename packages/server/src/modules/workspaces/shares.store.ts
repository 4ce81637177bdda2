import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'

export type ShareRow = Tables['workspace_share']

export type SharesStore = ReturnType<typeof createSharesStore>

/** Who is let into which workspace. Reached through workspaces, or by whom they are for. */
export function createSharesStore(db: Database) {
  const living = (nowMs: number) =>
    db.sql
      .selectFrom('workspace_share')
      .selectAll('workspace_share')
      .where('ended_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))

  return {
    of: (workloadId: string, nowMs: number): Promise<ShareRow[]> =>
      living(nowMs).where('workload_id', '=', workloadId).orderBy('created_at').orderBy('id').execute(),

    byId: (workloadId: string, id: string, nowMs: number): Promise<ShareRow | undefined> =>
      living(nowMs).where('workload_id', '=', workloadId).where('id', '=', id).executeTakeFirst(),

    bySecret: (secretHash: string, nowMs: number): Promise<ShareRow | undefined> =>
      living(nowMs).where('secret_hash', '=', secretHash).executeTakeFirst(),

    /** What somebody may enter of some workspaces. */
    forPerson: (principalId: string, workloadIds: readonly string[], nowMs: number): Promise<ShareRow[]> =>
      workloadIds.length === 0
        ? Promise.resolve([])
        : living(nowMs)
            .where('principal_id', '=', principalId)
            .where('workload_id', 'in', workloadIds)
            .orderBy('id')
            .execute(),

    allForPerson: (principalId: string, limit: number, nowMs: number): Promise<ShareRow[]> =>
      living(nowMs)
        .innerJoin('workload', 'workload.id', 'workspace_share.workload_id')
        .where('principal_id', '=', principalId)
        .where('workload.deleted_at', 'is', null)
        .orderBy('workspace_share.created_at', 'desc')
        .limit(limit)
        .execute(),

    createStep: (row: ShareRow): BatchStep => ({
      name: 'share',
      query: db.sql.insertInto('workspace_share').values(row).compile(),
    }),

    /** Those whose time is over would be in the way of a new one. */
    endOverdueStep: (workloadId: string, nowMs: number): BatchStep => ({
      name: 'overdue',
      query: db.sql
        .updateTable('workspace_share')
        .set({ ended_at: nowMs })
        .where('workload_id', '=', workloadId)
        .where('ended_at', 'is', null)
        .where('expires_at', '<=', nowMs)
        .compile(),
    }),

    /** Ends one, and all that came by it if it is a link. */
    endStep: (id: string, nowMs: number): BatchStep => ({
      name: 'share',
      query: db.sql
        .updateTable('workspace_share')
        .set({ ended_at: nowMs })
        .where('ended_at', 'is', null)
        .where((eb) => eb.or([eb('id', '=', id), eb('link_id', '=', id)]))
        .compile(),
      expect: 'some',
    }),

    /** Fails if it ended meanwhile: who uses a link and who withdraws it wait for each other at the version of access. */
    livingStep: (id: string, nowMs: number): BatchStep => ({
      name: 'link',
      query: living(nowMs).where('id', '=', id).compile(),
      expect: 'some',
    }),

    isPersonal: async (projectId: string): Promise<boolean> =>
      (await db.sql
        .selectFrom('project')
        .select('id')
        .where('id', '=', projectId)
        .where('personal_of', 'is not', null)
        .where('deleted_at', 'is', null)
        .executeTakeFirst()) !== undefined,

    isMember: async (projectId: string, principalId: string): Promise<boolean> =>
      (await db.sql
        .selectFrom('membership')
        .select('role')
        .where('project_id', '=', projectId)
        .where('principal_id', '=', principalId)
        .executeTakeFirst()) !== undefined,
  }
}
