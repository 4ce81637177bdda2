import type { Database } from '../../ports/database.ts'

const AT_ONCE = 100

/**
 * Removes every row of a deleted project. In small statements, since one over all metrics would hold up everybody's writes; safe to
 * begin again after a crash. The files of runs and models are the files module's.
 */
export async function purgeTracking(db: Database, projectId: string, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    const runs = await db.sql
      .selectFrom('run')
      .select('ref')
      .where('project_id', '=', projectId)
      .limit(AT_ONCE)
      .execute()
    if (runs.length === 0) break
    for (const { ref } of runs) await purgeRun(db, ref, signal)
  }
  for (;;) {
    signal?.throwIfAborted()
    const models = await db.sql
      .selectFrom('logged_model')
      .select('id')
      .where('project_id', '=', projectId)
      .limit(AT_ONCE)
      .execute()
    if (models.length === 0) break
    const ids = models.map(({ id }) => id)
    await db.batch([
      ...(['logged_model_param', 'logged_model_tag', 'logged_model_metric'] as const).map((table) => ({
        query: db.sql.deleteFrom(table).where('model_id', 'in', ids).compile(),
      })),
      { query: db.sql.deleteFrom('logged_model').where('id', 'in', ids).compile() },
    ])
  }
  await purgeNames(db, projectId)
}

/** The points of a run go key by key: a long run has millions. */
async function purgeRun(db: Database, run: number, signal: AbortSignal | undefined): Promise<void> {
  const keys = await db.sql.selectFrom('latest_metric').select('key').where('run', '=', run).execute()
  for (const { key } of keys) {
    signal?.throwIfAborted()
    await db.sql.deleteFrom('metric').where('run', '=', run).where('key', '=', key).execute()
  }
  await db.batch([
    ...(['latest_metric', 'run_param', 'run_tag', 'run_dataset', 'run_model'] as const).map((table) => ({
      query: db.sql.deleteFrom(table).where('run', '=', run).compile(),
    })),
    { query: db.sql.deleteFrom('run').where('ref', '=', run).compile() },
  ])
}

async function purgeNames(db: Database, projectId: string): Promise<void> {
  const models = db.sql.selectFrom('registered_model').select('id').where('project_id', '=', projectId)
  const experiments = db.sql.selectFrom('experiment').select('ref').where('project_id', '=', projectId)
  await db.batch([
    { query: db.sql.deleteFrom('model_version_tag').where('model_id', 'in', models).compile() },
    { query: db.sql.deleteFrom('registered_model_tag').where('model_id', 'in', models).compile() },
    { query: db.sql.deleteFrom('registered_model_alias').where('model_id', 'in', models).compile() },
    { query: db.sql.deleteFrom('model_version').where('project_id', '=', projectId).compile() },
    { query: db.sql.deleteFrom('registered_model').where('project_id', '=', projectId).compile() },
    { query: db.sql.deleteFrom('experiment_tag').where('experiment', 'in', experiments).compile() },
    { query: db.sql.deleteFrom('run_dataset_source').where('project_id', '=', projectId).compile() },
    { query: db.sql.deleteFrom('experiment').where('project_id', '=', projectId).compile() },
    { query: db.sql.deleteFrom('key_ref').where('project_id', '=', projectId).compile() },
  ])
}
