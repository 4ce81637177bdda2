import type { ModelVersion } from '@mllab/contract'
import { isoTime } from '@mllab/kernel'

import type { Actor } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { Experiments } from '../experiments/experiments.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { createRunsStore, type RunRow } from '../runs/runs.store.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { metricNumber, runIdFromWire, wireRunId } from '../values.ts'
import type { FullLoggedModel, LoggedModels } from './logged-models.ts'
import { createModelFiles } from './model-file.ts'
import type { Registry, ServicesOf } from './registry.ts'
import { filesOfVersion } from './sources.ts'
import { createVersionsStore, versionKey, type NamedVersionRow, type VersionRow } from './versions.store.ts'

export interface FullVersion extends NamedVersionRow {
  readonly aliases: readonly string[]
  readonly tags: readonly KeyValue[]
  readonly loggedModel: FullLoggedModel | undefined
}

/** What a version of a model looks like: to MLflow's clients (`hydrate`) and in our own API (`present`). */
export function createVersionView(
  { db, access, trees }: TrackingContext,
  {
    experiments,
    registry,
    models,
    servicesOf,
  }: { experiments: Experiments; registry: Registry; models: LoggedModels; servicesOf: ServicesOf },
) {
  const store = createVersionsStore(db)
  const runsStore = createRunsStore(db)
  const modelFiles = createModelFiles(trees)

  const hydrate = async (rows: readonly NamedVersionRow[]): Promise<FullVersion[]> => {
    if (rows.length === 0) return []
    const visible = { projects: [...new Set(rows.map((row) => row.project_id))] }
    const [aliases, tags, logged] = await Promise.all([
      registry.store.aliases([...new Set(rows.map((row) => row.model_id))]),
      store.tags(rows),
      models.store.byIds(
        visible,
        rows.flatMap((row) => row.logged_model_id ?? []),
      ),
    ])
    const full = await models.hydrate(logged)
    const byId = new Map(full.map((model) => [model.id, model]))
    return rows.map((row) => ({
      ...row,
      aliases: (aliases.get(row.model_id) ?? [])
        .filter(({ version }) => version === row.version)
        .map(({ alias }) => alias),
      tags: tags.get(versionKey(row)) ?? [],
      loggedModel: row.logged_model_id === null ? undefined : byId.get(row.logged_model_id),
    }))
  }

  const hydrateOne = async (row: NamedVersionRow): Promise<FullVersion> => {
    const [full] = await hydrate([row])
    if (!full) throw new Error('one row gives one version')
    return full
  }

  const present = async (actor: Actor, rows: readonly NamedVersionRow[]): Promise<ModelVersion[]> => {
    const [full, people, runs] = await Promise.all([
      hydrate(rows),
      access.people(rows.map((row) => row.created_by)),
      Promise.all(rows.map(runOf)),
    ])
    const numbers = await numbersOf(runs)
    return Promise.all(
      full.map(async (row, index) => {
        const files = filesOfVersion(row)
        const run = runs[index] ?? null
        const [facts, sizeBytes, services] = await Promise.all([
          modelFiles.facts(files),
          modelFiles.sizeBytes(files),
          servicesOf(row.project_id, row.name, row.version),
        ])
        return {
          model: row.name,
          version: row.version,
          aliases: [...row.aliases],
          description: row.description,
          stage: row.stage,
          status: row.status === 'READY' ? 'ready' : row.status === 'PENDING_REGISTRATION' ? 'pending' : 'failed',
          run: run && {
            id: wireRunId(run.id),
            name: run.name,
            experiment: numbers.get(run.experiment) ?? 0,
          },
          source: row.source,
          stored: row.file_version_id !== null,
          ...facts,
          metrics: await metricsOf(row, run?.ref),
          sizeBytes,
          createdAt: isoTime(row.created_at),
          createdBy: people.get(row.created_by) ?? null,
          services: [...services],
          can: policy.canModel(actor, row.project_id),
        }
      }),
    )
  }

  const presentOne = async (actor: Actor, row: NamedVersionRow): Promise<ModelVersion> => {
    const [version] = await present(actor, [row])
    if (!version) throw new Error('one row gives one version')
    return version
  }

  const runOf = async (row: VersionRow): Promise<RunRow | null> => {
    const id = row.run_id === null ? undefined : runIdFromWire(row.run_id)
    return id === undefined ? null : ((await runsStore.get({ projects: [row.project_id] }, row.project_id, id)) ?? null)
  }

  /** Numbers of the runs' experiments by their inner ones. */
  const numbersOf = async (runs: readonly (RunRow | null)[]): Promise<Map<number, number>> => {
    const known = runs.filter((run) => run !== null)
    const visible = { projects: [...new Set(known.map((run) => run.project_id))] }
    const rows = await experiments.store.byRefs(visible, [...new Set(known.map((run) => run.experiment))])
    return new Map(rows.map(({ ref, number }) => [ref, number]))
  }

  /**
   * What the run measured last, if the model is the only one it logged; else what was logged for this model. MLflow's client links a model
   * only with what had been measured when it was logged, which for the usual single model is not its final quality.
   */
  const metricsOf = async (row: FullVersion, run: number | undefined) => {
    const ofModel = latestOf(row.loggedModel?.metrics ?? [])
    const alone = run !== undefined && (await models.store.ofRun(run)).length <= 1
    const metrics = ofModel.length > 0 && !alone ? ofModel : await metricsOfRun(row, run)
    return (metrics.length > 0 ? metrics : ofModel).map((metric) => ({ key: metric.key, value: metricNumber(metric) }))
  }

  const metricsOfRun = async (row: FullVersion, run: number | undefined) => {
    if (run === undefined) return []
    const [runRow] = await runsStore.byRefs({ projects: [row.project_id] }, [run])
    const [full] = runRow ? await runsStore.hydrate([runRow]) : []
    return full?.metrics ?? []
  }

  return { hydrate, hydrateOne, present, presentOne, facts: modelFiles.facts }
}

/** One value per metric: that of the last step, and of the last moment within it. */
function latestOf<Metric extends { key: string; step: number; at: number }>(metrics: readonly Metric[]): Metric[] {
  const latest = new Map<string, Metric>()
  for (const metric of metrics) {
    const seen = latest.get(metric.key)
    if (!seen || metric.step > seen.step || (metric.step === seen.step && metric.at >= seen.at))
      latest.set(metric.key, metric)
  }
  return [...latest.values()]
}
