import { messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'
import { sql } from 'kysely'

import type { Database } from '../ports/database.ts'

export interface Point {
  /** Beginning of the interval, epoch ms. */
  readonly at: number
  /** Mean of the interval. */
  readonly value: number
}

/**
 * Measured series: 10 s for two hours, minutes for a week, hours for 400 days. Written in batches; what was measured since the last batch is
 * lost in a crash, and coarser intervals are made from finer rows, so a restart loses no more than that. A gap stays a gap.
 */
export interface Samples {
  record(series: string, value: number): void
  /** Points from `since` on, at the finest resolution that reaches back so far. */
  read(
    series: readonly string[],
    since: number,
  ): Promise<{ readonly stepMs: number; readonly points: ReadonlyMap<string, readonly Point[]> }>
  /** Names of series that begin with `prefix`, in order, those after `after`. */
  series(prefix: string, after: string | undefined, limit: number): Promise<string[]>
  /** Removes a series, in portions. */
  forget(series: string, signal?: AbortSignal): Promise<void>
  /** Stores what was measured up to now. */
  flush(): Promise<void>
  start(scope: Scope): void
}

interface Resolution {
  readonly stepMs: number
  readonly keepMs: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export const resolutions: readonly [Resolution, Resolution, Resolution] = [
  { stepMs: 10_000, keepMs: 2 * HOUR_MS },
  { stepMs: MINUTE_MS, keepMs: 7 * DAY_MS },
  { stepMs: HOUR_MS, keepMs: 400 * DAY_MS },
]

const PRUNE_EVERY_MS = 10 * MINUTE_MS
const FORGET_ROWS = 5000

export function createSamples({ db, clock, log }: { db: Database; clock: Clock; log: Log }): Samples {
  const [finest] = resolutions
  let open = new Map<string, { sum: number; count: number }>()
  let interval = Math.floor(clock.now() / finest.stepMs)
  let prunedAt = 0

  const store = async (at: number, closed: ReadonlyMap<string, { sum: number; count: number }>) => {
    const rows = [...closed].map(([series, { sum, count }]) => ({
      series,
      resolution: finest.stepMs,
      at,
      value: sum / count,
    }))
    if (rows.length > 0)
      await db.sql
        .insertInto('sample')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    const next = at + finest.stepMs
    for (const [index, coarser] of resolutions.entries()) {
      const finer = resolutions[index - 1]
      if (finer && next % coarser.stepMs === 0) await rollUp(db, finer.stepMs, coarser.stepMs, next - coarser.stepMs)
    }
    if (next - prunedAt < PRUNE_EVERY_MS) return
    prunedAt = next
    for (const { stepMs, keepMs } of resolutions)
      await db.sql
        .deleteFrom('sample')
        .where('resolution', '=', stepMs)
        .where('at', '<', next - keepMs)
        .execute()
  }

  const flush = async () => {
    const current = Math.floor(clock.now() / finest.stepMs)
    if (current === interval) return
    const closed = open
    const at = interval * finest.stepMs
    open = new Map()
    interval = current
    await store(at, closed)
  }

  return {
    record: (series, value) => {
      if (!Number.isFinite(value)) return
      const seen = open.get(series) ?? { sum: 0, count: 0 }
      open.set(series, { sum: seen.sum + value, count: seen.count + 1 })
    },
    read: async (series, since) => {
      const reach = clock.now() - since
      const { stepMs } = resolutions.find(({ keepMs }) => reach <= keepMs) ?? resolutions[2]
      const rows =
        series.length === 0
          ? []
          : await db.sql
              .selectFrom('sample')
              .select(['series', 'at', 'value'])
              .where('series', 'in', series)
              .where('resolution', '=', stepMs)
              .where('at', '>=', since)
              .orderBy('at')
              .execute()
      const points = new Map<string, Point[]>(series.map((name) => [name, []]))
      for (const { series: name, at, value } of rows) points.get(name)?.push({ at, value })
      return { stepMs, points }
    },
    // Name after name by the key: a plain `distinct` would read every row.
    series: async (prefix, after, limit) => {
      const names: string[] = []
      for (let last = after ?? prefix; names.length < limit;) {
        const row = await db.sql
          .selectFrom('sample')
          .select('series')
          .where('series', '>', last)
          .where('series', '<', `${prefix}\u{10ffff}`)
          .orderBy('series')
          .limit(1)
          .executeTakeFirst()
        if (!row) break
        names.push((last = row.series))
      }
      return names
    },
    forget: async (series, signal) => {
      for (const { stepMs } of resolutions)
        for (let more = true; more;) {
          signal?.throwIfAborted()
          const rows = () => db.sql.selectFrom('sample').where('series', '=', series).where('resolution', '=', stepMs)
          const last = await rows().select('at').orderBy('at').offset(FORGET_ROWS).limit(1).executeTakeFirst()
          let query = db.sql.deleteFrom('sample').where('series', '=', series).where('resolution', '=', stepMs)
          if (last) query = query.where('at', '<', last.at)
          await query.execute()
          more = last !== undefined
        }
    },
    flush,
    start: (scope) => {
      const tick = () =>
        void flush().catch((error: unknown) => log.warn('samples were not stored', { error: messageOf(error) }))
      scope.every(finest.stepMs / 2, tick)
    },
  }
}

/** Means of one coarse interval from its finer rows; doing it again gives the same. */
async function rollUp(db: Database, finerMs: number, coarserMs: number, at: number): Promise<void> {
  await db.sql
    .insertInto('sample')
    .columns(['series', 'resolution', 'at', 'value'])
    .expression((eb) =>
      eb
        .selectFrom('sample')
        .select((inner) => [
          'series',
          sql<number>`cast(${coarserMs} as bigint)`.as('resolution'),
          sql<number>`cast(${at} as bigint)`.as('at'),
          inner.fn.avg<number>('value').as('value'),
        ])
        .where('resolution', '=', finerMs)
        .where('at', '>=', at)
        .where('at', '<', at + coarserMs)
        .groupBy('series'),
    )
    .onConflict((conflict) =>
      conflict.columns(['series', 'resolution', 'at']).doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute()
}
