import { LabError, type Secret, type SecretUse } from '@mllab/contract'
import { crashPoint, isoTime, isoTimeOrNull, isPortError, newId, type Clock } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import type { Secrets as Seals } from '../../core/secrets.ts'
import { ExpectationError, type BatchStep, type Database } from '../../ports/database.ts'
import {
  may,
  requireIn,
  requireScope,
  type Access,
  type Actor,
  type Person,
  type ProjectRef,
} from '../access/access.ts'
import { createSecretsStore, type Keeper, type SecretRow, type UsedSecret } from './secrets.store.ts'

export interface NamedSecretsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly outbox: Outbox
  readonly seals: Seals
}

/** For whom secrets are looked up: a workload of a project, and the person whose workspace it is. */
export interface SecretBearer {
  readonly projectId: string
  /** Undefined for what is nobody's own: it gets secrets of its project only. */
  readonly ownerId: string | undefined
}

/** The values of a start, and which they were. */
export interface GivenSecrets {
  readonly values: readonly (SecretUse & { readonly value: string })[]
  readonly used: readonly UsedSecret[]
}

export type NamedSecrets = ReturnType<typeof createNamedSecrets>

const MASK = '********'
const TRIES = 4
const MOST = 1000

/** Secrets with names, of projects and of people: written, given to workloads, and never shown. */
export function createNamedSecrets({ db, clock, access, outbox, seals }: NamedSecretsOptions) {
  const store = createSecretsStore(db)

  const present = (row: SecretRow, people: ReadonlyMap<string, Person>, mayWrite: boolean): Secret => ({
    name: row.name,
    description: row.description,
    value: MASK,
    version: row.version,
    createdAt: isoTime(row.created_at),
    updatedAt: isoTime(row.updated_at),
    updatedBy: people.get(row.updated_by) ?? null,
    lastUsedAt: isoTimeOrNull(row.last_used_at),
    can: mayWrite ? ['change', 'delete'] : [],
  })

  const list = async (keeper: Keeper, mayWrite: boolean) => {
    const rows = await store.list(keeper)
    const people = await access.people(rows.map((row) => row.updated_by))
    return {
      items: rows.map((row) => present(row, people, mayWrite)),
      next: null,
      can: mayWrite ? ['create'] : [],
    }
  }

  const event = (type: NewEvent['type'], actor: Actor, keeper: Keeper, id: string, name: string): NewEvent => ({
    type,
    projectId: keeper.kind === 'project' ? keeper.projectId : undefined,
    subject: { kind: 'secret', id },
    actorId: actor.principalId,
    payload: { name },
  })

  const created = async (actor: Actor, keeper: Keeper, name: string, input: NewValue): Promise<SecretRow> => {
    if ((await store.list(keeper)).length >= MOST) throw new LabError('TOO_LARGE', { limit: `${MOST} secrets` })
    const now = clock.now()
    const row: SecretRow = {
      id: newId(),
      project_id: keeper.kind === 'project' ? keeper.projectId : null,
      owner_id: keeper.kind === 'user' ? keeper.ownerId : null,
      name,
      description: input.description ?? '',
      version: 1,
      created_at: now,
      updated_at: now,
      updated_by: actor.principalId,
      last_used_at: null,
    }
    await outbox.commit(
      [store.createStep(row), seals.sealStep(sealId(row.id), input.value)],
      [event('secret.created', actor, keeper, row.id, name)],
    )
    return row
  }

  const changed = async (actor: Actor, keeper: Keeper, known: SecretRow, input: NewValue): Promise<SecretRow> => {
    const change = {
      updatedBy: actor.principalId,
      nowMs: clock.now(),
      ...(input.description === undefined ? {} : { description: input.description }),
    }
    const [result] = await outbox.commit(
      [store.changeStep(known.id, change), seals.sealStep(sealId(known.id), input.value)],
      [event('secret.changed', actor, keeper, known.id, known.name)],
    )
    return result?.rows[0] as unknown as SecretRow // `returning` gave all columns
  }

  const put = async (actor: Actor, keeper: Keeper, name: string, input: NewValue): Promise<Secret> => {
    const people = await access.people([actor.principalId])
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const known = await store.byName(keeper, name)
      try {
        const row = known ? await changed(actor, keeper, known, input) : await created(actor, keeper, name, input)
        crashPoint('secret/stored')
        return present(row, people, true)
      } catch (error) {
        // Somebody made or deleted one of this name meanwhile.
        if (!isPortError(error, 'CONFLICT') && !(error instanceof ExpectationError)) throw error
      }
    }
    throw new LabError('CONFLICT', { reason: `${name} is being changed by others.` })
  }

  const remove = async (actor: Actor, keeper: Keeper, name: string): Promise<void> => {
    const row = await store.byName(keeper, name)
    if (!row) throw new LabError('NOT_FOUND', { what: 'secret' })
    try {
      await outbox.commit(
        [store.removeStep(row.id), seals.dropStep(sealId(row.id))],
        [event('secret.deleted', actor, keeper, row.id, name)],
      )
      crashPoint('secret/removed')
    } catch (error) {
      if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'secret' }, { cause: error })
      throw error
    }
  }

  const purge = async (ids: readonly string[]): Promise<void> => {
    // Somebody may delete one of them at the same moment.
    const removeStep = (id: string): BatchStep => ({ ...store.removeStep(id), expect: 'any' })
    if (ids.length > 0) await db.batch(ids.flatMap((id) => [removeStep(id), seals.dropStep(sealId(id))]))
  }

  const find = async (bearer: SecretBearer, use: SecretUse): Promise<SecretRow> => {
    const { projectId, ownerId } = bearer
    const row =
      use.from === 'project'
        ? await store.byName({ kind: 'project', seen: { projects: [projectId] }, projectId }, use.name)
        : ownerId === undefined
          ? undefined
          : await store.byName({ kind: 'user', ownerId }, use.name)
    if (!row)
      throw new LabError(
        'SECRET_UNKNOWN',
        { name: use.name, where: use.from === 'project' ? 'The project' : 'Its owner' },
        { fields: [{ field: 'body.secrets', message: `${use.name} is not there` }] },
      )
    return row
  }

  return {
    list: (actor: Actor, project: ProjectRef) =>
      list(
        { kind: 'project', seen: requireIn(actor, 'secrets:read', project.id), projectId: project.id },
        may(actor, 'secrets:write', project.id),
      ),
    put: (actor: Actor, project: ProjectRef, name: string, input: NewValue) =>
      put(
        actor,
        { kind: 'project', seen: requireIn(actor, 'secrets:write', project.id), projectId: project.id },
        name,
        input,
      ),
    remove: (actor: Actor, project: ProjectRef, name: string) =>
      remove(
        actor,
        { kind: 'project', seen: requireIn(actor, 'secrets:write', project.id), projectId: project.id },
        name,
      ),

    mine: (actor: Actor) => list(own(actor, 'account:read'), true),
    putMine: (actor: Actor, name: string, input: NewValue) => put(actor, own(actor, 'account:write'), name, input),
    removeMine: (actor: Actor, name: string) => remove(actor, own(actor, 'account:write'), name),

    /** Throws `SECRET_UNKNOWN` unless all of them are there. */
    check: async (bearer: SecretBearer, uses: readonly SecretUse[]): Promise<void> => {
      for (const use of uses) await find(bearer, use)
    },

    /** The values a workload is to be started with. Throws `SECRET_UNKNOWN`. */
    give: async (bearer: SecretBearer, uses: readonly SecretUse[]): Promise<GivenSecrets> => {
      const values: (SecretUse & { value: string })[] = []
      const used = new Map<string, UsedSecret>()
      for (const use of uses) {
        const { id, name, version } = await find(bearer, use)
        const value = await seals.open(sealId(id))
        if (value === undefined) throw new Error(`secret ${id} has no value`)
        values.push({ ...use, value })
        used.set(id, { id, name, version })
      }
      return { values, used: [...used.values()] }
    },

    /** Notes what a workload is started with; nothing when it is deleted. */
    useSteps: (workloadId: string, used: readonly UsedSecret[]): BatchStep[] =>
      store.useSteps(workloadId, used, clock.now()),

    /** By workload, names of secrets that are not what it was started with any more. */
    outdated: async (workloadIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
      const found = new Map<string, string[]>()
      if (workloadIds.length === 0) return found
      for (const { workload_id, name } of await store.outdated(workloadIds))
        found.set(workload_id, [...(found.get(workload_id) ?? []), name])
      return found
    },

    /** Part of the operation `project.purge`: repeatable. */
    purgeProject: async (projectId: string): Promise<void> => purge(await store.ofProject(projectId)),

    /** Part of the operation `account.purge`: repeatable. */
    purgePerson: async (ownerId: string): Promise<void> => purge(await store.ofPerson(ownerId)),
  }
}

interface NewValue {
  readonly value: string
  readonly description?: string | undefined
}

/** Only people have secrets of their own; a project's token reaches those of the project. */
function own(actor: Actor, scope: 'account:read' | 'account:write'): Keeper {
  requireScope(actor, scope)
  if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'Only people have secrets of their own.' })
  return { kind: 'user', ownerId: actor.principalId }
}

function sealId(id: string): string {
  return `secret:${id}`
}
