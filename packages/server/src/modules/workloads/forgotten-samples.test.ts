import { createFakeClock, silentLog } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { createSamples } from '../../core/samples.ts'
import { forgetSamples } from './forgotten-samples.ts'

const MINUTE_MS = 60_000

describeDatabases('samples of workloads', (open) => {
  it('go when a workload was purged long ago, those of others stay', async () => {
    const [db, clock] = [await open(), createFakeClock(0)]
    const samples = createSamples({ db, clock, log: silentLog })
    await db.sql.insertInto('principal').values({ id: 'm', kind: 'service', created_at: 1, deleted_at: null }).execute()
    await db.sql
      .insertInto('project')
      .values({
        id: 'p',
        slug: 'p',
        name: 'p',
        description: '',
        personal_of: null,
        version: 1,
        created_by: 'm',
        created_at: 1,
        updated_at: 1,
        deleted_at: null,
      })
      .execute()
    for (const [id, purgedAt] of [
      ['living', null],
      ['lately', 500],
      ['long-ago', 400],
    ] as const)
      await db.sql
        .insertInto('workload')
        .values({
          id,
          project_id: 'p',
          kind: 'service',
          slug: id,
          name: id,
          owner_id: 'm',
          desired: 'stopped',
          generation: 1,
          spec: '{}',
          image_key: null,
          status: 'stopped',
          status_since: 1,
          reason: null,
          steps: '[]',
          restarts: 0,
          restarted_at: null,
          started_at: null,
          shard: 0,
          created_at: 1,
          updated_at: 1,
          deleted_at: null,
          purged_at: purgedAt,
          revision: 0,
          next: null,
        })
        .execute()
    for (let minute = 0; minute < 3; minute += 1) {
      for (const series of [
        'workload:living:cpu',
        'workload:lately:cpu',
        'workload:long-ago:cpu',
        'workload:unknown:memory',
        'route:x',
      ])
        samples.record(series, 1)
      clock.advance(MINUTE_MS)
      await samples.flush()
    }
    expect(await samples.series('workload:', undefined, 2)).toEqual(['workload:lately:cpu', 'workload:living:cpu'])
    await forgetSamples({ db, samples }, 500)
    const left = await db.sql.selectFrom('sample').select('series').distinct().orderBy('series').execute()
    expect(left.map(({ series }) => series)).toEqual(['route:x', 'workload:lately:cpu', 'workload:living:cpu'])
  })
})
