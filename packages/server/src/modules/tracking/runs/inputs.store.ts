import { newId } from '@mllab/kernel'
import { sql } from 'kysely'

import type { BatchStep, Database } from '../../../ports/database.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { inParts } from '../values.ts'
import type { RunRow } from './runs.store.ts'

export interface DatasetInput {
  readonly name: string
  readonly digest: string
  readonly sourceType: string
  readonly source: string
  readonly schema: string | null
  readonly profile: string | null
  readonly tags: readonly KeyValue[]
}

export interface RunDataset extends DatasetInput {
  readonly context: string | null
}

export interface DatasetSummary {
  readonly experiment: number
  readonly name: string
  readonly digest: string
  readonly context: string | null
}

export interface RunModel {
  readonly modelId: string
  readonly direction: 'input' | 'output'
  readonly step: number
}

export type InputsStore = ReturnType<typeof createInputsStore>

/** What a run read, and which logged models it read and made. */
export function createInputsStore(db: Database) {
  return {
    /** The same dataset (name and digest) is stored once in an experiment. */
    datasetSteps: (run: RunRow, input: DatasetInput, context: string | null): BatchStep[] => [
      {
        name: 'dataset',
        query: db.sql
          .insertInto('run_dataset_source')
          .values({
            id: newId(),
            project_id: run.project_id,
            experiment: run.experiment,
            name: input.name,
            digest: input.digest,
            source_type: input.sourceType,
            source: input.source,
            schema: input.schema,
            profile: input.profile,
          })
          .onConflict((conflict) => conflict.columns(['experiment', 'name', 'digest']).doNothing())
          .compile(),
      },
      {
        name: 'input',
        query: db.sql
          .insertInto('run_dataset')
          .columns(['run', 'dataset_id', 'context', 'tags'])
          .expression((eb) =>
            eb
              .selectFrom('run_dataset_source')
              .select([
                sql<number>`cast(${run.ref} as bigint)`.as('run'),
                'id',
                sql<string | null>`cast(${context} as text)`.as('context'),
                sql<string>`cast(${JSON.stringify(input.tags)} as text)`.as('tags'),
              ])
              .where('experiment', '=', run.experiment)
              .where('name', '=', input.name)
              .where('digest', '=', input.digest),
          )
          .onConflict((conflict) => conflict.columns(['run', 'dataset_id']).doNothing())
          .compile(),
      },
    ],

    modelStep: (run: RunRow, modelId: string, direction: 'input' | 'output', step: number): BatchStep => ({
      name: 'model',
      query: db.sql
        .insertInto('run_model')
        .values({ run: run.ref, model_id: modelId, direction, step })
        .onConflict((conflict) => conflict.columns(['run', 'model_id', 'direction']).doUpdateSet({ step }))
        .compile(),
    }),

    datasets: async (refs: readonly number[]): Promise<Map<number, RunDataset[]>> => {
      const rows = await inParts(refs, (some) =>
        db.sql
          .selectFrom('run_dataset as input')
          .innerJoin('run_dataset_source as source', 'source.id', 'input.dataset_id')
          .select([
            'input.run',
            'input.context',
            'input.tags',
            'source.name',
            'source.digest',
            'source.source_type',
            'source.source',
            'source.schema',
            'source.profile',
          ])
          .where('input.run', 'in', some)
          .orderBy('source.id')
          .execute(),
      )
      const grouped = Map.groupBy(rows, ({ run }) => run)
      return new Map(
        [...grouped].map(([run, inputs]) => [
          run,
          inputs.map((row) => ({
            name: row.name,
            digest: row.digest,
            sourceType: row.source_type,
            source: row.source,
            schema: row.schema,
            profile: row.profile,
            context: row.context,
            tags: JSON.parse(row.tags) as KeyValue[], // written by `datasetSteps`
          })),
        ]),
      )
    },

    models: async (refs: readonly number[]): Promise<Map<number, RunModel[]>> => {
      const rows = await inParts(refs, (some) =>
        db.sql
          .selectFrom('run_model')
          .select(['run', 'model_id', 'direction', 'step'])
          .where('run', 'in', some)
          .orderBy('step')
          .orderBy('model_id')
          .execute(),
      )
      return new Map(
        [...Map.groupBy(rows, ({ run }) => run)].map(([run, links]) => [
          run,
          links.map((row) => ({ modelId: row.model_id, direction: row.direction, step: row.step })),
        ]),
      )
    },

    /** What the runs of some experiments read: distinct name, digest and context. */
    summaries: (experiments: readonly number[], limit: number): Promise<DatasetSummary[]> =>
      experiments.length === 0
        ? Promise.resolve([])
        : db.sql
            .selectFrom('run_dataset_source as source')
            .innerJoin('run_dataset as input', 'input.dataset_id', 'source.id')
            .select(['source.experiment', 'source.name', 'source.digest', 'input.context'])
            .distinct()
            .where('source.experiment', 'in', experiments)
            .orderBy('source.name')
            .orderBy('source.digest')
            .limit(limit)
            .execute(),
  }
}
