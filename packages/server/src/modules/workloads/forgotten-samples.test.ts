import { createFakeClock, silentLog } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { createSamples } from '../../core/samples.ts'
import { forgetSamples } from './forgotten-samples.ts'
import { insertProject, insertWorkload } from './testing/rows.ts'

const MINUTE_MS = 60_000

describeDatabases('samples of workloads', (open) => {
  it('go when a workload was purged long ago, those of others stay', async () => {
    const [db, clock] = [await open(), createFakeClock(0)]
    const samples = createSamples({ db, clock, log: silentLog })
    await insertProject(db)
    await insertWorkload(db, 'living', null)
    await insertWorkload(db, 'lately', 500)
    await insertWorkload(db, 'long-ago', 400)
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
