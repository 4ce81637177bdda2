import { sql } from 'kysely'
import type { Role, Scope } from '@mllab/contract'

import type { BatchStep, Database } from '../../ports/database.ts'

export interface AccountRow {
  readonly principal_id: string
  readonly username: string
  readonly display_name: string
  readonly admin: number
  readonly status: 'active' | 'pending' | 'disabled'
}

export interface TokenRow {
  readonly id: string
  readonly kind: 'user' | 'project' | 'workload'
  readonly name: string
  readonly principal_id: string
  readonly project_id: string | null
  readonly workload_id: string | null
  readonly scopes: string
  readonly created_at: number
  readonly expires_at: number | null
  readonly last_used_at: number | null
}

export interface NewToken {
  readonly id: string
  readonly secretHash: string
  readonly kind: TokenRow['kind']
  readonly name: string
  readonly principalId: string
  readonly projectId: string | null
  readonly workloadId: string | null
  readonly scopes: readonly Scope[]
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number | null
}

/** Principals, memberships, sessions and tokens. These queries decide what is visible, so they take no `Visible` themselves. */
export type AccessStore = ReturnType<typeof createAccessStore>

const tokenColumns = [
  'id',
  'kind',
  'name',
  'principal_id',
  'project_id',
  'workload_id',
  'scopes',
  'created_at',
  'expires_at',
  'last_used_at',
] as const

export function createAccessStore(db: Database) {
  return {
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

    sessionBySecret: (secretHash: string, nowMs: number) =>
      db.sql
        .selectFrom('session')
        .select(['id', 'principal_id', 'expires_at', 'last_seen_at'])
        .where('secret_hash', '=', secretHash)
        .where('expires_at', '>', nowMs)
        .executeTakeFirst(),

    tokenBySecret: (secretHash: string, nowMs: number): Promise<TokenRow | undefined> =>
      db.sql
        .selectFrom('token')
        .select(tokenColumns)
        .where('secret_hash', '=', secretHash)
        .where('revoked_at', 'is', null)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
        .executeTakeFirst(),

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

    createTokenStep: (token: NewToken): BatchStep => ({
      name: 'token',
      query: db.sql
        .insertInto('token')
        .values({
          id: token.id,
          secret_hash: token.secretHash,
          kind: token.kind,
          name: token.name,
          principal_id: token.principalId,
          project_id: token.projectId,
          workload_id: token.workloadId,
          scopes: JSON.stringify(token.scopes),
          created_by: token.createdBy,
          created_at: token.createdAt,
          expires_at: token.expiresAt,
          last_used_at: null,
          revoked_at: null,
        })
        .compile(),
    }),

    /** Living user tokens of a principal, or living tokens of the given projects. Newest first. */
    tokens: (
      owner: { principalId: string } | { projectIds: readonly string[] },
      limit: number,
      before: readonly [number, string] | undefined,
    ): Promise<TokenRow[]> => {
      let query = db.sql.selectFrom('token').select(tokenColumns).where('revoked_at', 'is', null)
      query =
        'principalId' in owner
          ? query.where('kind', '=', 'user').where('principal_id', '=', owner.principalId)
          : query.where('kind', '=', 'project').where('project_id', 'in', owner.projectIds)
      if (before)
        query = query.where((eb) =>
          eb.or([
            eb('created_at', '<', before[0]),
            eb.and([eb('created_at', '=', before[0]), eb('id', '<', before[1])]),
          ]),
        )
      return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
    },

    tokenById: (id: string): Promise<TokenRow | undefined> =>
      db.sql
        .selectFrom('token')
        .select(tokenColumns)
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst(),

    revokeTokenStep: (id: string, nowMs: number): BatchStep => ({
      name: 'token',
      query: db.sql
        .updateTable('token')
        .set({ revoked_at: nowMs })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    sessionById: (id: string, nowMs: number) =>
      db.sql
        .selectFrom('session')
        .select(['id', 'principal_id', 'expires_at'])
        .where('id', '=', id)
        .where('expires_at', '>', nowMs)
        .executeTakeFirst(),

    /** The token of a start of a workload. Starting the same generation again finds it. */
    workloadTokenStep: (token: NewToken): BatchStep => ({
      name: 'workload token',
      query: db.sql
        .insertInto('token')
        .values({
          id: token.id,
          secret_hash: token.secretHash,
          kind: 'workload',
          name: token.name,
          principal_id: token.principalId,
          project_id: token.projectId,
          workload_id: token.workloadId,
          scopes: JSON.stringify(token.scopes),
          created_by: token.createdBy,
          created_at: token.createdAt,
          expires_at: null,
          last_used_at: null,
          revoked_at: null,
        })
        .onConflict((conflict) => conflict.column('secret_hash').doUpdateSet({ revoked_at: null }))
        .compile(),
    }),

    /** Whether a workload has a living token besides this one: of an earlier generation. */
    hasOtherTokens: async (workloadId: string, secretHash: string): Promise<boolean> =>
      (await db.sql
        .selectFrom('token')
        .select('id')
        .where('workload_id', '=', workloadId)
        .where('secret_hash', '<>', secretHash)
        .where('revoked_at', 'is', null)
        .limit(1)
        .executeTakeFirst()) !== undefined,

    revokeOtherTokensStep: (workloadId: string, secretHash: string, nowMs: number): BatchStep => ({
      name: 'workload tokens',
      query: db.sql
        .updateTable('token')
        .set({ revoked_at: nowMs })
        .where('workload_id', '=', workloadId)
        .where('secret_hash', '<>', secretHash)
        .where('revoked_at', 'is', null)
        .compile(),
    }),

    revokeWorkloadTokensStep: (workloadId: string, nowMs: number): BatchStep => ({
      name: 'workload tokens',
      query: db.sql
        .updateTable('token')
        .set({ revoked_at: nowMs })
        .where('workload_id', '=', workloadId)
        .where('revoked_at', 'is', null)
        .compile(),
    }),

    markUsed: async (kind: 'session' | 'token', id: string, nowMs: number): Promise<void> => {
      await (kind === 'session'
        ? db.sql.updateTable('session').set({ last_seen_at: nowMs }).where('id', '=', id).execute()
        : db.sql.updateTable('token').set({ last_used_at: nowMs }).where('id', '=', id).execute())
    },

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
