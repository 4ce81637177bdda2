import { sql } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'

export type AccountStatus = 'active' | 'pending' | 'disabled'

export interface Account {
  readonly principal_id: string
  readonly username: string
  readonly display_name: string
  readonly password_hash: string | null
  readonly admin: number
  readonly status: AccountStatus
  readonly created_at: number
  readonly last_login_at: number | null
}

export type AccountsStore = ReturnType<typeof createAccountsStore>

const columns = [
  'principal_id',
  'username',
  'display_name',
  'password_hash',
  'admin',
  'status',
  'created_at',
  'last_login_at',
] as const

/** Accounts and failed logins. Accounts belong to no project; only administrators and the person concerned get here. */
export function createAccountsStore(db: Database) {
  const living = () => db.sql.selectFrom('account').select(columns).where('deleted_at', 'is', null)
  return {
    byUsername: (username: string): Promise<Account | undefined> =>
      living().where('username', '=', username).executeTakeFirst(),
    byId: (id: string): Promise<Account | undefined> => living().where('principal_id', '=', id).executeTakeFirst(),
    anyAdministrator: async () => (await living().where('admin', '=', 1).limit(1).executeTakeFirst()) !== undefined,

    list: (search: string | undefined, limit: number, after: readonly [string] | undefined): Promise<Account[]> => {
      let query = living()
      if (search)
        query = query.where((eb) =>
          eb.or([db.contains(eb.ref('username'), search), db.contains(eb.ref('display_name'), search)]),
        )
      if (after) query = query.where('username', '>', after[0])
      return query.orderBy('username').limit(limit).execute()
    },

    createStep: (account: Omit<Account, 'last_login_at'>): BatchStep => ({
      name: 'account',
      query: db.sql
        .insertInto('account')
        .values({ ...account, updated_at: account.created_at, last_login_at: null, deleted_at: null })
        .compile(),
    }),

    updateStep: (
      id: string,
      change: Partial<Pick<Account, 'display_name' | 'password_hash' | 'admin' | 'status' | 'last_login_at'>>,
      nowMs: number,
    ): BatchStep => ({
      name: 'account',
      query: db.sql
        .updateTable('account')
        .set({ ...change, updated_at: nowMs })
        .where('principal_id', '=', id)
        .where('deleted_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    /** Fails the batch unless an active administrator besides this one remains. */
    anotherAdministratorStep: (id: string): BatchStep => ({
      name: 'another administrator',
      query: db.sql
        .selectFrom('account')
        .select('principal_id')
        .where('admin', '=', 1)
        .where('status', '=', 'active')
        .where('deleted_at', 'is', null)
        .where('principal_id', '<>', id)
        .limit(1)
        .compile(),
      expect: 'some',
    }),

    /** Fails the batch if somebody is the only owner of a project that is not the own personal one. */
    noSoleOwnerStep: (id: string): BatchStep => ({
      name: 'sole owner',
      query: db.sql
        .selectFrom('membership')
        .innerJoin('project', 'project.id', 'membership.project_id')
        .select('membership.project_id')
        .where('membership.principal_id', '=', id)
        .where('membership.role', '=', 'owner')
        .where('project.deleted_at', 'is', null)
        .where((eb) => eb.or([eb('project.personal_of', 'is', null), eb('project.personal_of', '<>', id)]))
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('membership as other')
                .select('other.principal_id')
                .whereRef('other.project_id', '=', 'membership.project_id')
                .where('other.role', '=', 'owner')
                .where('other.principal_id', '<>', id),
            ),
          ),
        )
        .limit(1)
        .compile(),
      expect: 'none',
    }),

    deleteStep: (id: string, nowMs: number): BatchStep => ({
      name: 'account',
      query: db.sql
        .updateTable('account')
        .set({ deleted_at: nowMs, updated_at: nowMs, password_hash: null })
        .where('principal_id', '=', id)
        .where('deleted_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    leaveAllStep: (id: string): BatchStep => ({
      name: 'memberships',
      query: db.sql.deleteFrom('membership').where('principal_id', '=', id).compile(),
    }),

    /** Those of the person; what runs in his name stops with them. */
    dropTokensStep: (id: string): BatchStep => ({
      name: 'tokens',
      query: db.sql.deleteFrom('token').where('principal_id', '=', id).compile(),
    }),

    /** Takes the one-time setup secret; fails the batch if it is another one or was used. */
    takeSetupStep: (secretHash: string): BatchStep => ({
      name: 'setup',
      query: db.sql
        .deleteFrom('setting')
        .where('key', '=', 'setup.secret_hash')
        .where('value', '=', secretHash)
        .compile(),
      expect: 1,
    }),

    blockedUntil: async (subjects: readonly string[]): Promise<number> => {
      const rows = await db.sql
        .selectFrom('login_attempt')
        .select('blocked_until')
        .where('subject', 'in', subjects)
        .execute()
      return Math.max(0, ...rows.map((row) => row.blocked_until))
    },

    /** Counts up and answers the count; starts over if the last failure was before `forgetBefore`. */
    countFailure: async (subject: string, nowMs: number, forgetBefore: number): Promise<number> => {
      const row = await db.sql
        .insertInto('login_attempt')
        .values({ subject, failures: 1, blocked_until: 0, at: nowMs })
        .onConflict((conflict) =>
          conflict.column('subject').doUpdateSet({
            failures: sql<number>`case when login_attempt.at < ${forgetBefore} then 1 else login_attempt.failures + 1 end`,
            at: nowMs,
          }),
        )
        .returning('failures')
        .executeTakeFirstOrThrow()
      return row.failures
    },
    block: async (subject: string, untilMs: number) => {
      await db.sql.updateTable('login_attempt').set({ blocked_until: untilMs }).where('subject', '=', subject).execute()
    },
    forgetFailures: async (subject: string) => {
      await db.sql.deleteFrom('login_attempt').where('subject', '=', subject).execute()
    },
  }
}
