import { LabError } from '@mllab/contract'
import { isPortError, newId, retry, slugFrom, type Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import type { Access, Actor, Person, ProjectRef } from '../access/access.ts'
import { projectsPolicy as policy } from './projects.policy.ts'
import type { ProjectsStore } from './projects.store.ts'

const TRIES = 5

/** Projects of one person each, made when they are first needed: where the default workspace lives. */
export function createPersonalProjects({
  clock,
  access,
  outbox,
  store,
  freeSlug,
}: {
  clock: Clock
  access: Access
  outbox: Outbox
  store: ProjectsStore
  freeSlug: (wanted: string) => Promise<string>
}) {
  const create = async (person: Person, by: Actor): Promise<ProjectRef> => {
    const now = clock.now()
    const row = {
      id: newId(),
      slug: await freeSlug(slugFrom(person.username ?? person.name) ?? 'personal'),
      name: person.name,
      description: '',
      personal_of: person.id,
      created_by: person.id,
      created_at: now,
    }
    await outbox.commit(
      [
        access.store.bumpStep(),
        access.store.createPrincipalStep(row.id, 'service', now),
        store.createStep(row),
        access.store.setMemberStep(row.id, person.id, 'owner', now),
      ],
      [
        {
          type: 'project.created',
          projectId: row.id,
          subject: { kind: 'project', id: row.id },
          actorId: by.principalId,
          payload: { name: row.name, slug: row.slug, personal: true },
        },
      ],
    )
    access.changed()
    return row
  }

  /** Two that need it at once: the second finds what the first has made. */
  const ensure = (person: Person, by: Actor): Promise<ProjectRef> =>
    retry(async () => (await store.personalOf(person.id)) ?? (await create(person, by)), {
      attempts: TRIES,
      firstDelayMs: 10,
      maxDelayMs: 100,
      when: (error) => isPortError(error, 'CONFLICT'),
    })

  return {
    /** The personal project of somebody, if it was needed before. */
    personalOf: (principalId: string): Promise<ProjectRef | undefined> => store.personalOf(principalId),

    /** Whose personal project this is. */
    personOf: store.personOf,

    /** That of the actor. */
    personal: async (actor: Actor): Promise<ProjectRef> => {
      policy.create(actor)
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'Only people have personal projects.' })
      const known = (await access.people([actor.principalId])).get(actor.principalId)
      return ensure(known ?? { id: actor.principalId, name: actor.name, username: null }, actor)
    },

    /** That of somebody else, for an administrator: the caller has looked whether the actor is one. */
    personalFor: ensure,
  }
}
