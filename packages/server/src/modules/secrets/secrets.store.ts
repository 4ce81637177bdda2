import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'

export type SecretRow = Tables['secret']

/** Whose secrets: those of a project that is visible, or those of a person. */
export type Keeper =
  | { readonly kind: 'project'; readonly seen: Visible; readonly projectId: string }
  | { readonly kind: 'user'; readonly ownerId: string }

/** A secret as one workload was started with it. */
export interface UsedSecret {
  readonly id: string
  readonly name: string
  readonly version: number
}

export type SecretsStore = ReturnType<typeof createSecretsStore>

/** Names, versions and uses of secrets. The values are sealed elsewhere. */
export function createSecretsStore(db: Database) {
  const kept = (keeper: Keeper) => {
    const query = db.sql.selectFrom('secret').selectAll()
    if (keeper.kind === 'user') return query.where('owner_id', '=', keeper.ownerId)
    const inProject = query.where('project_id', '=', keeper.projectId)
    return keeper.seen.projects === 'all' ? inProject : inProject.where('project_id', 'in', keeper.seen.projects)
  }

  return {
    list: (keeper: Keeper): Promise<SecretRow[]> => kept(keeper).orderBy('name').execute(),

    byName: (keeper: Keeper, name: string): Promise<SecretRow | undefined> =>
      kept(keeper).where('name', '=', name).executeTakeFirst(),

    createStep: (row: SecretRow): BatchStep => ({
      name: 'secret',
      query: db.sql.insertInto('secret').values(row).compile(),
    }),

    /** The next value of one that is still there. */
    changeStep: (id: string, change: { description?: string; updatedBy: string; nowMs: number }): BatchStep => ({
      name: 'secret',
      query: db.sql
        .updateTable('secret')
        .set((eb) => ({
          version: eb('version', '+', 1),
          updated_at: change.nowMs,
          updated_by: change.updatedBy,
          ...(change.description === undefined ? {} : { description: change.description }),
        }))
        .where('id', '=', id)
        .returningAll()
        .compile(),
      expect: 1,
    }),

    removeStep: (id: string): BatchStep => ({
      name: 'secret',
      query: db.sql.deleteFrom('secret').where('id', '=', id).compile(),
      expect: 1,
    }),

    /** What a workload is being started with, in the place of what it had before. */
    useSteps: (workloadId: string, used: readonly UsedSecret[], nowMs: number): BatchStep[] => [
      {
        name: 'uses before',
        query: db.sql.deleteFrom('secret_use').where('workload_id', '=', workloadId).compile(),
      },
      ...(used.length === 0
        ? []
        : [
            {
              name: 'uses',
              query: db.sql
                .insertInto('secret_use')
                .values(
                  used.map(({ id, name, version }) => ({ workload_id: workloadId, secret_id: id, name, version })),
                )
                .compile(),
            },
            {
              name: 'last use',
              query: db.sql
                .updateTable('secret')
                .set({ last_used_at: nowMs })
                .where(
                  'id',
                  'in',
                  used.map(({ id }) => id),
                )
                .compile(),
            },
          ]),
    ],

    /** Secrets that have another value by now than what the workloads were started with, or are gone. */
    outdated: (workloadIds: readonly string[]): Promise<{ workload_id: string; name: string }[]> =>
      db.sql
        .selectFrom('secret_use')
        .leftJoin('secret', 'secret.id', 'secret_use.secret_id')
        .select(['secret_use.workload_id', 'secret_use.name'])
        .where('secret_use.workload_id', 'in', workloadIds)
        .where((eb) => eb.or([eb('secret.id', 'is', null), eb('secret.version', '<>', eb.ref('secret_use.version'))]))
        .orderBy('secret_use.name')
        .execute(),

    ofPerson: async (ownerId: string): Promise<string[]> =>
      (await db.sql.selectFrom('secret').select('id').where('owner_id', '=', ownerId).execute()).map(({ id }) => id),

    ofProject: async (projectId: string): Promise<string[]> =>
      (await db.sql.selectFrom('secret').select('id').where('project_id', '=', projectId).execute()).map(
        ({ id }) => id,
      ),
  }
}
