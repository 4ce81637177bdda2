import type { Database } from '../../ports/database.ts'
import type { ResolvedImage } from '../../ports/runtime.ts'
import type { WorkloadSpec } from './workload.ts'

/** What living workloads would be started with again, so that no start has to build or pull what somebody has cleaned away. */
export async function namedImages(db: Database): Promise<ResolvedImage[]> {
  const rows = await db.sql
    .selectFrom('workload')
    .select(['image_key', 'spec'])
    .where('purged_at', 'is', null)
    .where('image_key', 'is not', null)
    .execute()
  const byKey = new Map<string, ResolvedImage>()
  for (const { image_key: key, spec } of rows)
    if (key !== null) byKey.set(key, { ref: (JSON.parse(spec) as WorkloadSpec).image, key }) // as it was declared
  return [...byKey.values()]
}
