import type { Scope } from '@mllab/kernel'

import { outlineOf } from '../../core/outline.ts'
import type { Visible } from '../access/access.ts'
import { createArtifacts } from './artifacts.ts'
import type { TrackingContext } from './context.ts'
import { createExperiments } from './experiments/experiments.ts'
import { createMetrics, logBatchUnit } from './metrics/metrics.ts'
import { createProgress } from './metrics/progress.ts'
import { createLoggedModels } from './models/logged-models.ts'
import { createRegistry, type ServicesOf } from './models/registry.ts'
import { createVersions } from './models/versions.ts'
import { createPurge } from './purge.ts'
import { createInputs } from './runs/inputs.ts'
import { createRuns } from './runs/runs.ts'
import { createRunSearch } from './search/search.ts'

export type { ArtifactOwner, Artifacts } from './artifacts.ts'
export type { ExperimentWithTags } from './experiments/experiments.ts'
export type { ExperimentRow, Lifecycle } from './experiments/experiments.store.ts'
export { BatchRefusal, logBatchLimits, name as checkedName, type KeyValue } from './metrics/log-batch.parse.ts'
export type { PointCursor, PointRow } from './metrics/metrics.ts'
export type { FullLoggedModel } from './models/logged-models.ts'
export type { FullModel, ServicesOf } from './models/registry.ts'
export { loggedModelWords } from './models/logged-models.search.ts'
export { filesOfPath, filesOfVersion } from './models/sources.ts'
export type { FullVersion } from './models/version-view.ts'
export type { DeployableModel } from './models/version-files.ts'
export { modelsRoutes } from './models.routes.ts'
export type { DatasetInput } from './runs/inputs.ts'
export type { RunDataset, RunModel } from './runs/inputs.store.ts'
export type { FullRun, RunRow, RunStatus } from './runs/runs.store.ts'
export { bytesOf, runsRoutes } from './runs.routes.ts'
export { parseFilter, parseSort, type Comparison, type SearchWords } from './search/grammar.ts'
export {
  invalid,
  metricNumber,
  modelArtifactUri,
  runArtifactUri,
  runIdFromWire,
  versionArtifactUri,
  wireRunId,
  type MetricNumber,
} from './values.ts'

export interface TrackingOptions extends TrackingContext {
  /** Who serves a model; asked before one is deleted, and shown with it. Default: nobody. */
  readonly servicesOf?: ServicesOf
}

const PURGE_EVERY_MS = 10 * 60_000

export type Tracking = ReturnType<typeof createTracking>

/** Units of work to open the database with, so that the first request does not pay for their import. */
export const trackingUnits = [logBatchUnit] as const

/** Experiments, runs with their metrics and artifacts, logged models, and the registry of models. */
export function createTracking(options: TrackingOptions) {
  const { servicesOf = async () => [] } = options
  const progress = createProgress(options)
  const experiments = createExperiments(options)
  const inputs = createInputs(options, { experiments })
  const loggedModels = createLoggedModels(options, { experiments })
  const runs = createRuns(options, { experiments, inputs, models: loggedModels })
  const metrics = createMetrics(options, { runs, progress })
  const search = createRunSearch(options, { runs, experiments })
  const artifacts = createArtifacts(options, { runs, models: loggedModels })
  const registry = createRegistry(options, { servicesOf })
  const versions = createVersions(options, { experiments, registry, models: loggedModels, servicesOf })

  const purge = createPurge(options)
  const sweep = async (signal?: AbortSignal): Promise<void> => {
    const removed = await purge.deletedBefore(options.clock.now() - options.keepDeletedMs, signal)
    if (removed > 0) options.log.info('purged deleted runs, models and experiments', { removed })
  }

  return {
    experiments,
    runs,
    inputs,
    metrics,
    search,
    artifacts,
    loggedModels,
    registry,
    versions,
    progress,
    /** What a model server needs to serve a version. */
    modelForDeployment: versions.modelForDeployment,
    runsOutline: (visible: Visible, projectId: string) =>
      outlineOf(options.db, visible, projectId, { table: 'run', at: 'started_at' }),
    modelsOutline: (visible: Visible, projectId: string) =>
      outlineOf(options.db, visible, projectId, { table: 'registered_model', at: 'created_at' }),
    /** Every row of a deleted project. */
    purgeProject: purge.project,
    /** Removes what was deleted too long ago to be restored. */
    sweep,
    /** Announces progress of runs to open pages, and purges. */
    start: (scope: Scope) => {
      progress.start(scope)
      options.rounds.every(scope, { name: 'tracking', everyMs: PURGE_EVERY_MS }, sweep)
    },
  }
}
