import { LabError, type Run, type RunSummary } from '@mllab/contract'
import { isoTime, isoTimeOrNull, newId } from '@mllab/kernel'

import type { NewEvent } from '../../../core/outbox.ts'
import { ExpectationError } from '../../../ports/database.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { Experiments } from '../experiments/experiments.ts'
import { logBatchLimits, type KeyValue } from '../metrics/log-batch.parse.ts'
import type { LoggedModels } from '../models/logged-models.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid, metricNumber, runIdFromWire, wireRunId } from '../values.ts'
import type { Inputs } from './inputs.ts'
import { newRunName } from './run-names.ts'
import { createRunsStore, type FullRun, type RunRow, type RunStatus } from './runs.store.ts'

export const RUN_NAME_TAG = 'mlflow.runName'
const ended: ReadonlySet<RunStatus> = new Set(['finished', 'failed', 'killed'])

export interface NewRun {
  readonly experiment: number
  readonly name: string | undefined
  readonly userName: string
  /** Epoch ms; now if absent. */
  readonly startedAt: number | undefined
  readonly tags: readonly KeyValue[]
}

export interface RunChange {
  readonly status?: RunStatus | undefined
  /** Epoch ms. Absent: now, if the new status ends the run. */
  readonly endedAt?: number | undefined
  readonly name?: string | undefined
}

export type Runs = ReturnType<typeof createRuns>

