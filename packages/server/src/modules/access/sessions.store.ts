import type { BatchStep, Database } from '../../ports/database.ts'

/** Sessions of browsers. */
export function createSessionsStore(db: Database) {
  return {
    sessionBySecret: (secretHash: string, nowMs: number) =>
      db.sql
        .selectFrom('session')
        .select(['id', 'principal_id', 'expires_at', 'last_seen_at'])
        .where('secret_hash', '=', secretHash)
        .where('expires_at', '>', nowMs)
        .executeTakeFirst(),

    createSessionStep: (row: {
      id: string
      secretHash: string
      principalId: string
      nowMs: number
      expiresAt: number
      userAgent: string
      address: string
    }): BatchStep => ({
      name: 'session',
      query: db.sql
        .insertInto('session')
        .values({
          id: row.id,
          secret_hash: row.secretHash,
          principal_id: row.principalId,
          created_at: row.nowMs,
          expires_at: row.expiresAt,
          last_seen_at: row.nowMs,
          user_agent: row.userAgent,
          address: row.address,
        })
        .compile(),
    }),

    sessions: (principalId: string, nowMs: number) =>
      db.sql
        .selectFrom('session')
        .select(['id', 'created_at', 'last_seen_at', 'expires_at', 'user_agent', 'address'])
        .where('principal_id', '=', principalId)
        .where('expires_at', '>', nowMs)
        .orderBy('last_seen_at', 'desc')
        .limit(500)
        .execute(),

    endSessionStep: (principalId: string, id: string): BatchStep => ({
      name: 'session',
      query: db.sql.deleteFrom('session').where('principal_id', '=', principalId).where('id', '=', id).compile(),
      expect: 1,
    }),

    endSessionsStep: (principalId: string, exceptId: string | undefined): BatchStep => {
      const query = db.sql.deleteFrom('session').where('principal_id', '=', principalId)
      return { name: 'sessions', query: (exceptId === undefined ? query : query.where('id', '<>', exceptId)).compile() }
    },

    sessionById: (id: string, nowMs: number) =>
      db.sql
        .selectFrom('session')
        .select(['id', 'principal_id', 'expires_at'])
        .where('id', '=', id)
        .where('expires_at', '>', nowMs)
        .executeTakeFirst(),

    markUsed: async (id: string, nowMs: number): Promise<void> => {
      await db.sql.updateTable('session').set({ last_seen_at: nowMs }).where('id', '=', id).execute()
    },
  }
}
