import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'

export type RouteRow = Omit<Tables['route'], 'created_at' | 'removed_at'>

const columns = [
  'id',
  'kind',
  'workload_id',
  'project_id',
  'owner_id',
  'slug',
  'port_name',
  'port',
  'label',
  'path_prefix',
  'strip_prefix',
] as const

/** Rows of routes. The gateway's table needs all of them; who may pass is decided request by request. */
export function createRoutesStore(db: Database) {
  return {
    living: (): Promise<RouteRow[]> =>
      db.sql.selectFrom('route').select(columns).where('removed_at', 'is', null).orderBy('id').execute(),

    createStep: (row: RouteRow & { created_at: number }): BatchStep => ({
      name: 'route',
      query: db.sql
        .insertInto('route')
        .values({ ...row, removed_at: null })
        .compile(),
    }),

    removeOneStep: (id: string, nowMs: number): BatchStep => ({
      name: 'route',
      query: db.sql
        .updateTable('route')
        .set({ removed_at: nowMs })
        .where('id', '=', id)
        .where('removed_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    removeStep: (workloadId: string, nowMs: number): BatchStep => ({
      name: 'routes',
      query: db.sql
        .updateTable('route')
        .set({ removed_at: nowMs })
        .where('workload_id', '=', workloadId)
        .where('removed_at', 'is', null)
        .compile(),
    }),
  }
}
