import { isLabError, LabError, type Model } from '@mllab/contract'
import { isoTime, isPortError, newId } from '@mllab/kernel'

import type { NewEvent } from '../../../core/outbox.ts'
import { pageOf, pageOfFound, readCursor, type PageRequest } from '../../../core/pages.ts'
import { ExpectationError } from '../../../ports/database.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { parseFilter, parseSort } from '../search/grammar.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { checkAlias, checkName, checkTag } from './registry.rules.ts'
import { registeredModelSort, registeredModelWords } from './registry.search.ts'
import { createRegistryStore, type AliasRow, type RegisteredModelRow } from './registry.store.ts'
import { createVersionsStore, type NamedVersionRow } from './versions.store.ts'

export interface FullModel extends RegisteredModelRow {
  readonly tags: readonly KeyValue[]
  readonly aliases: readonly AliasRow[]
  /** The newest version of each stage. */
  readonly latest: readonly NamedVersionRow[]
}

/** Services that serve a model, or one version of it. The services module answers; without it there are none. */
export type ServicesOf = (
  projectId: string,
  model: string,
  version?: number,
) => Promise<readonly { readonly slug: string; readonly name: string }[]>

export type Registry = ReturnType<typeof createRegistry>

/** Registered models: names under which versions are published, with aliases that point at one of them. */
export function createRegistry(
  { db, clock, outbox, frozen }: TrackingContext,
  { servicesOf }: { servicesOf: ServicesOf },
) {
  const store = createRegistryStore(db)
  const versions = createVersionsStore(db)

  /** Throws `NOT_FOUND`. */
  const find = async (actor: Actor, project: ProjectRef, name: string): Promise<RegisteredModelRow> => {
    const row = await store.byName(policy.readModels(actor, project.id), project.id, name)
    if (!row) throw new LabError('NOT_FOUND', { what: `model ${name.slice(0, 256)}` })
    return row
  }

  const findForWriting = (actor: Actor, project: ProjectRef, name: string): Promise<RegisteredModelRow> => {
    policy.writeModels(actor, project.id)
    return find(actor, project, name)
  }

  const changed = (
    type: NewEvent['type'],
    actor: Actor,
    row: Pick<RegisteredModelRow, 'project_id' | 'name'>,
    payload: Record<string, unknown> = {},
  ): NewEvent => ({
    type,
    projectId: row.project_id,
    subject: { kind: 'model', id: row.name },
    actorId: actor.principalId,
    payload,
  })

  const present = async (actor: Actor, projectId: string, rows: readonly RegisteredModelRow[]): Promise<Model[]> => {
    const ids = rows.map(({ id }) => id)
    const visible = { projects: [projectId] }
    const [counts, aliases] = await Promise.all([versions.counts(visible, ids), store.aliases(ids)])
    return rows.map((row) => ({
      name: row.name,
      description: row.description,
      latest: counts.get(row.id)?.latest ?? null,
      versions: counts.get(row.id)?.versions ?? 0,
      aliases: (aliases.get(row.id) ?? []).map(({ alias, version }) => ({ alias, version })),
      createdAt: isoTime(row.created_at),
      updatedAt: isoTime(row.updated_at),
      can: policy.canModel(actor, row.project_id),
    }))
  }

  const hydrate = async (rows: readonly RegisteredModelRow[]): Promise<FullModel[]> => {
    const ids = rows.map(({ id }) => id)
    const [tags, aliases, latest] = await Promise.all([
      store.tags(ids),
      store.aliases(ids),
      versions.latestOfStages({ projects: [...new Set(rows.map((row) => row.project_id))] }, ids),
    ])
    const byModel = Map.groupBy(latest, (row) => row.model_id)
    return rows.map((row) => ({
      ...row,
      tags: tags.get(row.id) ?? [],
      aliases: aliases.get(row.id) ?? [],
      latest: byModel.get(row.id) ?? [],
    }))
  }

  const get = async (actor: Actor, project: ProjectRef, name: string): Promise<Model> => {
    const [model] = await present(actor, project.id, [await find(actor, project, name)])
    if (!model) throw new Error('one row gives one model')
    return model
  }

  const create = async (
    actor: Actor,
    project: ProjectRef,
    input: { name: string; description: string; tags: readonly KeyValue[] },
  ): Promise<RegisteredModelRow> => {
    policy.writeModels(actor, project.id)
    const now = clock.now()
    const row = {
      id: newId(now),
      project_id: project.id,
      name: checkName(input.name),
      description: input.description,
      last_version: 0,
      created_by: actor.principalId,
      created_at: now,
      updated_at: now,
    }
    await nameTaken(row.name, () =>
      outbox.commit(store.createSteps(row, input.tags), [changed('model.created', actor, row)]),
    )
    return row
  }

  return {
    store,
    find,
    findForWriting,
    changed,
    hydrate,
    create,
    get,

    /** Creates it unless it is there. */
    ensure: async (actor: Actor, project: ProjectRef, name: string): Promise<void> => {
      try {
        await create(actor, project, { name, description: '', tags: [] })
      } catch (error) {
        if (!isLabError(error, 'NAME_TAKEN')) throw error
      }
    },

    full: async (actor: Actor, project: ProjectRef, name: string): Promise<FullModel> => {
      const [model] = await hydrate([await find(actor, project, name)])
      if (!model) throw new Error('one row gives one model')
      return model
    },

    list: async (actor: Actor, project: ProjectRef, request: PageRequest & { search?: string | undefined }) => {
      const visible = policy.readModels(actor, project.id)
      const list = ['models', project.id, request.search ?? '']
      const cursor = readCursor(request, list)
      const rows = await store.list(
        visible,
        project.id,
        request.search || undefined,
        request.limit + 1,
        cursor && String(cursor[0]),
      )
      const page = pageOf(
        rows,
        request,
        list,
        (row) => [row.name],
        (row) => row,
      )
      return {
        items: await present(actor, project.id, page.items),
        next: page.next,
        can: policy.canList(actor, 'models:write', project.id),
      }
    },

    search: async (
      actor: Actor,
      project: ProjectRef,
      request: PageRequest & { filter: string | undefined; orderBy: readonly string[] },
    ): Promise<{ models: FullModel[]; next: string | null }> => {
      const visible = policy.readModels(actor, project.id)
      const list = ['registered models', project.id, request.filter ?? '', request.orderBy]
      const found = await store.search(
        visible,
        project.id,
        parseFilter(request.filter, registeredModelWords),
        registeredModelSort(request.orderBy.map((order) => parseSort(order, registeredModelWords))),
        { after: readCursor(request, list), limit: request.limit + 1 },
      )
      const page = pageOfFound(found, request, list)
      return { models: await hydrate(page.items.map(({ row }) => row)), next: page.next }
    },

    update: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      change: { name?: string | undefined; description?: string | undefined },
    ): Promise<RegisteredModelRow> => {
      const row = await findForWriting(actor, project, name)
      const values = {
        ...(change.name === undefined ? {} : { name: checkName(change.name) }),
        ...(change.description === undefined ? {} : { description: change.description }),
        updated_at: clock.now(),
      }
      const next = { ...row, ...values }
      await nameTaken(next.name, () =>
        outbox.commit(
          [store.updateStep(row.id, values), frozen.renameStep(row.id, next.name)],
          [changed(next.name === row.name ? 'model.changed' : 'model.renamed', actor, next, { from: row.name })],
        ),
      )
      return next
    },

    /** With its versions. Throws `CONFLICT` while a service serves one of them. */
    remove: async (actor: Actor, project: ProjectRef, name: string): Promise<void> => {
      const row = await findForWriting(actor, project, name)
      const [service] = await servicesOf(project.id, row.name)
      if (service) throw new LabError('CONFLICT', { reason: `The service ${service.name} serves this model.` })
      const now = clock.now()
      await outbox.commit(
        [...store.deleteSteps(row.id, now), frozen.removeStep(row.id, now)],
        [changed('model.deleted', actor, row)],
      )
    },

    setTag: async (actor: Actor, project: ProjectRef, name: string, tag: KeyValue): Promise<void> => {
      const row = await findForWriting(actor, project, name)
      await db.batch([store.tagStep(row.id, checkTag(tag)), store.updateStep(row.id, { updated_at: clock.now() })])
    },

    deleteTag: async (actor: Actor, project: ProjectRef, name: string, key: string): Promise<void> => {
      const row = await findForWriting(actor, project, name)
      await db.batch([store.deleteTagStep(row.id, key)])
    },

    setAlias: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      alias: string,
      version: number,
    ): Promise<void> => {
      const row = await findForWriting(actor, project, name)
      const now = clock.now()
      try {
        await outbox.commit(
          [
            ...store.setAliasSteps(row.id, checkAlias(alias), version, now),
            store.updateStep(row.id, { updated_at: now }),
          ],
          [changed('model.alias_set', actor, row, { alias, version })],
        )
      } catch (error) {
        if (error instanceof ExpectationError)
          throw new LabError('NOT_FOUND', { what: `version ${version} of ${row.name}` }, { cause: error })
        throw error
      }
    },

    /** Removing one that is not there succeeds. */
    removeAlias: async (actor: Actor, project: ProjectRef, name: string, alias: string): Promise<void> => {
      const row = await findForWriting(actor, project, name)
      await outbox.commit(
        [store.deleteAliasStep(row.id, alias)],
        [changed('model.alias_removed', actor, row, { alias })],
      )
    },
  }
}

async function nameTaken<T>(name: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (isPortError(error, 'CONFLICT')) throw new LabError('NAME_TAKEN', { what: 'model', name }, { cause: error })
    if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: `model ${name}` }, { cause: error })
    throw error
  }
}
