import type { ModelVersion } from '@mllab/sdk'
import { expect, it } from 'vitest'
import { compareVersions } from './compare.ts'

const version = (metrics: Record<string, number>) =>
  ({ metrics: Object.entries(metrics).map(([key, value]) => ({ key, value })) }) as ModelVersion // nothing else is read

it('says for each shared metric which way it went', () => {
  const compared = compareVersions(
    version({ auc: 0.5, loss: 1, size: 2, old: 1 }),
    version({ auc: 0.75, loss: 2, size: 3 }),
  )
  expect(compared).toEqual([
    { key: 'auc', before: 0.5, after: 0.75, change: 0.25, better: true },
    { key: 'loss', before: 1, after: 2, change: 1, better: false },
    { key: 'size', before: 2, after: 3, change: 1, better: null },
  ])
})
