import { expect, it } from 'vitest'
import { commonMetrics, metricOf } from './run-metrics.ts'

const run = (metrics: Record<string, number | 'NaN'>) => ({
  metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, step: 0, at: '2026-11-22T14:00:00Z' })),
})

it('takes the two metrics most runs have', () => {
  expect(commonMetrics([run({ auc: 1, loss: 2 }), run({ loss: 1, f1: 0 }), run({ auc: 3 })])).toEqual(['auc', 'loss'])
  expect(commonMetrics([])).toEqual([])
})

it('reads values JSON has no numbers for', () => {
  expect(metricOf(run({ loss: 'NaN' }), 'loss')).toBeNaN()
  expect(metricOf(run({}), 'loss')).toBeNull()
})
