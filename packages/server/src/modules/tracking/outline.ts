import { COUNT_LIMIT, type Outline } from '../../core/outline.ts'
import type { Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'

/** Living runs of a project. */
export async function runsOutline(db: Database, visible: Visible, projectId: string): Promise<Outline> {
  const living = () => {
    const query = db.sql.selectFrom('run').where('project_id', '=', projectId).where('deleted_at', 'is', null)
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }
  const [counted, first] = await Promise.all([
    db.sql
      .selectFrom(living().select('ref').limit(COUNT_LIMIT).as('some'))
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
    living().select(['name', 'started_at']).orderBy('started_at').orderBy('ref').limit(1).executeTakeFirst(),
  ])
  return { count: Number(counted.count), first: first && { name: first.name, at: first.started_at } }
}

/** Living registered models of a project. */
export async function modelsOutline(db: Database, visible: Visible, projectId: string): Promise<Outline> {
  const living = () => {
    const query = db.sql
      .selectFrom('registered_model')
      .where('project_id', '=', projectId)
      .where('deleted_at', 'is', null)
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }
  const [counted, first] = await Promise.all([
    db.sql
      .selectFrom(living().select('id').limit(COUNT_LIMIT).as('some'))
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
    living().select(['name', 'created_at']).orderBy('created_at').limit(1).executeTakeFirst(),
  ])
  return { count: Number(counted.count), first: first && { name: first.name, at: first.created_at } }
}
