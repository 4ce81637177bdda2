import type { Database } from '../../../ports/database.ts'

/** A project, `p`, of somebody, `m`. */
export async function insertProject(db: Database): Promise<void> {
  await db.sql.insertInto('principal').values({ id: 'm', kind: 'service', created_at: 1, deleted_at: null }).execute()
  await db.sql
    .insertInto('project')
    .values({
      id: 'p',
      slug: 'p',
      name: 'p',
      description: '',
      personal_of: null,
      version: 1,
      created_by: 'm',
      created_at: 1,
      updated_at: 1,
      deleted_at: null,
    })
    .execute()
}

/** A workload in it that rests, or was purged. */
export async function insertWorkload(
  db: Database,
  id: string,
  purgedAt: number | null,
  kind: 'service' | 'workspace' = 'service',
): Promise<void> {
  await db.sql
    .insertInto('workload')
    .values({
      id,
      project_id: 'p',
      kind,
      slug: id,
      name: id,
      owner_id: 'm',
      desired: 'stopped',
      generation: 1,
      spec: '{}',
      image_key: null,
      status: 'stopped',
      status_since: 1,
      reason: null,
      steps: '[]',
      restarts: 0,
      restarted_at: null,
      started_at: null,
      shard: 0,
      created_at: 1,
      updated_at: 1,
      deleted_at: null,
      purged_at: purgedAt,
      revision: 0,
      next: null,
    })
    .execute()
}
