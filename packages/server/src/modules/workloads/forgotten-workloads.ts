import type { BatchStep, Database } from '../../ports/database.ts'

const PAGE = 200

/**
 * Removes what the database still holds of workloads that were purged before `beforeMs`. Their addresses stay known, so that none is given
 * away again. `dependents` are the steps of modules that keep more of them. In small batches; safe to begin again.
 */
export async function forgetWorkloads(
  { db, dependents }: { db: Database; dependents: (workloadIds: readonly string[]) => readonly BatchStep[] },
  beforeMs: number,
  signal?: AbortSignal,
): Promise<void> {
  let after = ''
  for (;;) {
    signal?.throwIfAborted()
    const rows = await db.sql
      .selectFrom('workload')
      .select('id')
      .where('purged_at', '<', beforeMs)
      .where('id', '>', after)
      // Its files are removed first.
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('workspace_snapshot')
              .select('workspace_snapshot.id')
              .whereRef('workspace_snapshot.workload_id', '=', 'workload.id'),
          ),
        ),
      )
      .orderBy('id')
      .limit(PAGE)
      .execute()
    const ids = rows.map(({ id }) => id)
    const last = ids.at(-1)
    if (last === undefined) return
    after = last
    await db.batch([
      ...dependents(ids),
      { query: db.sql.deleteFrom('secret_use').where('workload_id', 'in', ids).compile() },
      { query: db.sql.deleteFrom('token').where('workload_id', 'in', ids).compile() },
      { query: db.sql.deleteFrom('workload').where('id', 'in', ids).compile() },
    ])
  }
}
