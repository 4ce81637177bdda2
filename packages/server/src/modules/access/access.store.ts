import { sql } from 'kysely'
import type { Role } from '@mllab/contract'

import type { BatchStep, Database } from '../../ports/database.ts'
import { createSessionsStore } from './sessions.store.ts'
import { createTokensStore } from './tokens.store.ts'

export type { NewToken, TokenRow } from './tokens.store.ts'

export interface AccountRow {
  readonly principal_id: string
  readonly username: string
  readonly display_name: string
  readonly admin: number
  readonly status: 'active' | 'pending' | 'disabled'
}

/** Principals, memberships, sessions and tokens. These queries decide what is visible, so they take no `Visible` themselves. */
export type AccessStore = ReturnType<typeof createAccessStore>

export function createAccessStore(db: Database) {
  const sessions = createSessionsStore(db)
  const tokens = createTokensStore(db)

  return {
    ...sessions,
    ...tokens,

    version: async () => {
      const row = await db.sql
        .selectFrom('meta')
        .select('value')
        .where('key', '=', 'access_version')
        .executeTakeFirstOrThrow()
      return Number(row.value)
    },

    /** Part of every batch that changes who may do what. */
    bumpStep: (): BatchStep => ({
      name: 'access version',
      query: db.sql
        .updateTable('meta')
        .set({ value: sql`cast(cast(value as integer) + 1 as text)` })
        .where('key', '=', 'access_version')
        .compile(),
    }),

    account: (principalId: string): Promise<AccountRow | undefined> =>
      db.sql
        .selectFrom('account')
        .select(['principal_id', 'username', 'display_name', 'admin', 'status'])
        .where('principal_id', '=', principalId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst(),

    accountByUsername: (username: string): Promise<AccountRow | undefined> =>
      db.sql
        .selectFrom('account')
        .select(['principal_id', 'username', 'display_name', 'admin', 'status'])
        .where('username', '=', username.toLowerCase())
        .where('deleted_at', 'is', null)
        .executeTakeFirst(),

    /** Memberships in living projects. */
    roles: async (principalId: string): Promise<Map<string, Role>> => {
      const rows = await db.sql
        .selectFrom('membership')
        .innerJoin('project', 'project.id', 'membership.project_id')
        .select(['membership.project_id', 'membership.role'])
        .where('membership.principal_id', '=', principalId)
        .where('project.deleted_at', 'is', null)
        .execute()
      return new Map(rows.map((row) => [row.project_id, row.role]))
    },

    projectLives: async (projectId: string) =>
      (await db.sql
        .selectFrom('project')
        .select('id')
        .where('id', '=', projectId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst()) !== undefined,

    createPrincipalStep: (id: string, kind: 'user' | 'group' | 'service', nowMs: number): BatchStep => ({
      name: 'principal',
      query: db.sql.insertInto('principal').values({ id, kind, created_at: nowMs, deleted_at: null }).compile(),
    }),

    setMemberStep: (projectId: string, principalId: string, role: Role, nowMs: number): BatchStep => ({
      name: 'membership',
      query: db.sql
        .insertInto('membership')
        .values({ project_id: projectId, principal_id: principalId, role, created_at: nowMs })
        .onConflict((conflict) => conflict.columns(['project_id', 'principal_id']).doUpdateSet({ role }))
        .compile(),
    }),

    removeMemberStep: (projectId: string, principalId: string): BatchStep => ({
      name: 'membership',
      query: db.sql
        .deleteFrom('membership')
        .where('project_id', '=', projectId)
        .where('principal_id', '=', principalId)
        .compile(),
      expect: 1,
    }),

    /** Fails the batch unless the project has an owner besides this principal. */
    anotherOwnerStep: (projectId: string, principalId: string): BatchStep => ({
      name: 'another owner',
      query: db.sql
        .selectFrom('membership')
        .select('principal_id')
        .where('project_id', '=', projectId)
        .where('role', '=', 'owner')
        .where('principal_id', '<>', principalId)
        .limit(1)
        .compile(),
      expect: 'some',
    }),

    markUsed: (kind: 'session' | 'token', id: string, nowMs: number): Promise<void> =>
      kind === 'session' ? sessions.markUsed(id, nowMs) : tokens.markUsed(id, nowMs),

    /** Names for “by”, in one query. */
    people: async (
      ids: readonly string[],
    ): Promise<Map<string, { id: string; name: string; username: string | null }>> => {
      if (ids.length === 0) return new Map()
      const rows = await db.sql
        .selectFrom('account')
        .select(['principal_id', 'display_name', 'username'])
        .where('principal_id', 'in', [...new Set(ids)])
        .execute()
      return new Map(
        rows.map((row) => [row.principal_id, { id: row.principal_id, name: row.display_name, username: row.username }]),
      )
    },
  }
}
