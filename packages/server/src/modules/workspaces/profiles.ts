import { LabError, type ProfileBody, type WorkspaceProfile } from '@mllab/contract'
import { isoTime, isPortError, retry, type Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import type { Tables } from '../../migrations/schema.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import type { Actor } from '../access/access.ts'
import { checkParameters } from './profile-values.ts'

export type Profiles = ReturnType<typeof createProfiles>

type Row = Tables['workspace_profile']

const TRIES = 5

/** What administrators offer to make workspaces of. */
export function createProfiles({
  db,
  clock,
  outbox,
  requireImage,
}: {
  db: Database
  clock: Clock
  outbox: Outbox
  /** Throws `IMAGE_UNKNOWN`. */
  requireImage: (ref: string) => Promise<void>
}) {
  const rows = () => db.sql.selectFrom('workspace_profile').selectAll()

  const find = async (slug: string): Promise<ProfileBody & { slug: string }> => {
    const row = await rows().where('slug', '=', slug).executeTakeFirst()
    if (!row)
      throw new LabError(
        'NOT_FOUND',
        { what: `profile ${slug}` },
        { fields: [{ field: 'body.profile', message: 'is not there' }] },
      )
    return bodyOf(row)
  }

  /** Only one is the default: what was it before is not any more. */
  const storeSteps = (slug: string, body: ProfileBody): BatchStep[] => {
    const now = clock.now()
    const change = { body: JSON.stringify(body), is_default: body.default ? 1 : 0, updated_at: now }
    return [
      ...(body.default
        ? [{ name: 'default', query: db.sql.updateTable('workspace_profile').set({ is_default: 0 }).compile() }]
        : []),
      {
        name: 'profile',
        query: db.sql
          .insertInto('workspace_profile')
          .values({ slug, ...change, created_at: now })
          .onConflict((conflict) => conflict.column('slug').doUpdateSet(change))
          .returningAll()
          .compile(),
      },
    ]
  }

  const event = (type: `profile.${string}`, actor: Actor, slug: string) => ({
    type,
    subject: { kind: 'profile', id: slug },
    actorId: actor.principalId,
    payload: { slug },
  })

  return {
    find,

    /** The one that is taken when nobody chooses. */
    byDefault: async (): Promise<(ProfileBody & { slug: string }) | undefined> => {
      const row = await rows().where('is_default', '=', 1).executeTakeFirst()
      return row && bodyOf(row)
    },

    list: async (actor: Actor) => ({
      items: (await rows().orderBy('slug').execute()).map((row) => present(actor, row)),
      next: null,
      can: actor.admin ? ['create'] : [],
    }),

    /** For administrators; the endpoint's access rule says so. */
    put: async (actor: Actor, slug: string, body: ProfileBody): Promise<WorkspaceProfile> => {
      checkParameters(body)
      await requireImage(body.image)
      const store = () => outbox.commit(storeSteps(slug, body), [event('profile.set', actor, slug)])
      // Two that become the default at once: the second finds the first when it tries again.
      const results = await retry(store, {
        attempts: TRIES,
        firstDelayMs: 20,
        maxDelayMs: 200,
        when: (error) => isPortError(error, 'CONFLICT'),
      })
      return present(actor, results.at(-1)?.rows[0] as unknown as Row) // `returning` gave all columns
    },

    remove: async (actor: Actor, slug: string): Promise<void> => {
      await find(slug)
      await outbox.commit(
        [{ query: db.sql.deleteFrom('workspace_profile').where('slug', '=', slug).compile() }],
        [event('profile.deleted', actor, slug)],
      )
    },
  }
}

function bodyOf(row: Row): ProfileBody & { slug: string } {
  // Written by `put`; another one may have become the default since.
  return { ...(JSON.parse(row.body) as ProfileBody), default: row.is_default === 1, slug: row.slug }
}

function present(actor: Actor, row: Row): WorkspaceProfile {
  return {
    ...bodyOf(row),
    createdAt: isoTime(row.created_at),
    updatedAt: isoTime(row.updated_at),
    can: actor.admin ? ['change', 'delete'] : [],
  }
}
