import type { Scope } from '@mllab/contract'

import type { BatchStep, Database } from '../../ports/database.ts'

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

/** Tokens of people, projects and workloads; only hashes of their secrets. */
export function createTokensStore(db: Database) {
  return {
    tokenBySecret: (secretHash: string, nowMs: number): Promise<TokenRow | undefined> =>
      db.sql
        .selectFrom('token')
        .select(tokenColumns)
        .where('secret_hash', '=', secretHash)
        .where('revoked_at', 'is', null)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
        .executeTakeFirst(),

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

    markUsed: async (id: string, nowMs: number): Promise<void> => {
      await db.sql.updateTable('token').set({ last_used_at: nowMs }).where('id', '=', id).execute()
    },
  }
}
