import type { Role } from '@mllab/contract'
import { sql } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'

export interface ProjectRow {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly personal_of: string | null
  readonly version: number
  readonly created_by: string
  readonly created_at: number
  readonly updated_at: number
}

export interface MemberRow {
  readonly principal_id: string
  readonly username: string
  readonly display_name: string
  readonly role: Role
  readonly created_at: number
}

export interface InvitationRow {
  readonly id: string
  readonly project_id: string
  readonly role: Role
  readonly created_by: string
  readonly created_at: number
  readonly expires_at: number
  readonly accepted_by: string | null
}

export type ProjectSort = 'name' | '-created'

export type ProjectsStore = ReturnType<typeof createProjectsStore>

const columns = [
  'id',
  'slug',
  'name',
  'description',
  'personal_of',
  'version',
  'created_by',
  'created_at',
  'updated_at',
] as const
const invitationColumns = ['id', 'project_id', 'role', 'created_by', 'created_at', 'expires_at', 'accepted_by'] as const

export function createProjectsStore(db: Database) {
  const living = (visible: Visible) => {
    const query = db.sql.selectFrom('project').where('deleted_at', 'is', null)
    return visible.projects === 'all' ? query : query.where('id', 'in', visible.projects)
  }

  return {
    /** Where an address points, deleted projects left out. Says nothing about who may see it: the caller asks the policy next. */
    locate: (slug: string) =>
      db.sql
        .selectFrom('project')
        .select(['id', 'slug'])
        .where('slug', '=', slug)
        .where('deleted_at', 'is', null)
        .executeTakeFirst(),

    slugTaken: async (slug: string) =>
      (await db.sql.selectFrom('project').select('id').where('slug', '=', slug).executeTakeFirst()) !== undefined,

    personalOf: (principalId: string) =>
      db.sql
        .selectFrom('project')
        .select(['id', 'slug'])
        .where('personal_of', '=', principalId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst(),

    personOf: async (id: string) =>
      (await db.sql.selectFrom('project').select('personal_of').where('id', '=', id).executeTakeFirst())?.personal_of ??
      undefined,

    slug: async (id: string) =>
      (await db.sql.selectFrom('project').select('slug').where('id', '=', id).executeTakeFirst())?.slug,

    get: (visible: Visible, id: string): Promise<ProjectRow | undefined> =>
      living(visible).select(columns).where('id', '=', id).executeTakeFirst(),

    list: (
      visible: Visible,
      filter: { search?: string | undefined; sort: ProjectSort },
      limit: number,
      after: readonly [string | number, string] | undefined,
    ): Promise<ProjectRow[]> => {
      let query = living(visible).select(columns)
      const { search } = filter
      if (search)
        query = query.where((eb) => eb.or([db.contains(eb.ref('name'), search), db.contains(eb.ref('slug'), search)]))
      if (filter.sort === 'name') {
        if (after) query = query.where(sql<boolean>`(name, id) > (${after[0]}, ${after[1]})`)
        return query.orderBy('name').orderBy('id').limit(limit).execute()
      }
      if (after) query = query.where(sql<boolean>`(created_at, id) < (${after[0]}, ${after[1]})`)
      return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
    },

    createStep: (row: Omit<ProjectRow, 'version' | 'updated_at'>): BatchStep => ({
      name: 'project',
      query: db.sql
        .insertInto('project')
        .values({ ...row, version: 1, updated_at: row.created_at, deleted_at: null })
        .compile(),
    }),

    updateStep: (
      visible: Visible,
      id: string,
      change: { name?: string; description?: string },
      ifVersion: number | undefined,
      nowMs: number,
    ): BatchStep => {
      let query = db.sql
        .updateTable('project')
        .set((eb) => ({ ...change, version: eb('version', '+', 1), updated_at: nowMs }))
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
      if (visible.projects !== 'all') query = query.where('id', 'in', visible.projects)
      if (ifVersion !== undefined) query = query.where('version', '=', ifVersion)
      return { name: 'project', query: query.returning(columns).compile(), expect: 1 }
    },

    deleteStep: (visible: Visible, id: string, nowMs: number): BatchStep => {
      const query = db.sql
        .updateTable('project')
        .set({ deleted_at: nowMs })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
      return {
        name: 'project',
        query: (visible.projects === 'all' ? query : query.where('id', 'in', visible.projects)).compile(),
        expect: 1,
      }
    },

    /** Holds while the project lives, and keeps it alive until the batch is stored. */
    livingStep: (id: string): BatchStep => ({
      name: 'living project',
      // An update, since it has to take the row's lock on PostgreSQL.
      query: db.sql
        .updateTable('project')
        .set((eb) => ({ version: eb.ref('version') }))
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .compile(),
      expect: 1,
    }),

    members: (visible: Visible, projectId: string): Promise<MemberRow[]> => {
      const query = db.sql
        .selectFrom('membership')
        .innerJoin('account', 'account.principal_id', 'membership.principal_id')
        .select([
          'membership.principal_id',
          'account.username',
          'account.display_name',
          'membership.role',
          'membership.created_at',
        ])
        .where('membership.project_id', '=', projectId)
        .where('account.deleted_at', 'is', null)
      const seen = visible.projects === 'all' ? query : query.where('membership.project_id', 'in', visible.projects)
      return seen.orderBy('account.display_name').orderBy('account.principal_id').limit(10_000).execute()
    },

    invitations: (visible: Visible, projectId: string, nowMs: number): Promise<InvitationRow[]> => {
      const query = db.sql
        .selectFrom('invitation')
        .select(invitationColumns)
        .where('project_id', '=', projectId)
        .where('revoked_at', 'is', null)
        .where((eb) => eb.or([eb('accepted_by', 'is not', null), eb('expires_at', '>', nowMs)]))
      const seen = visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
      return seen.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(500).execute()
    },

    inviteStep: (row: Omit<InvitationRow, 'accepted_by'> & { secret_hash: string }): BatchStep => ({
      name: 'invitation',
      query: db.sql
        .insertInto('invitation')
        .values({ ...row, accepted_by: null, accepted_at: null, revoked_at: null })
        .compile(),
    }),

    withdrawStep: (visible: Visible, projectId: string, id: string, nowMs: number): BatchStep => {
      const query = db.sql
        .updateTable('invitation')
        .set({ revoked_at: nowMs })
        .where('id', '=', id)
        .where('project_id', '=', projectId)
        .where('revoked_at', 'is', null)
        .where('accepted_by', 'is', null)
      return {
        name: 'invitation',
        query: (visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)).compile(),
        expect: 1,
      }
    },

    /** The invitation of a secret, if it can still be accepted. The secret is what makes it visible. */
    openInvitation: (secretHash: string, nowMs: number) =>
      db.sql
        .selectFrom('invitation')
        .innerJoin('project', 'project.id', 'invitation.project_id')
        .select([
          'invitation.id',
          'invitation.project_id',
          'invitation.role',
          'invitation.created_by',
          'invitation.expires_at',
          'project.name',
        ])
        .where('invitation.secret_hash', '=', secretHash)
        .where('invitation.revoked_at', 'is', null)
        .where('invitation.accepted_by', 'is', null)
        .where('invitation.expires_at', '>', nowMs)
        .where('project.deleted_at', 'is', null)
        .executeTakeFirst(),

    acceptStep: (id: string, principalId: string, nowMs: number): BatchStep => ({
      name: 'invitation',
      query: db.sql
        .updateTable('invitation')
        .set({ accepted_by: principalId, accepted_at: nowMs })
        .where('id', '=', id)
        .where('accepted_by', 'is', null)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', nowMs)
        .compile(),
      expect: 1,
    }),
  }
}
