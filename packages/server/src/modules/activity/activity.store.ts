import type { Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'

const eventColumns = [
  'seq',
  'id',
  'type',
  'project_id',
  'subject_kind',
  'subject_id',
  'actor_id',
  'at',
  'payload',
] as const

export function createActivityStore(db: Database) {
  const operationsOf = (visible: Visible, projectId: string) => {
    const query = db.sql.selectFrom('operation').selectAll().where('project_id', '=', projectId)
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }
  return {
    operation: (visible: Visible, projectId: string, id: string) =>
      operationsOf(visible, projectId).where('id', '=', id).executeTakeFirst(),

    operations: (
      visible: Visible,
      projectId: string,
      status: 'open' | 'ended' | undefined,
      limit: number,
      before: readonly [number, string] | undefined,
    ) => {
      let query = operationsOf(visible, projectId)
      if (status) query = query.where('finished_at', status === 'open' ? 'is' : 'is not', null)
      if (before)
        query = query.where((eb) =>
          eb.or([
            eb('created_at', '<', before[0]),
            eb.and([eb('created_at', '=', before[0]), eb('id', '<', before[1])]),
          ]),
        )
      return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
    },

    events: (visible: Visible, projectId: string, limit: number, before: number | undefined) => {
      let query = db.sql.selectFrom('event').select(eventColumns).where('project_id', '=', projectId)
      if (visible.projects !== 'all') query = query.where('project_id', 'in', visible.projects)
      if (before !== undefined) query = query.where('seq', '<', before)
      return query.orderBy('seq', 'desc').limit(limit).execute()
    },
  }
}