export function createRuns(
  { db, clock, access, outbox, trees, keepDeletedMs }: TrackingContext,
  { experiments, inputs, models }: { experiments: Experiments; inputs: Inputs; models: LoggedModels },
) {
  const store = createRunsStore(db)

  /** Deleted ones too. Takes the id with or without dashes. Throws `NOT_FOUND`. */
  const find = async (actor: Actor, project: ProjectRef, wireId: string): Promise<RunRow> => {
    const visible = policy.readRuns(actor, project.id)
    const id = runIdFromWire(wireId)
    const row = id === undefined ? undefined : await store.get(visible, project.id, id)
    if (!row) throw new LabError('NOT_FOUND', { what: `run ${wireId.slice(0, 50)}` })
    return row
  }

  /** For a change: the run must not be deleted. */
  const findActive = async (actor: Actor, project: ProjectRef, wireId: string): Promise<RunRow> => {
    policy.writeRuns(actor, project.id)
    const row = await find(actor, project, wireId)
    if (row.deleted_at !== null)
      throw invalid(`The run ${wireRunId(row.id)} must be in the 'active' state. Current state is deleted.`)
    return row
  }

  const changed = (
    type: NewEvent['type'],
    actor: Actor,
    row: Pick<RunRow, 'id' | 'project_id' | 'name'>,
  ): NewEvent => ({
    type,
    projectId: row.project_id,
    subject: { kind: 'run', id: wireRunId(row.id) },
    actorId: actor.principalId,
    payload: { name: row.name },
  })

  const create = async (actor: Actor, project: ProjectRef, input: NewRun): Promise<FullRun> => {
    policy.writeRuns(actor, project.id)
    const experiment = await experiments.find(actor, project, input.experiment)
    if (experiment.deleted_at !== null)
      throw invalid(`The experiment ${input.experiment} must be in the 'active' state. Current state is deleted.`)
    const name = nameOf(input)
    const now = clock.now()
    const row = {
      id: newId(now),
      project_id: project.id,
      experiment: experiment.ref,
      name,
      status: 'running' as const,
      user_name: input.userName,
      created_by: actor.principalId,
      started_at: input.startedAt ?? now,
      ended_at: null,
      deleted_at: null,
    }
    const tags = [...new Map([...input.tags, { key: RUN_NAME_TAG, value: name }].map((tag) => [tag.key, tag])).values()]
    const [result] = await outbox.commit(
      [...store.createSteps(row, tags), experiments.store.touchStep(experiment.ref, now)],
      [{ ...changed('run.started', actor, row), payload: { name, ...inExperiment(experiment) } }],
    )
    const stored = result?.rows[0] as unknown as RunRow // `returning` gave these columns
    return { ...stored, metrics: [], params: [], tags: tags.toSorted((a, b) => (a.key < b.key ? -1 : 1)) }
  }

  const update = async (actor: Actor, project: ProjectRef, wireId: string, change: RunChange): Promise<RunRow> => {
    const row = await findActive(actor, project, wireId)
    const { status, name } = change
    const end = change.endedAt ?? (status && ended.has(status) ? clock.now() : undefined)
    const values = {
      ...(status ? { status } : {}),
      ...(end === undefined ? {} : { ended_at: end }),
      ...(status && !ended.has(status) ? { ended_at: null } : {}),
      ...(name ? { name } : {}),
    }
    if (Object.keys(values).length === 0) return row
    const next = { ...row, ...values }
    const visible = policy.readRuns(actor, project.id)
    const [experiment] =
      status && status !== row.status ? await experiments.store.byRefs(visible, [row.experiment]) : []
    const events = [
      ...(name && name !== row.name ? [changed('run.renamed', actor, next)] : []),
      ...(status && status !== row.status
        ? [
            {
              ...changed(ended.has(status) ? 'run.finished' : 'run.changed', actor, next),
              payload: { name: next.name, status, ...(experiment ? inExperiment(experiment) : {}) },
            },
          ]
        : []),
    ]
    const tags = name ? store.tagSteps(project.id, row.id, [{ key: RUN_NAME_TAG, value: name }]) : []
    await stillThere(row, () => outbox.commit([store.updateStep(row.ref, values), ...tags], events))
    return next
  }

  const remove = async (actor: Actor, project: ProjectRef, wireId: string): Promise<void> => {
    policy.writeRuns(actor, project.id)
    const row = await find(actor, project, wireId)
    if (row.deleted_at !== null) return
    await outbox.commit([store.deleteStep(row.ref, clock.now())], [changed('run.deleted', actor, row)])
  }

  const restore = async (actor: Actor, project: ProjectRef, wireId: string): Promise<RunRow> => {
    policy.writeRuns(actor, project.id)
    const row = await find(actor, project, wireId)
    const [experiment] = await experiments.store.byRefs(policy.readRuns(actor, project.id), [row.experiment])
    if (experiment?.deleted_at !== null) throw invalid('Restore the experiment of the run first: it was deleted too.')
    if (row.deleted_at === null) return row
    const since = clock.now() - keepDeletedMs
    await stillThere(row, () =>
      outbox.commit([store.restoreStep(row.ref, since)], [changed('run.restored', actor, row)]),
    )
    return { ...row, deleted_at: null }
  }

  const summaries = async (actor: Actor, runs: readonly FullRun[]): Promise<RunSummary[]> => {
    const visible = { projects: [...new Set(runs.map((run) => run.project_id))] }
    const [people, rows] = await Promise.all([
      access.people(runs.map((run) => run.created_by)),
      experiments.store.byRefs(visible, [...new Set(runs.map((run) => run.experiment))]),
    ])
    const byRef = new Map(rows.map((row) => [row.ref, row]))
    return runs.map((run) => ({
      id: wireRunId(run.id),
      name: run.name,
      experiment: { number: byRef.get(run.experiment)?.number ?? 0, name: byRef.get(run.experiment)?.name ?? '' },
      status: run.status,
      startedAt: isoTime(run.started_at),
      endedAt: isoTimeOrNull(run.ended_at),
      by: people.get(run.created_by) ?? null,
      source: run.tags.find(({ key }) => key === 'mlflow.source.name')?.value ?? null,
      metrics: run.metrics.map((row) => ({
        key: row.key,
        value: metricNumber(row),
        step: row.step,
        at: isoTime(row.at),
      })),
      params: [...run.params],
      tags: [...run.tags],
      deleted: run.deleted_at !== null,
      can: policy.canRun(actor, run.project_id, {
        deleted: run.deleted_at !== null,
        active: !ended.has(run.status),
      }),
    }))
  }

  const present = async (actor: Actor, row: RunRow): Promise<Run> => {
    const previousRow = await store.previous(row)
    const [full, previous] = await store.hydrate(previousRow ? [row, previousRow] : [row])
    if (!full) throw new Error('one row gives one run')
    const [[summary], datasets, logged, usage] = await Promise.all([
      summaries(actor, [full]),
      inputs.datasetsOf([row.ref]),
      models.ofRun(row),
      trees.usage({ projectId: row.project_id, kind: 'run', id: row.id }),
    ])
    if (!summary) throw new Error('one run gives one summary')
    return {
      ...summary,
      datasets: (datasets.get(row.ref) ?? []).map(({ name, digest, context }) => ({ name, digest, context })),
      models: logged,
      artifacts: { files: usage.files, sizeBytes: usage.sizeBytes },
      previous: previous ? { id: wireRunId(previous.id), name: previous.name, params: [...previous.params] } : null,
    }
  }

  return {
    store,
    find,
    findActive,
    create,
    update,
    remove,
    restore,
    summaries,
    present,

    /** What people may change. Throws `NOT_RUNNING` for killing what has ended; a client's own end of a run is `update`. */
    edit: async (
      actor: Actor,
      project: ProjectRef,
      wireId: string,
      change: { name?: string | undefined; status?: 'killed' | undefined },
    ): Promise<Run> => {
      const row = await findActive(actor, project, wireId)
      if (change.status && ended.has(row.status))
        throw new LabError('NOT_RUNNING', { name: row.name, status: row.status })
      return present(actor, await update(actor, project, wireId, change))
    },

    get: async (actor: Actor, project: ProjectRef, wireId: string): Promise<Run> =>
      present(actor, await find(actor, project, wireId)),

    /** Where a run is, of all the actor may see; for links that name nothing but the run. Undefined if there is none. */
    locate: async (actor: Actor, wireId: string): Promise<{ projectId: string; experiment: number } | undefined> => {
      const visible = policy.visibleRuns(actor)
      const id = runIdFromWire(wireId)
      const row = id === undefined ? undefined : await store.locate(visible, id)
      if (!row) return undefined
      const [experiment] = await experiments.store.byRefs(visible, [row.experiment])
      return experiment && { projectId: row.project_id, experiment: experiment.number }
    },

    full: async (rows: readonly RunRow[]): Promise<FullRun[]> => store.hydrate(rows),

    /** Sets a tag past the limit of its length, for what clients of old versions keep in one. `run` was found for a change. */
    setLongTag: async (run: RunRow, tag: KeyValue): Promise<void> => {
      await db.batch(store.tagSteps(run.project_id, run.id, [tag]))
    },

    deleteTag: async (actor: Actor, project: ProjectRef, wireId: string, key: string): Promise<void> => {
      const row = await findActive(actor, project, wireId)
      try {
        await db.batch([store.deleteTagStep(row, key)])
      } catch (error) {
        if (error instanceof ExpectationError)
          throw new LabError('NOT_FOUND', { what: `tag ${key} of the run` }, { cause: error })
        throw error
      }
    },
  }
}

/** Readers of events group runs by it. */
const inExperiment = ({ number, name }: { number: number; name: string }) => ({
  experiment: number,
  experimentName: name,
})

/** The name may come by itself or as a tag; both must say the same. */
function nameOf({ name, tags }: NewRun): string {
  const tagged = tags.find(({ key }) => key === RUN_NAME_TAG)?.value
  if (name && tagged && name !== tagged)
    throw invalid(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${name}', mlflow.runName='${tagged}').`,
    )
  const chosen = name || tagged || newRunName()
  if (chosen.length > logBatchLimits.tagLength)
    throw invalid(`'run_name' exceeds the maximum length of ${logBatchLimits.tagLength} characters`)
  return chosen
}

async function stillThere<T>(row: RunRow, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError)
      throw new LabError('NOT_FOUND', { what: `run ${wireRunId(row.id)}` }, { cause: error })
    throw error
  }
}
