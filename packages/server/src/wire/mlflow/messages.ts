import {
  metricNumber,
  modelArtifactUri,
  runArtifactUri,
  wireRunId,
  type ExperimentWithTags,
  type FullLoggedModel,
  type FullModel,
  type FullRun,
  type FullVersion,
  type RunDataset,
  type RunModel,
  type RunRow,
  type RunStatus,
} from '../../modules/tracking/tracking.ts'

/** Our rows as MLflow's messages (service.proto, model_registry.proto). Fields that are not set are left out, as protobuf does. */
const wireStatus: Record<RunStatus, string> = {
  queued: 'SCHEDULED',
  running: 'RUNNING',
  finished: 'FINISHED',
  failed: 'FAILED',
  killed: 'KILLED',
}

export function statusFromWire(status: string): RunStatus | undefined {
  const statuses = Object.keys(wireStatus) as RunStatus[] // `Object.keys` forgets the key type
  return statuses.find((one) => wireStatus[one] === status)
}

export function experimentMessage(row: ExperimentWithTags, workspace: string) {
  return {
    experiment_id: String(row.number),
    name: row.name,
    artifact_location: `mlflow-artifacts:/${row.number}`,
    lifecycle_stage: stage(row.deleted_at),
    creation_time: row.created_at,
    last_update_time: row.updated_at,
    tags: row.tags,
    workspace,
  }
}

export function runInfoMessage(row: RunRow, experiment: number) {
  return {
    run_id: wireRunId(row.id),
    run_uuid: wireRunId(row.id),
    run_name: row.name,
    experiment_id: String(experiment),
    user_id: row.user_name,
    status: wireStatus[row.status],
    start_time: row.started_at,
    ...(row.ended_at === null ? {} : { end_time: row.ended_at }),
    artifact_uri: runArtifactUri(experiment, row.id),
    lifecycle_stage: stage(row.deleted_at),
  }
}

export interface RunExtras {
  readonly experiment: number
  readonly datasets: readonly RunDataset[]
  readonly models: readonly RunModel[]
}

export function runMessage(run: FullRun, { experiment, datasets, models }: RunExtras) {
  return {
    info: runInfoMessage(run, experiment),
    data: {
      metrics: run.metrics.map((row) => ({
        key: row.key,
        value: metricNumber(row),
        timestamp: row.at,
        step: row.step,
      })),
      params: run.params,
      tags: run.tags,
    },
    inputs: {
      dataset_inputs: datasets.map((dataset) => ({
        tags: dataset.tags,
        dataset: {
          name: dataset.name,
          digest: dataset.digest,
          source_type: dataset.sourceType,
          source: dataset.source,
          ...(dataset.schema === null ? {} : { schema: dataset.schema }),
          ...(dataset.profile === null ? {} : { profile: dataset.profile }),
        },
      })),
      model_inputs: models
        .filter(({ direction }) => direction === 'input')
        .map(({ modelId }) => ({ model_id: modelId })),
    },
    outputs: {
      model_outputs: models
        .filter(({ direction }) => direction === 'output')
        .map(({ modelId, step }) => ({ model_id: modelId, step })),
    },
  }
}

export function loggedModelMessage(model: FullLoggedModel) {
  return {
    info: {
      model_id: model.id,
      experiment_id: String(model.experimentNumber),
      name: model.name,
      creation_timestamp_ms: model.created_at,
      last_updated_timestamp_ms: model.updated_at,
      artifact_uri: modelArtifactUri(model.experimentNumber, model.id),
      status: model.status,
      model_type: model.type,
      ...(model.runId === null ? {} : { source_run_id: model.runId }),
      status_message: model.status_message,
      tags: model.tags.map(({ key, value }) => ({ key, value })),
      registrations: model.registrations.map(({ name, version }) => ({ name, version: String(version) })),
    },
    data: {
      params: model.params.map(({ key, value }) => ({ key, value })),
      metrics: modelMetrics(model),
    },
  }
}

export function registeredModelMessage(model: FullModel) {
  return {
    name: model.name,
    creation_timestamp: model.created_at,
    last_updated_timestamp: model.updated_at,
    description: model.description,
    latest_versions: model.latest.map((row) =>
      modelVersionMessage({
        ...row,
        tags: [],
        aliases: model.aliases.filter(({ version }) => version === row.version).map(({ alias }) => alias),
        loggedModel: undefined,
      }),
    ),
    tags: model.tags.map(({ key, value }) => ({ key, value })),
    aliases: model.aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
  }
}

export function modelVersionMessage(row: FullVersion) {
  return {
    name: row.name,
    version: String(row.version),
    creation_timestamp: row.created_at,
    last_updated_timestamp: row.updated_at,
    user_id: row.user_name,
    current_stage: row.stage,
    description: row.description,
    source: row.source,
    run_id: row.run_id ?? '',
    status: row.status,
    status_message: row.status_message,
    tags: row.tags.map(({ key, value }) => ({ key, value })),
    run_link: row.run_link,
    aliases: row.aliases,
    ...(row.logged_model_id === null ? {} : { model_id: row.logged_model_id }),
    ...(row.loggedModel
      ? {
          model_params: row.loggedModel.params.map(({ key, value }) => ({ name: key, value })),
          model_metrics: modelMetrics(row.loggedModel),
        }
      : {}),
  }
}

function modelMetrics(model: FullLoggedModel) {
  return model.metrics.map((metric) => ({
    key: metric.key,
    value: metricNumber(metric),
    timestamp: metric.at,
    step: metric.step,
    model_id: model.id,
    ...(metric.run_id === null ? {} : { run_id: wireRunId(metric.run_id) }),
    ...(metric.dataset_name === null ? {} : { dataset_name: metric.dataset_name }),
    ...(metric.dataset_digest === null ? {} : { dataset_digest: metric.dataset_digest }),
  }))
}

function stage(deletedAt: number | null): 'active' | 'deleted' {
  return deletedAt === null ? 'active' : 'deleted'
}
