import { createFakeClock, silentLog } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { createSamples } from './samples.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

describeDatabases('samples', (open) => {
  it('keep means of 10 s, and a gap stays a gap', async () => {
    const [db, clock] = [await open(), createFakeClock(0)]
    const samples = createSamples({ db, clock, log: silentLog })
    samples.record('cpu', 1)
    samples.record('cpu', 3)
    samples.record('cpu', Number.NaN)
    clock.set(10 * SECOND)
    await samples.flush()
    clock.set(30 * SECOND)
    await samples.flush()
    samples.record('cpu', 8)
    clock.set(40 * SECOND)
    await samples.flush()
    expect(await samples.read(['cpu', 'none'], 0)).toEqual({
      stepMs: 10 * SECOND,
      points: new Map([
        [
          'cpu',
          [
            { at: 0, value: 2 },
            { at: 30 * SECOND, value: 8 },
          ],
        ],
        ['none', []],
      ]),
    })
  })

  it('become minutes and hours, and fine ones are forgotten', async () => {
    const [db, clock] = [await open(), createFakeClock(0)]
    const samples = createSamples({ db, clock, log: silentLog })
    for (let at = 0; at < 3 * HOUR; at += 10 * SECOND) {
      clock.set(at)
      samples.record('memory', Math.floor(at / MINUTE))
      clock.set(at + 10 * SECOND)
      await samples.flush()
    }
    const fine = await samples.read(['memory'], clock.now() - HOUR)
    expect([fine.stepMs, fine.points.get('memory')?.length]).toEqual([10 * SECOND, 360])
    const minutes = await samples.read(['memory'], 0)
    expect([minutes.stepMs, minutes.points.get('memory')?.slice(0, 2)]).toEqual([
      MINUTE,
      [
        { at: 0, value: 0 },
        { at: MINUTE, value: 1 },
      ],
    ])
    clock.set(8 * 24 * HOUR)
    const hours = await samples.read(['memory'], 0)
    expect([hours.stepMs, hours.points.get('memory')?.map(({ value }) => value)]).toEqual([HOUR, [29.5, 89.5, 149.5]])
    const left = await db.sql
      .selectFrom('sample')
      .select((eb) => eb.fn.min('at').as('oldest'))
      .where('resolution', '=', 10 * SECOND)
      .executeTakeFirstOrThrow()
    expect(Number(left.oldest)).toBeGreaterThanOrEqual(45 * MINUTE)
  }, 60_000)
})
