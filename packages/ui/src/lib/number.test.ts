import { expect, it } from 'vitest'
import { parseNumber, stepNumber } from './number.ts'

it('reads numbers as people type them', () => {
  const typed = ['2', ' 2,5 ', '1.234.567', "1'000", '1,234.5', '1.234,5', '−3', '1e-3', '.5', '', 'x', '1..', '1e999']
  expect(typed.map(parseNumber)).toEqual([2, 2.5, 1_234_567, 1000, 1234.5, 1234.5, -3, 0.001, 0.5, null, null, 1, null])
})

it('steps without binary dust and inside the bounds', () => {
  expect([stepNumber(0.1, 0.2), stepNumber(7, 10, 1, 14), stepNumber(null, 1, 1), stepNumber(null, 1)]).toEqual([
    0.3, 14, 1, 1,
  ])
})
