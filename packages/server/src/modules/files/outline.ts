import { COUNT_LIMIT, type Outline } from '../../core/outline.ts'
import type { Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'

/** Living datasets of a project. */
export async function datasetsOutline(db: Database, visible: Visible, projectId: string): Promise<Outline> {
  const living = () => {
    const query = db.sql
      .selectFrom('file')
      .where('project_id', '=', projectId)
      .where('kind', '=', 'dataset')
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
