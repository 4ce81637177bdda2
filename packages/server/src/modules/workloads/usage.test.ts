import { createFakeClock, silentLog } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { createSamples } from '../../core/samples.ts'
import type { Runtime } from '../../ports/runtime.ts'
import { createUsage } from './usage.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

describeDatabases('recent usage', (open) => {
  it('has the same 60 intervals for all that are asked for, and nothing where nothing was measured [WSP-08]', async () => {
    const [db, clock] = [await open(), createFakeClock(60 * MINUTE)]
    const samples = createSamples({ db, clock, log: silentLog })
    // What was measured is read; nothing is measured here.
    const runtime = undefined as unknown as Runtime
    const usage = createUsage({ runtime, clock, samples, log: silentLog })
    const measure = async (afterMs: number, cpu: number) => {
      clock.advance(afterMs)
      samples.record('workload:one:cpu', cpu)
      samples.record('workload:one:memory', 100 * cpu)
    }
    await measure(0, 1)
    await measure(10 * SECOND, 3)
    clock.advance(50 * SECOND)
    await samples.flush()
    const { stepMs, items } = await usage.recent(['one', 'two'], 30 * MINUTE)
    expect(stepMs).toBe(30 * SECOND)
    expect(items.map(({ id, cpu, memoryBytes }) => [id, cpu.length, cpu.slice(-2), memoryBytes.slice(-2)])).toEqual([
      ['one', 60, [2, null], [200, null]],
      ['two', 60, [null, null], [null, null]],
    ])
  })
})
