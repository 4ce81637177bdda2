import { LabError, type LoggedModel } from '@mllab/contract'
import { newId } from '@mllab/kernel'

import { pageOfFound, readCursor, type PageRequest } from '../../../core/pages.ts'
import { ExpectationError } from '../../../ports/database.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { Experiments } from '../experiments/experiments.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { newRunName } from '../runs/run-names.ts'
import { createRunsStore, type RunRow } from '../runs/runs.store.ts'
import { parseFilter, parseSort } from '../search/grammar.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid, runIdFromWire, wireRunId } from '../values.ts'
import { loggedModelWords } from './logged-models.search.ts'
import {
  createLoggedModelsStore,
  type LoggedModelRow,
  type ModelMetricRow,
  type Registration,
} from './logged-models.store.ts'

export interface FullLoggedModel extends LoggedModelRow {
  readonly experimentNumber: number
  /** Without dashes. */
  readonly runId: string | null
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  readonly metrics: readonly ModelMetricRow[]
  readonly registrations: readonly Registration[]
}

export const loggedModelStatuses = ['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'] as const
const MOST_PARAMS = 1000

export type LoggedModels = ReturnType<typeof createLoggedModels>

/** Models as MLflow 3 logs them: things of an experiment with files of their own, which a registered version points at. */
export function createLoggedModels(
  { db, clock, outbox }: TrackingContext,
  { experiments }: { experiments: Experiments },
) {
  const store = createLoggedModelsStore(db)
  const runsStore = createRunsStore(db)

  const hydrate = async (rows: readonly LoggedModelRow[]): Promise<FullLoggedModel[]> => {
    if (rows.length === 0) return []
    const ids = rows.map(({ id }) => id)
    const visible = { projects: [...new Set(rows.map((row) => row.project_id))] }
    const runRefs = [...new Set(rows.flatMap(({ run }) => run ?? []))]
    const [params, tags, metrics, registrations, experimentRows, runRows] = await Promise.all([
      store.params(ids),
      store.tags(ids),
      store.metrics(ids),
      store.registrations(ids),
      experiments.store.byRefs(visible, [...new Set(rows.map(({ experiment }) => experiment))]),
      runsStore.byRefs(visible, runRefs),
    ])
    const numbers = new Map(experimentRows.map(({ ref, number }) => [ref, number]))
    const runIds = new Map(runRows.map(({ ref, id }) => [ref, wireRunId(id)]))
    return rows.map((row) => ({
      ...row,
      experimentNumber: numbers.get(row.experiment) ?? 0,
      runId: row.run === null ? null : (runIds.get(row.run) ?? null),
      params: params.get(row.id) ?? [],
      tags: tags.get(row.id) ?? [],
      metrics: metrics.get(row.id) ?? [],
      registrations: registrations.get(row.id) ?? [],
    }))
  }

  const hydrateOne = async (row: LoggedModelRow): Promise<FullLoggedModel> => {
    const [full] = await hydrate([row])
    if (!full) throw new Error('one row gives one model')
    return full
  }

  /** Throws `NOT_FOUND`, also for one that was deleted. */
  const find = async (
    actor: Actor,
    project: ProjectRef,
    id: string,
    options: { deleted?: boolean } = {},
  ): Promise<LoggedModelRow> => {
    const row = await store.get(policy.readRuns(actor, project.id), project.id, id.slice(0, 100))
    if (!row || (row.deleted_at !== null && !options.deleted))
      throw new LabError('NOT_FOUND', { what: `logged model ${id.slice(0, 100)}` })
    return row
  }

  const findForWriting = (actor: Actor, project: ProjectRef, id: string): Promise<LoggedModelRow> => {
    policy.writeRuns(actor, project.id)
    return find(actor, project, id)
  }

  const event = (
    type: 'logged_model.created' | 'logged_model.changed' | 'logged_model.deleted',
    actor: Actor,
    row: LoggedModelRow,
  ) => ({
    type,
    projectId: row.project_id,
    subject: { kind: 'logged_model', id: row.id },
    actorId: actor.principalId,
    payload: { name: row.name, status: row.status },
  })

  return {
    store,
    find,
    hydrate,

    get: async (actor: Actor, project: ProjectRef, id: string, options: { deleted?: boolean } = {}) =>
      hydrateOne(await find(actor, project, id, options)),

    create: async (
      actor: Actor,
      project: ProjectRef,
      input: {
        experiment: number
        name: string | undefined
        type: string
        runId: string | undefined
        params: readonly KeyValue[]
        tags: readonly KeyValue[]
      },
    ): Promise<FullLoggedModel> => {
      policy.writeRuns(actor, project.id)
      const experiment = await experiments.find(actor, project, input.experiment)
      if (experiment.deleted_at !== null)
        throw invalid(`The experiment ${input.experiment} must be in the 'active' state. Current state is deleted.`)
      const run = input.runId ? await sourceRun(actor, project, input.runId) : undefined
      if (input.params.length > MOST_PARAMS) throw invalid(`A model has at most ${MOST_PARAMS} params.`)
      const now = clock.now()
      const row: LoggedModelRow = {
        id: `m-${newId(now).replaceAll('-', '')}`,
        project_id: project.id,
        experiment: experiment.ref,
        run: run?.ref ?? null,
        name: checkName(input.name || newRunName()),
        type: input.type,
        status: 'LOGGED_MODEL_PENDING',
        status_message: '',
        created_by: actor.principalId,
        created_at: now,
        updated_at: now,
        deleted_at: null,
      }
      await outbox.commit(store.createSteps(row, input.params, input.tags), [event('logged_model.created', actor, row)])
      return hydrateOne(row)
    },

    finalize: async (actor: Actor, project: ProjectRef, id: string, status: string): Promise<FullLoggedModel> => {
      const row = await findForWriting(actor, project, id)
      if (!loggedModelStatuses.some((one) => one === status)) throw invalid(`Invalid model status: ${status}`)
      const next = { ...row, status, updated_at: clock.now() }
      await outbox.commit(
        [store.updateStep(id, { status, updated_at: next.updated_at })],
        [event('logged_model.changed', actor, next)],
      )
      return hydrateOne(next)
    },

    remove: async (actor: Actor, project: ProjectRef, id: string): Promise<void> => {
      const row = await findForWriting(actor, project, id)
      const now = clock.now()
      await outbox.commit(
        [store.updateStep(id, { deleted_at: now, updated_at: now })],
        [event('logged_model.deleted', actor, row)],
      )
    },

    setTags: async (actor: Actor, project: ProjectRef, id: string, tags: readonly KeyValue[]) => {
      const row = await findForWriting(actor, project, id)
      await db.batch(tags.map((tag) => store.tagStep(id, tag)))
      return hydrateOne(row)
    },

    deleteTag: async (actor: Actor, project: ProjectRef, id: string, key: string): Promise<void> => {
      await findForWriting(actor, project, id)
      try {
        await db.batch([store.deleteTagStep(id, key)])
      } catch (error) {
        if (error instanceof ExpectationError)
          throw new LabError('NOT_FOUND', { what: `tag ${key} of the model` }, { cause: error })
        throw error
      }
    },

    logParams: async (actor: Actor, project: ProjectRef, id: string, params: readonly KeyValue[]): Promise<void> => {
      await findForWriting(actor, project, id)
      if (params.length > MOST_PARAMS) throw invalid(`A model has at most ${MOST_PARAMS} params.`)
      await db.batch(params.map((param) => store.paramStep(id, param)))
    },

    search: async (
      actor: Actor,
      project: ProjectRef,
      request: PageRequest & {
        experiments: readonly number[]
        filter: string | undefined
        datasets: readonly { name: string; digest: string | undefined }[]
        orderBy: readonly { field: string; ascending: boolean }[]
      },
    ): Promise<{ models: FullLoggedModel[]; next: string | null }> => {
      const visible = policy.readRuns(actor, project.id)
      const { cursor: _, limit: __, ...asked } = request
      const list = ['logged models', project.id, asked]
      const after = readCursor(request, list)
      const rows = await experiments.store.byNumbers(visible, project.id, request.experiments)
      const found = await store.search(
        rows.map(({ ref }) => ref),
        parseFilter(request.filter, loggedModelWords),
        request.datasets,
        request.orderBy.map(({ field, ascending }) => ({ ...parseSort(field, loggedModelWords), ascending })),
        { after, limit: request.limit + 1 },
      )
      const page = pageOfFound(found, request, list)
      return { models: await hydrate(page.items.map(({ row }) => row)), next: page.next }
    },

    /** For the page of a run, which the caller was allowed to read. */
    ofRun: async (run: RunRow): Promise<LoggedModel[]> => {
      const rows = await store.ofRun(run.ref)
      const registrations = await store.registrations(rows.map(({ id }) => id))
      return rows.map(({ id, name, status }) => ({
        id,
        name,
        status: status.replace('LOGGED_MODEL_', '').toLowerCase(),
        registered: (registrations.get(id) ?? []).map((one) => ({ name: one.name, version: one.version })),
      }))
    },
  }

  async function sourceRun(actor: Actor, project: ProjectRef, wireId: string): Promise<RunRow> {
    const id = runIdFromWire(wireId)
    const row = id && (await runsStore.get(policy.readRuns(actor, project.id), project.id, id))
    if (!row) throw new LabError('NOT_FOUND', { what: `run ${wireId.slice(0, 50)}` })
    return row
  }
}

/** MLflow: a model's name stands in addresses such as `models:/name/1`. */
function checkName(name: string): string {
  if (/[/:.%"']/.test(name))
    throw invalid(
      `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
  return name
}
