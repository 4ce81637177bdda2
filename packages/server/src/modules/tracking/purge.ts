import { sql } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'
import type { Frozen, Trees } from '../files/files.ts'

const AT_ONCE = 100
/** Points that one statement removes: a long run has millions, and everybody's writes wait for a statement. */
const POINTS = 10_000

export type Purge = ReturnType<typeof createPurge>

/**
 * Removes for good what was deleted, with its metrics, its files and its names. In small statements, and the row that is found by last: what a
 * crash interrupts is found and gone on with. Nothing that is purged can be restored: who restores asks for a later deletion.
 */
export function createPurge({
  db,
  trees,
  frozen,
}: {
  db: Database
  trees: Pick<Trees, 'erase'>
  frozen: Pick<Frozen, 'erase'>
}) {
  /** Takes portion after portion until there is none. `find` must not find again what was removed. */
  const each = async <Row>(
    find: () => Promise<readonly Row[]>,
    remove: (row: Row) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<number> => {
    for (let removed = 0; ;) {
      const rows = await find()
      if (rows.length === 0) return removed
      for (const row of rows) {
        signal?.throwIfAborted()
        await remove(row)
        removed += 1
      }
    }
  }

  const removeRun = async ({ ref, id, project_id }: RunKey, signal: AbortSignal | undefined): Promise<void> => {
    await trees.erase({ projectId: project_id, kind: 'run', id })
    const keys = await db.sql.selectFrom('latest_metric').select('key').where('run', '=', ref).execute()
    for (const { key } of keys) await removePoints(db, ref, key, signal)
    await db.batch([
      ...(['latest_metric', 'run_param', 'run_tag', 'run_dataset', 'run_model'] as const).map((table) => ({
        query: db.sql.deleteFrom(table).where('run', '=', ref).compile(),
      })),
      { query: db.sql.deleteFrom('run').where('ref', '=', ref).compile() },
    ])
  }

  const removeLoggedModel = async ({ id, project_id }: { id: string; project_id: string }): Promise<void> => {
    await trees.erase({ projectId: project_id, kind: 'logged-model', id })
    await db.batch([
      ...(['logged_model_param', 'logged_model_tag', 'logged_model_metric'] as const).map((table) => ({
        query: db.sql.deleteFrom(table).where('model_id', '=', id).compile(),
      })),
      { query: db.sql.deleteFrom('logged_model').where('id', '=', id).compile() },
    ])
  }

  const removeVersion = async (row: { model_id: string; version: number; file_version_id: string | null }) => {
    if (row.file_version_id !== null) await frozen.erase(row.file_version_id)
    const tables = ['model_version_tag', 'model_version'] as const
    await db.batch(
      tables.map((table): BatchStep => {
        const query = db.sql.deleteFrom(table).where('model_id', '=', row.model_id).where('version', '=', row.version)
        return { query: query.compile() }
      }),
    )
  }

  const removeRegistered = async ({ id }: { id: string }): Promise<void> => {
    await db.batch([
      ...(['registered_model_tag', 'registered_model_alias'] as const).map((table) => ({
        query: db.sql.deleteFrom(table).where('model_id', '=', id).compile(),
      })),
      { query: db.sql.deleteFrom('registered_model').where('id', '=', id).compile() },
    ])
  }

  const removeExperiment = async ({ ref }: { ref: number }): Promise<void> => {
    await db.batch([
      { query: db.sql.deleteFrom('experiment_tag').where('experiment', '=', ref).compile() },
      { query: db.sql.deleteFrom('run_dataset_source').where('experiment', '=', ref).compile() },
      { query: db.sql.deleteFrom('experiment').where('ref', '=', ref).compile() },
    ])
  }

  const runs = () => db.sql.selectFrom('run').select(['ref', 'id', 'project_id']).limit(AT_ONCE)
  const loggedModels = () => db.sql.selectFrom('logged_model').select(['id', 'project_id']).limit(AT_ONCE)
  const versions = () =>
    db.sql.selectFrom('model_version').select(['model_id', 'version', 'file_version_id']).limit(AT_ONCE)
  const registered = () => db.sql.selectFrom('registered_model').select('id').limit(AT_ONCE)
  const goneExperiments = (beforeMs: number) =>
    db.sql.selectFrom('experiment').select('ref').where('deleted_at', '<', beforeMs)

  return {
    /** What was deleted before. Answers how many runs, models, versions and experiments went. */
    deletedBefore: async (beforeMs: number, signal?: AbortSignal): Promise<number> => {
      const removed = [
        await each(
          () => runs().where('deleted_at', '<', beforeMs).execute(),
          (run) => removeRun(run, signal),
          signal,
        ),
        await each(() => loggedModels().where('deleted_at', '<', beforeMs).execute(), removeLoggedModel, signal),
        await each(
          () => loggedModels().where('experiment', 'in', goneExperiments(beforeMs)).execute(),
          removeLoggedModel,
          signal,
        ),
        await each(() => versions().where('deleted_at', '<', beforeMs).execute(), removeVersion, signal),
        await each(() => registered().where('deleted_at', '<', beforeMs).execute(), removeRegistered, signal),
        await each(
          // The last of a project stays: its number must not be given again.
          () => goneExperiments(beforeMs).where(hasLaterOne).where(hasNoRuns).limit(AT_ONCE).execute(),
          removeExperiment,
          signal,
        ),
      ]
      return removed.reduce((sum, count) => sum + count, 0)
    },

    /** Every row of a deleted project. */
    project: async (projectId: string, signal?: AbortSignal): Promise<void> => {
      const all = { where: sql<boolean>`project_id = ${projectId}` }
      await each(
        () => runs().where(all.where).execute(),
        (run) => removeRun(run, signal),
        signal,
      )
      await each(() => loggedModels().where(all.where).execute(), removeLoggedModel, signal)
      await each(() => versions().where(all.where).execute(), removeVersion, signal)
      await each(() => registered().where(all.where).execute(), removeRegistered, signal)
      await each(
        () => db.sql.selectFrom('experiment').select('ref').where(all.where).limit(AT_ONCE).execute(),
        removeExperiment,
        signal,
      )
      await db.batch([
        { query: db.sql.deleteFrom('run_dataset_source').where('project_id', '=', projectId).compile() },
        { query: db.sql.deleteFrom('key_ref').where('project_id', '=', projectId).compile() },
      ])
    },
  }
}

interface RunKey {
  readonly ref: number
  readonly id: string
  readonly project_id: string
}

const hasLaterOne = sql<boolean>`exists (select 1 from experiment later
  where later.project_id = experiment.project_id and later.number > experiment.number)`
const hasNoRuns = sql<boolean>`not exists (select 1 from run where run.experiment = experiment.ref)`

/** In the order of the table's key, which all points of a run and metric are in. */
async function removePoints(db: Database, run: number, key: number, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    const last = await db.sql
      .selectFrom('metric')
      .select(['step', 'at', 'value', 'is_nan'])
      .where('run', '=', run)
      .where('key', '=', key)
      .orderBy('step')
      .orderBy('at')
      .orderBy('value')
      .orderBy('is_nan')
      .offset(POINTS - 1)
      .limit(1)
      .executeTakeFirst()
    let query = db.sql.deleteFrom('metric').where('run', '=', run).where('key', '=', key)
    if (last)
      query = query.where(
        sql<boolean>`(step, at, value, is_nan) <= (${last.step}, ${last.at}, ${last.value}, ${last.is_nan})`,
      )
    await query.execute()
    if (!last) return
  }
}
