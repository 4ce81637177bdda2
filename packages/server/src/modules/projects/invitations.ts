import { atLeast, LabError, type Invitation, type Role } from '@mllab/contract'
import { isoTime, newId, randomSecret, sha256Hex, type Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import { roleIn, type Access, type Actor, type Person, type ProjectRef } from '../access/access.ts'
import { projectsPolicy as policy } from './projects.policy.ts'
import { createProjectsStore, type InvitationRow } from './projects.store.ts'

const DAY_MS = 24 * 3600_000

export type Invitations = ReturnType<typeof createInvitations>

/** Links by which one person may join a project. The secret is shown once and stored hashed. */
export function createInvitations({
  db,
  clock,
  access,
  outbox,
}: {
  db: Database
  clock: Clock
  access: Access
  outbox: Outbox
}) {
  const store = createProjectsStore(db)

  const open = async (secret: string) => {
    const invitation = await store.openInvitation(sha256Hex(secret), clock.now())
    if (!invitation) throw new LabError('LINK_EXPIRED')
    return invitation
  }

  return {
    list: async (actor: Actor, project: ProjectRef): Promise<Invitation[]> => {
      const rows = await store.invitations(policy.writeMembers(actor, project.id), project.id, clock.now())
      const people = await access.people(rows.flatMap((row) => [row.created_by, row.accepted_by]))
      return rows.map((row) => present(row, people))
    },

    invite: async (
      actor: Actor,
      project: ProjectRef,
      input: { role: Role; expiresInDays: number },
    ): Promise<Invitation & { secret: string }> => {
      policy.writeMembers(actor, project.id)
      const secret = randomSecret()
      const now = clock.now()
      const row = {
        id: newId(),
        project_id: project.id,
        role: input.role,
        created_by: actor.principalId,
        created_at: now,
        expires_at: now + input.expiresInDays * DAY_MS,
      }
      await outbox.commit(
        [store.inviteStep({ ...row, secret_hash: sha256Hex(secret) })],
        [
          {
            type: 'invitation.created',
            projectId: project.id,
            subject: { kind: 'invitation', id: row.id },
            actorId: actor.principalId,
            payload: { role: input.role },
          },
        ],
      )
      return { ...present({ ...row, accepted_by: null }, await access.people([actor.principalId])), secret }
    },

    withdraw: async (actor: Actor, project: ProjectRef, id: string): Promise<void> => {
      const visible = policy.writeMembers(actor, project.id)
      try {
        await outbox.commit(
          [store.withdrawStep(visible, project.id, id, clock.now())],
          [
            {
              type: 'invitation.withdrawn',
              projectId: project.id,
              subject: { kind: 'invitation', id },
              actorId: actor.principalId,
            },
          ],
        )
      } catch (error) {
        if (error instanceof ExpectationError)
          throw new LabError('NOT_FOUND', { what: 'open invitation' }, { cause: error })
        throw error
      }
    },

    /** Could somebody join with this now? */
    holds: async (secret: string): Promise<boolean> =>
      (await store.openInvitation(sha256Hex(secret), clock.now())) !== undefined,

    look: async (secret: string) => {
      const invitation = await open(secret)
      const people = await access.people([invitation.created_by])
      return {
        project: invitation.name,
        role: invitation.role,
        invitedBy: people.get(invitation.created_by)?.name ?? 'somebody',
        expiresAt: isoTime(invitation.expires_at),
      }
    },

    /** Joins, and answers the id of the project. A higher role that one has already is kept. */
    accept: async (actor: Actor, secret: string): Promise<string> => {
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'Only people join projects.' })
      const invitation = await open(secret)
      const now = clock.now()
      const current = roleIn(actor, invitation.project_id)
      const role = current && atLeast(current, invitation.role) ? current : invitation.role
      try {
        await outbox.commit(
          [
            access.store.bumpStep(),
            store.acceptStep(invitation.id, actor.principalId, now),
            access.store.setMemberStep(invitation.project_id, actor.principalId, role, now),
          ],
          [
            {
              type: 'member.joined',
              projectId: invitation.project_id,
              subject: { kind: 'project', id: invitation.project_id },
              actorId: actor.principalId,
              payload: { role },
            },
          ],
        )
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('LINK_EXPIRED', {}, { cause: error })
        throw error
      }
      access.changed()
      return invitation.project_id
    },
  }
}

function present(row: InvitationRow, people: ReadonlyMap<string, Person>): Invitation {
  const unknown = { name: 'somebody who left', username: null }
  return {
    id: row.id,
    role: row.role,
    createdBy: people.get(row.created_by) ?? { id: row.created_by, ...unknown },
    createdAt: isoTime(row.created_at),
    expiresAt: isoTime(row.expires_at),
    acceptedBy: row.accepted_by === null ? null : (people.get(row.accepted_by) ?? { id: row.accepted_by, ...unknown }),
  }
}
