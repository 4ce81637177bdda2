import { sql } from 'kysely'

import type { Database } from '../../../ports/database.ts'
import { padded } from '../values.ts'

export interface PointRow {
  readonly run: number
  readonly step: number
  readonly at: number
  readonly value: number
  readonly is_nan: number
}

export interface BucketRow {
  readonly bucket: number
  readonly low: number | null
  readonly high: number | null
  /** Highest step in the bucket. */
  readonly step: number | null
}

/** Last point of a page: histories go on behind it. */
export type PointCursor = readonly [step: number, at: number, value: number, isNan: number]

export type MetricsStore = ReturnType<typeof createMetricsStore>

export function createMetricsStore(db: Database) {
  const series = (run: number, key: number) => db.sql.selectFrom('metric').where('run', '=', run).where('key', '=', key)

  return {
    keyIds: async (projectId: string, names: readonly string[]): Promise<Map<string, number>> => {
      if (names.length === 0) return new Map()
      const rows = await db.sql
        .selectFrom('key_ref')
        .select(['id', 'name'])
        .where('project_id', '=', projectId)
        .where('name', 'in', padded(names))
        .execute()
      return new Map(rows.map(({ id, name }) => [name, id]))
    },

    /** Names of the metrics a run has, in order. */
    keysOf: (run: number, limit: number): Promise<{ id: number; name: string }[]> =>
      db.sql
        .selectFrom('latest_metric')
        .innerJoin('key_ref', 'key_ref.id', 'latest_metric.key')
        .select(['key_ref.id', 'key_ref.name'])
        .where('latest_metric.run', '=', run)
        .orderBy('key_ref.name')
        .limit(limit)
        .execute(),

    history: (run: number, key: number, limit: number, after: PointCursor | undefined): Promise<PointRow[]> => {
      let query = series(run, key).select(['run', 'step', 'at', 'value', 'is_nan'])
      if (after)
        query = query.where(
          sql<boolean>`(step, at, value, is_nan) > (${after[0]}, ${after[1]}, ${sql.val(after[2])}, ${after[3]})`,
        )
      return query.orderBy('step').orderBy('at').orderBy('value').orderBy('is_nan').limit(limit).execute()
    },

    /** First and last step and the number of points; undefined if there are none. */
    extent: async (run: number, key: number): Promise<{ from: number; to: number; points: number } | undefined> => {
      const row = await series(run, key)
        .select((eb) => [
          eb.fn.min<number | null>('step').as('from'),
          eb.fn.max<number | null>('step').as('to'),
          eb.fn.countAll<number>().as('points'),
        ])
        .executeTakeFirst()
      return row && row.from !== null && row.to !== null
        ? { from: row.from, to: row.to, points: row.points }
        : undefined
    },

    /** The steps at which any of the runs has a value. */
    stepsBetween: async (runs: readonly number[], key: number, from: number, to: number): Promise<number[]> => {
      const rows = await db.scans
        .selectFrom('metric')
        .select('step')
        .distinct()
        .where('run', 'in', padded(runs))
        .where('key', '=', key)
        .where('step', '>=', from)
        .where('step', '<=', to)
        .orderBy('step')
        .execute()
      return rows.map(({ step }) => step)
    },

    atSteps: (runs: readonly number[], key: number, steps: readonly number[]): Promise<PointRow[]> =>
      db.sql
        .selectFrom('metric')
        .select(['run', 'step', 'at', 'value', 'is_nan'])
        .where('run', 'in', padded(runs))
        .where('key', '=', key)
        .where('step', 'in', padded(steps))
        .orderBy('run')
        .orderBy('step')
        .orderBy('at')
        .execute(),

    /**
     * Lowest, highest and last step of each bucket of `width` steps. One index range a bucket instead of a sort over all points:
     * 2.5 times as fast on SQLite (114 ms for a million points in 1000 buckets), and as fast on PostgreSQL.
     */
    buckets: (run: number, key: number, from: number, width: number, count: number): Promise<BucketRow[]> => {
      const range = sql`m.run = ${run} and m.key = ${key}
        and m.step >= cast(${from} as bigint) + bucket * cast(${width} as bigint)
        and m.step < cast(${from} as bigint) + (bucket + 1) * cast(${width} as bigint)`
      return db.scans
        .withRecursive('grid(bucket)', (eb) =>
          eb.selectNoFrom(sql<number>`cast(0 as bigint)`.as('bucket')).unionAll(
            eb
              .selectFrom('grid')
              .select(sql<number>`bucket + 1`.as('bucket'))
              .where('bucket', '<', count - 1),
          ),
        )
        .selectFrom('grid')
        .select([
          'bucket',
          sql<number | null>`(select min(value) from metric m where ${range} and m.is_nan = 0)`.as('low'),
          sql<number | null>`(select max(value) from metric m where ${range} and m.is_nan = 0)`.as('high'),
          sql<number | null>`(select max(step) from metric m where ${range})`.as('step'),
        ])
        .orderBy('bucket')
        .execute()
    },

    /** The last value logged at each of some steps. */
    lastAt: async (run: number, key: number, steps: readonly number[]): Promise<Map<number, PointRow>> => {
      if (steps.length === 0) return new Map()
      const rows = await series(run, key)
        .select(['run', 'step', 'at', 'value', 'is_nan'])
        .where('step', 'in', padded(steps))
        .orderBy('step')
        .orderBy('at')
        .orderBy('value')
        .execute()
      return new Map(rows.map((row) => [row.step, row]))
    },
  }
}
