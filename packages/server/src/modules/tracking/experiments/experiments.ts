import { LabError, type Experiment } from '@mllab/contract'
import { isoTime, isPortError, retry } from '@mllab/kernel'

import type { NewEvent } from '../../../core/outbox.ts'
import { pageOf, readCursor, type PageRequest } from '../../../core/pages.ts'
import { ExpectationError } from '../../../ports/database.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid } from '../values.ts'
import { createExperimentsStore, type ExperimentRow, type Lifecycle } from './experiments.store.ts'

export type Experiments = ReturnType<typeof createExperiments>
export interface ExperimentWithTags extends ExperimentRow {
  readonly tags: readonly { readonly key: string; readonly value: string }[]
}

/** Experiments: where runs are gathered. Numbered per project from 0; `Default` has number 0 and is always there. */
export function createExperiments({ db, clock, outbox, keepDeletedMs }: TrackingContext) {
  const store = createExperimentsStore(db)
  const withDefault = new Set<string>()

  /** `Default` is made when a project's experiments are first looked at: one conditional insert, whoever comes first. */
  const ensureDefault = async (projectId: string) => {
    if (withDefault.has(projectId)) return
    await db.batch([store.defaultStep(projectId, clock.now())])
    if (withDefault.size > 10_000) withDefault.clear()
    withDefault.add(projectId)
  }

  const present = async (actor: Actor, rows: readonly ExperimentRow[]): Promise<Experiment[]> => {
    const counts = await store.runCounts(rows.map(({ ref }) => ref))
    return rows.map((row) => ({
      number: row.number,
      name: row.name,
      runs: counts.get(row.ref) ?? 0,
      createdAt: isoTime(row.created_at),
      updatedAt: isoTime(row.updated_at),
      deleted: row.deleted_at !== null,
      can: policy.canExperiment(actor, row.project_id, row.deleted_at !== null),
    }))
  }

  const presentOne = async (actor: Actor, row: ExperimentRow): Promise<Experiment> => {
    const [experiment] = await present(actor, [row])
    if (!experiment) throw new Error('one row gives one experiment')
    return experiment
  }

  /** Deleted ones too. Throws `NOT_FOUND`. */
  const find = async (actor: Actor, project: ProjectRef, number: number): Promise<ExperimentRow> => {
    const visible = policy.readRuns(actor, project.id)
    await ensureDefault(project.id)
    const row = Number.isSafeInteger(number) ? await store.byNumber(visible, project.id, number) : undefined
    if (!row) throw new LabError('NOT_FOUND', { what: `experiment ${number}` })
    return row
  }

  const changed = (
    type: NewEvent['type'],
    actor: Actor,
    row: Pick<ExperimentRow, 'project_id' | 'number' | 'name'>,
  ): NewEvent => ({
    type,
    projectId: row.project_id,
    subject: { kind: 'experiment', id: String(row.number) },
    actorId: actor.principalId,
    payload: { name: row.name },
  })

  const create = async (
    actor: Actor,
    project: ProjectRef,
    input: { name: string; tags?: readonly { key: string; value: string }[] },
  ): Promise<ExperimentRow> => {
    policy.writeRuns(actor, project.id)
    await ensureDefault(project.id)
    const name = checkName(input.name)
    const attempt = async () => {
      const number = await store.nextNumber(project.id)
      const [result] = await outbox.commit(store.createSteps(project.id, number, name, input.tags ?? [], clock.now()), [
        changed('experiment.created', actor, { project_id: project.id, number, name }),
      ])
      return result?.rows[0] as unknown as ExperimentRow // `returning` gave these columns
    }
    return nameTaken(name, () =>
      retry(attempt, {
        attempts: 10,
        firstDelayMs: 2,
        maxDelayMs: 100,
        when: (error) => isPortError(error, 'CONFLICT') && error.subjects.some((one) => one.endsWith('.number')),
      }),
    )
  }

  const rename = async (actor: Actor, project: ProjectRef, number: number, name: string): Promise<ExperimentRow> => {
    policy.writeRuns(actor, project.id)
    const row = await find(actor, project, number)
    if (row.deleted_at !== null) throw invalid('Cannot rename an experiment that was deleted.')
    const renamed = { ...row, name: checkName(name), updated_at: clock.now() }
    await nameTaken(name, () =>
      outbox.commit(
        [store.renameStep(row.ref, name, renamed.updated_at)],
        [changed('experiment.renamed', actor, renamed)],
      ),
    )
    return renamed
  }

  const remove = async (actor: Actor, project: ProjectRef, number: number): Promise<void> => {
    policy.writeRuns(actor, project.id)
    const row = await find(actor, project, number)
    await gone(row, () =>
      outbox.commit(store.deleteSteps(row.ref, clock.now()), [changed('experiment.deleted', actor, row)]),
    )
  }

  const restore = async (actor: Actor, project: ProjectRef, number: number): Promise<ExperimentRow> => {
    policy.writeRuns(actor, project.id)
    const row = await find(actor, project, number)
    const { deleted_at: deletedAt } = row
    if (deletedAt === null) return row
    await nameTaken(row.name, () =>
      gone(row, () =>
        outbox.commit(store.restoreSteps(row.ref, deletedAt, clock.now() - keepDeletedMs, clock.now()), [
          changed('experiment.restored', actor, row),
        ]),
      ),
    )
    return { ...row, deleted_at: null }
  }

  const withTags = async (rows: readonly ExperimentRow[]): Promise<ExperimentWithTags[]> => {
    const tags = await store.tags(rows.map(({ ref }) => ref))
    return rows.map((row) => ({ ...row, tags: tags.get(row.ref) ?? [] }))
  }

  return {
    store,
    ensureDefault,
    find,
    create,
    rename,
    remove,
    restore,
    withTags,

    list: async (
      actor: Actor,
      project: ProjectRef,
      request: PageRequest & { search?: string | undefined; deleted: boolean },
    ) => {
      const visible = policy.readRuns(actor, project.id)
      await ensureDefault(project.id)
      const list = ['experiments', project.id, request.search ?? '', request.deleted]
      const cursor = readCursor(request, list)
      const rows = await store.list(
        visible,
        project.id,
        { search: request.search, lifecycle: request.deleted ? 'deleted' : 'living' },
        request.limit + 1,
        cursor && [Number(cursor[0]), Number(cursor[1])],
      )
      const page = pageOf(
        rows,
        request,
        list,
        (row) => [row.updated_at, row.ref],
        (row) => row,
      )
      return {
        items: await present(actor, page.items),
        next: page.next,
        can: policy.canList(actor, 'runs:write', project.id),
      }
    },

    get: async (actor: Actor, project: ProjectRef, number: number) =>
      presentOne(actor, await find(actor, project, number)),

    present: presentOne,

    /** Numbers by inner number, for what belongs to an experiment of the project. */
    numbersOf: async (
      actor: Actor,
      project: ProjectRef,
      refs: readonly number[],
    ): Promise<ReadonlyMap<number, number>> => {
      const rows = await store.byRefs(policy.readRuns(actor, project.id), [...new Set(refs)])
      return new Map(rows.map(({ ref, number }) => [ref, number]))
    },

    byName: async (actor: Actor, project: ProjectRef, name: string): Promise<ExperimentRow | undefined> => {
      const visible = policy.readRuns(actor, project.id)
      await ensureDefault(project.id)
      return store.byName(visible, project.id, name)
    },

    /** Every experiment of the project with its tags, by number. */
    all: async (actor: Actor, project: ProjectRef, lifecycle: Lifecycle): Promise<ExperimentWithTags[]> => {
      const visible = policy.readRuns(actor, project.id)
      await ensureDefault(project.id)
      return withTags(await store.all(visible, project.id, lifecycle))
    },

    setTag: async (actor: Actor, project: ProjectRef, number: number, key: string, value: string): Promise<void> => {
      policy.writeRuns(actor, project.id)
      const row = await find(actor, project, number)
      if (row.deleted_at !== null) throw invalid(`The experiment ${number} must be in the 'active' state.`)
      await db.batch([store.setTagStep(row.ref, key, value), store.touchStep(row.ref, clock.now())])
    },

    deleteTag: async (actor: Actor, project: ProjectRef, number: number, key: string): Promise<void> => {
      policy.writeRuns(actor, project.id)
      const row = await find(actor, project, number)
      try {
        await db.batch([store.deleteTagStep(row.ref, key)])
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: `tag ${key}` }, { cause: error })
        throw error
      }
    },
  }
}

/** MLflow's limit; our own API allows less. */
function checkName(name: string): string {
  if (name.trim() === '') throw invalid(`Invalid experiment name: '${name}'`)
  if (name.length > 500) throw invalid(`'name' exceeds the maximum length of 500 characters`)
  return name
}

async function nameTaken<T>(name: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (isPortError(error, 'CONFLICT')) throw new LabError('NAME_TAKEN', { what: 'experiment', name }, { cause: error })
    throw error
  }
}

async function gone<T>(row: ExperimentRow, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError)
      throw new LabError('NOT_FOUND', { what: `experiment ${row.number}` }, { cause: error })
    throw error
  }
}
