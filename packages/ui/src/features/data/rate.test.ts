import { expect, it } from 'vitest'
import { createRate } from './rate.ts'

it('knows nothing at first, then the rate of the last seconds', () => {
  let now = 0
  const rate = createRate(() => now)
  expect(rate.perSecond()).toBeNull()
  for (let second = 1; second <= 20; second += 1) {
    now = second * 1000
    rate.add(second <= 10 ? second * 100 : 1000 + (second - 10) * 500)
  }
  expect(rate.perSecond()).toBeCloseTo(500)
})

it('never goes below zero when a part starts again', () => {
  let now = 0
  const rate = createRate(() => now)
  now = 1000
  rate.add(800)
  now = 2000
  rate.add(-5)
  expect(rate.perSecond()).toBe(0)
})
