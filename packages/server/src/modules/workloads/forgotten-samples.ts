import type { Samples } from '../../core/samples.ts'
import type { Database } from '../../ports/database.ts'

const PREFIX = 'workload:'
const PAGE = 200

/** Removes what was measured of workloads that were purged before `beforeMs`, or whose row is gone. In small statements; safe to begin again. */
export async function forgetSamples(
  { db, samples }: { db: Database; samples: Samples },
  beforeMs: number,
  signal?: AbortSignal,
): Promise<void> {
  let after: string | undefined
  for (;;) {
    signal?.throwIfAborted()
    const series = await samples.series(PREFIX, after, PAGE)
    const last = series.at(-1)
    if (last === undefined) return
    after = last
    const ids = [...new Set(series.map(workloadOf))]
    const kept = await db.sql
      .selectFrom('workload')
      .select('id')
      .where('id', 'in', ids)
      .where((eb) => eb.or([eb('purged_at', 'is', null), eb('purged_at', '>=', beforeMs)]))
      .execute()
    const living = new Set(kept.map(({ id }) => id))
    for (const name of series) if (!living.has(workloadOf(name))) await samples.forget(name, signal)
  }
}

/** `workload:<id>:cpu` */
function workloadOf(series: string): string {
  return series.split(':')[1] ?? ''
}
