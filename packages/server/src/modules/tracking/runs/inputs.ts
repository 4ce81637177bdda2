import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { Experiments } from '../experiments/experiments.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid } from '../values.ts'
import { createInputsStore, type DatasetInput, type RunDataset, type RunModel } from './inputs.store.ts'
import type { RunRow } from './runs.store.ts'

export type { DatasetInput } from './inputs.store.ts'

/** MLflow's limits (utils/validation.py). */
const longest = {
  name: 500,
  digest: 36,
  source: 65_535,
  schema: 1_048_575,
  profile: 16_777_215,
} as const
const CONTEXT_TAG = 'mlflow.data.context'

export type Inputs = ReturnType<typeof createInputs>

/** Lineage of runs: datasets that went in, logged models that went in and came out. */
export function createInputs({ db }: TrackingContext, { experiments }: { experiments: Experiments }) {
  const store = createInputsStore(db)
  return {
    datasetsOf: (refs: readonly number[]): Promise<ReadonlyMap<number, readonly RunDataset[]>> => store.datasets(refs),
    modelsOf: (refs: readonly number[]): Promise<ReadonlyMap<number, readonly RunModel[]>> => store.models(refs),

    /** `run` was found by an operation that asked whether the actor may write it. */
    log: async (run: RunRow, datasets: readonly DatasetInput[], modelIds: readonly string[]): Promise<void> => {
      for (const dataset of datasets) check(dataset)
      await db.batch([
        ...datasets.flatMap((dataset) =>
          store.datasetSteps(run, dataset, dataset.tags.find(({ key }) => key === CONTEXT_TAG)?.value ?? null),
        ),
        ...modelIds.map((id) => store.modelStep(run, id, 'input', 0)),
      ])
    },

    logOutputs: async (run: RunRow, models: readonly { modelId: string; step: number }[]): Promise<void> => {
      await db.batch(models.map(({ modelId, step }) => store.modelStep(run, modelId, 'output', step)))
    },

    summaries: async (actor: Actor, project: ProjectRef, numbers: readonly number[]) => {
      const visible = policy.readRuns(actor, project.id)
      const rows = await experiments.store.byNumbers(visible, project.id, numbers)
      const numberOf = new Map(rows.map(({ ref, number }) => [ref, number]))
      const found = await store.summaries(
        rows.map(({ ref }) => ref),
        1000,
      )
      return found.map((one) => ({ ...one, experiment: numberOf.get(one.experiment) ?? 0 }))
    },
  }
}

function check(dataset: DatasetInput) {
  for (const field of ['name', 'digest', 'source', 'schema', 'profile'] as const)
    if ((dataset[field]?.length ?? 0) > longest[field])
      throw invalid(`'${field}' exceeds the maximum length of ${longest[field]} characters`)
  for (const { key, value } of dataset.tags)
    if (key.length > 255 || value.length > 500) throw invalid(`A tag of the dataset ${dataset.name} is too long.`)
}
