import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'

export type AppLinkRow = Tables['app_link']

const LISTED = 500

/** Links are a person's own: every query that shows or ends one names the person. */
export function createAppLinksStore(db: Database) {
  return {
    bySecret: (secretHash: string): Promise<AppLinkRow | undefined> =>
      db.sql.selectFrom('app_link').selectAll().where('secret_hash', '=', secretHash).executeTakeFirst(),

    ofPerson: (principalId: string, nowMs: number): Promise<AppLinkRow[]> =>
      db.sql
        .selectFrom('app_link')
        .innerJoin('session', 'session.id', 'app_link.session_id')
        .selectAll('app_link')
        .where('app_link.principal_id', '=', principalId)
        .where('app_link.expires_at', '>', nowMs)
        .orderBy('app_link.created_at', 'desc')
        .limit(LISTED)
        .execute(),

    /** Newest first. */
    ofSession: (sessionId: string, routeId: string): Promise<{ id: string }[]> =>
      db.sql
        .selectFrom('app_link')
        .select('id')
        .where('session_id', '=', sessionId)
        .where('route_id', '=', routeId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute(),

    createStep: (row: AppLinkRow): BatchStep => ({
      name: 'link',
      query: db.sql.insertInto('app_link').values(row).compile(),
    }),

    removeStep: (principalId: string, id: string): BatchStep => ({
      name: 'link',
      query: db.sql.deleteFrom('app_link').where('principal_id', '=', principalId).where('id', '=', id).compile(),
      expect: 1,
    }),

    removeOldStep: (ids: readonly string[], nowMs: number): BatchStep => ({
      name: 'old links',
      query: db.sql
        .deleteFrom('app_link')
        .where((eb) => eb.or([eb('expires_at', '<=', nowMs), ...(ids.length > 0 ? [eb('id', 'in', ids)] : [])]))
        .compile(),
    }),
  }
}
