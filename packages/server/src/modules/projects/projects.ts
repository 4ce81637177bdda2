import { atLeast, LabError, reservedProjectSlugs, type Member, type Project, type Role } from '@mllab/contract'
import { isoTime, isPortError, newId, slugFrom, type Clock } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import type { Operations } from '../../core/operations.ts'
import { pageOf, readCursor, type PageRequest } from '../../core/pages.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import { requireScope, roleIn, type Access, type Actor, type Person, type ProjectRef } from '../access/access.ts'
import { createPersonalProjects } from './personal.ts'
import { projectsPolicy as policy } from './projects.policy.ts'
import { createProjectsStore, type MemberRow, type ProjectRow, type ProjectSort } from './projects.store.ts'

export interface ProjectsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly outbox: Outbox
  readonly operations: Operations
}

export type Projects = ReturnType<typeof createProjects>

const SLUG_TRIES = 50

/** Projects: the walls between teams. Names, members, deletion. */
export function createProjects({ db, clock, access, outbox, operations }: ProjectsOptions) {
  const store = createProjectsStore(db)
  const located = new Map<string, ProjectRef>()

  const present = (actor: Actor, row: ProjectRow, createdBy: Person | undefined): Project => ({
    id: row.id,
    slug: row.slug,
    name: row.name,
    description: row.description,
    personal: row.personal_of !== null,
    role: roleIn(actor, row.id) ?? 'viewer',
    version: row.version,
    createdAt: isoTime(row.created_at),
    updatedAt: isoTime(row.updated_at),
    createdBy: createdBy ?? { id: row.created_by, name: 'somebody who left', username: null },
    can: policy.can(actor, row.id),
  })

  const presentOne = async (actor: Actor, row: ProjectRow) =>
    present(actor, row, (await access.people([row.created_by])).get(row.created_by))

  const freeSlug = async (wanted: string): Promise<string> => {
    const base = reservedProjectSlugs.includes(wanted) ? `${wanted}-1`.slice(0, 40) : wanted
    for (let n = 1; n <= SLUG_TRIES; n += 1) {
      const candidate = n === 1 ? base : `${base.slice(0, 40 - String(n).length - 1)}-${n}`
      if (!(await store.slugTaken(candidate))) return candidate
    }
    return `${base.slice(0, 27)}-${newId().slice(-12)}`
  }

  const personal = createPersonalProjects({ clock, access, outbox, store, freeSlug })

  const get = async (actor: Actor, project: ProjectRef): Promise<ProjectRow> => {
    const row = await store.get(policy.read(actor, project.id), project.id)
    if (!row) throw new LabError('NOT_FOUND', { what: 'project' })
    return row
  }

  const changed = (
    type: NewEvent['type'],
    project: ProjectRef,
    actor: Actor,
    payload: Record<string, unknown> = {},
  ): NewEvent => ({
    type,
    projectId: project.id,
    subject: { kind: 'project', id: project.id },
    actorId: actor.principalId,
    payload,
  })

  return {
    /** The project of an address. Throws `NOT_FOUND` unless the actor is a member, so that a slug reveals nothing. */
    resolve: async (actor: Actor, slug: string): Promise<ProjectRef> => {
      let project = located.get(slug)
      if (!project) {
        project = await store.locate(slug)
        if (!project) throw new LabError('NOT_FOUND', { what: 'project' })
        if (located.size > 10_000) located.clear()
        located.set(slug, project)
      }
      if (actor.kind !== 'system' && !actor.roles.has(project.id)) throw new LabError('NOT_FOUND', { what: 'project' })
      return project
    },

    ...personal,
    slugOf: (id: string) => store.slug(id),
    livingStep: store.livingStep,

    list: async (actor: Actor, request: PageRequest & { search?: string | undefined; sort: ProjectSort }) => {
      const list = ['projects', request.search ?? '', request.sort]
      const cursor = readCursor(request, list)
      const rows = await store.list(
        policy.visible(actor),
        request,
        request.limit + 1,
        cursor && [cursor[0] ?? '', String(cursor[1])],
      )
      const people = await access.people(rows.map((row) => row.created_by))
      const sortValue = (row: ProjectRow) => (request.sort === 'name' ? row.name : row.created_at)
      const page = pageOf(
        rows,
        request,
        list,
        (row) => [sortValue(row), row.id],
        (row) => present(actor, row, people.get(row.created_by)),
      )
      return { ...page, can: actor.scopes === 'all' || actor.scopes.has('projects:create') ? ['projects:create'] : [] }
    },

    /** A taken slug gets a suffix: an answer that said so would reveal the project that has it. */
    create: async (
      actor: Actor,
      input: { name: string; slug?: string | undefined; description: string },
    ): Promise<Project> => {
      policy.create(actor)
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'Only people own projects.' })
      if (input.slug && reservedProjectSlugs.includes(input.slug))
        throw new LabError('RESERVED_NAME', { name: input.slug })
      const now = clock.now()
      const row = {
        id: newId(),
        slug: await freeSlug(input.slug ?? slugFrom(input.name) ?? 'project'),
        name: input.name,
        description: input.description,
        personal_of: null,
        created_by: actor.principalId,
        created_at: now,
      }
      await outbox.commit(
        [
          access.store.bumpStep(),
          access.store.createPrincipalStep(row.id, 'service', now),
          store.createStep(row),
          access.store.setMemberStep(row.id, actor.principalId, 'owner', now),
        ],
        [changed('project.created', row, actor, { name: row.name, slug: row.slug })],
      )
      access.changed()
      const owner: Actor = { ...actor, roles: new Map([...actor.roles, [row.id, 'owner']]) }
      return presentOne(owner, { ...row, version: 1, updated_at: now })
    },

    /** The personal project of the actor, made at first need. */
    openPersonal: async (actor: Actor): Promise<Project> => {
      const project = await personal.personal(actor)
      // He owns it since a moment ago.
      const self = actor.roles.has(project.id) ? actor : await access.refresh(actor)
      return presentOne(self, await get(self, project))
    },

    get: async (actor: Actor, project: ProjectRef): Promise<Project> => presentOne(actor, await get(actor, project)),

    update: async (
      actor: Actor,
      project: ProjectRef,
      input: { name?: string | undefined; description?: string | undefined },
      ifVersion: number | undefined,
    ): Promise<Project> => {
      const visible = policy.write(actor, project.id)
      const change = {
        ...(input.name !== undefined ? { name: input.name } : {}),
        ...(input.description !== undefined ? { description: input.description } : {}),
      }
      try {
        const [result] = await outbox.commit(
          [store.updateStep(visible, project.id, change, ifVersion, clock.now())],
          [changed('project.changed', project, actor, change)],
        )
        return await presentOne(actor, result?.rows[0] as unknown as ProjectRow) // `returning` gave these columns
      } catch (error) {
        if (!(error instanceof ExpectationError)) throw error
        const now = await get(actor, project)
        throw new LabError('VERSION_MISMATCH', { expected: ifVersion ?? 0, actual: now.version }, { cause: error })
      }
    },

    /** Gone for everybody at once; a background operation stops and removes what it held. */
    remove: async (actor: Actor, project: ProjectRef): Promise<void> => {
      const visible = policy.write(actor, project.id)
      const purge = operations.declare({
        kind: 'project.purge',
        subject: { kind: 'project', id: project.id },
        actorId: actor.principalId,
        steps: [],
        input: { projectId: project.id },
      })
      await notFound('project', () =>
        outbox.commit(
          [access.store.bumpStep(), store.deleteStep(visible, project.id, clock.now()), purge.step],
          [changed('project.deleted', project, actor)],
        ),
      )
      located.delete(project.slug)
      access.changed()
      operations.wake(purge.id)
    },

    members: async (actor: Actor, project: ProjectRef) => {
      const rows = await store.members(policy.readMembers(actor, project.id), project.id)
      const manages = policy.can(actor, project.id).includes('members:write')
      return rows.map((row) => presentMember(actor, row, manages))
    },

    setMember: async (actor: Actor, project: ProjectRef, username: string, role: Role): Promise<Member> => {
      policy.writeMembers(actor, project.id)
      const account = await access.store.accountByUsername(username)
      if (!account) throw new LabError('NOT_FOUND', { what: `user ${username}` })
      const now = clock.now()
      await keepingAnOwner(account.display_name, () =>
        outbox.commit(
          [
            access.store.bumpStep(),
            ...(atLeast(role, 'owner') ? [] : [access.store.anotherOwnerStep(project.id, account.principal_id)]),
            access.store.setMemberStep(project.id, account.principal_id, role, now),
          ],
          [changed('member.set', project, actor, { username: account.username, role })],
        ),
      )
      access.changed()
      return presentMember(
        actor,
        {
          principal_id: account.principal_id,
          username: account.username,
          display_name: account.display_name,
          role,
          created_at: now,
        },
        true,
      )
    },

    removeMember: async (actor: Actor, project: ProjectRef, username: string): Promise<void> => {
      policy.writeMembers(actor, project.id)
      const account = await access.store.accountByUsername(username)
      if (!account) throw new LabError('NOT_FOUND', { what: 'member' })
      await removeOne(actor, project, account.principal_id, account.display_name)
    },

    leave: async (actor: Actor, project: ProjectRef): Promise<void> => {
      policy.read(actor, project.id)
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'Only people are members.' })
      requireScope(actor, 'account:write')
      await removeOne(actor, project, actor.principalId, actor.name)
    },
  }

  async function removeOne(actor: Actor, project: ProjectRef, principalId: string, name: string) {
    await keepingAnOwner(name, () =>
      notFound('member', () =>
        outbox.commit(
          [
            access.store.bumpStep(),
            access.store.anotherOwnerStep(project.id, principalId),
            access.store.removeMemberStep(project.id, principalId),
          ],
          [changed('member.removed', project, actor, { principalId, name })],
        ),
      ),
    )
    access.changed()
  }
}

function presentMember(actor: Actor, row: MemberRow, manages: boolean): Member {
  return {
    person: { id: row.principal_id, name: row.display_name, username: row.username },
    role: row.role,
    since: isoTime(row.created_at),
    can: [...(manages ? ['change', 'remove'] : []), ...(row.principal_id === actor.principalId ? ['leave'] : [])],
  }
}

async function keepingAnOwner<T>(name: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError && error.step === 'another owner')
      throw new LabError('LAST_OWNER', { name }, { cause: error })
    throw error
  }
}

async function notFound<T>(what: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError && error.step !== 'another owner')
      throw new LabError('NOT_FOUND', { what }, { cause: error })
    if (isPortError(error, 'NOT_FOUND')) throw new LabError('NOT_FOUND', { what }, { cause: error })
    throw error
  }
}
