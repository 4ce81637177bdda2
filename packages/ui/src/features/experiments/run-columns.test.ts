import type { RunSummary } from '@mllab/sdk'
import { describe, expect, it } from 'vitest'
import { bestOf, chosenColumns, noColumns, parseColumn, runsCsv, toggleColumn, usualColumns } from './run-columns.ts'

const at = '2026-11-22T12:00:00.000Z'

function run(id: string, metrics: Record<string, number | 'NaN'>, params: Record<string, string>): RunSummary {
  return {
    id,
    name: id,
    experiment: { number: 1, name: 'churn' },
    status: 'finished',
    startedAt: at,
    endedAt: at,
    by: null,
    source: null,
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, step: 0, at })),
    params: Object.entries(params).map(([key, value]) => ({ key, value })),
    tags: [],
    deleted: false,
    can: [],
  }
}

const runs = [
  run('a', { learning_rate: 0.1, val_auc: 0.8, train_loss: 0.3 }, { eta: '0.1', objective: 'logistic' }),
  run('b', { learning_rate: 0.1, val_auc: 0.9, train_loss: 0.2 }, { eta: '0.2', objective: 'logistic' }),
]

describe('columns of the table of runs', () => {
  it('are those that tell most: what judges a model, and what differs', () => {
    expect(usualColumns(runs)).toEqual([
      { group: 'metrics', key: 'val_auc' },
      { group: 'metrics', key: 'train_loss' },
      { group: 'metrics', key: 'learning_rate' },
      { group: 'params', key: 'eta' },
    ])
  })

  it('come from the address when it names them, even none', () => {
    expect(chosenColumns(['metrics.val_auc', 'nonsense'], runs)).toEqual([{ group: 'metrics', key: 'val_auc' }])
    expect(chosenColumns([noColumns], runs)).toEqual([])
  })

  it('keep keys with dots', () => {
    expect(parseColumn('metrics.val.auc')).toEqual({ group: 'metrics', key: 'val.auc' })
  })

  it('are added and taken away', () => {
    const eta = { group: 'params', key: 'eta' } as const
    expect(toggleColumn([eta], { group: 'metrics', key: 'auc' })).toEqual(['metrics.auc', 'params.eta'])
    expect(toggleColumn([eta], eta)).toEqual([noColumns])
  })
})

describe('the best of a column', () => {
  it('is the highest or the lowest, as the name says', () => {
    expect([bestOf('val_auc', runs), bestOf('train_loss', runs), bestOf('learning_rate', runs)]).toEqual([
      0.9,
      0.2,
      undefined,
    ])
  })

  it('is nobody who stands alone, and never NaN', () => {
    expect(bestOf('val_auc', runs.slice(0, 1))).toBeUndefined()
    expect(bestOf('val_auc', [...runs.slice(0, 1), ...runs.slice(0, 1)])).toBeUndefined()
    expect(bestOf('val_auc', [...runs, run('c', { val_auc: 'NaN' }, {})])).toBe(0.9)
  })
})

describe('CSV of runs', () => {
  it('quotes, and keeps spreadsheets from running formulas', () => {
    const [, row] = runsCsv([run('=HYPERLINK("x")', { auc: -0.5 }, { note: 'a,b' })]).split('\r\n')
    expect(row).toBe(`"'=HYPERLINK(""x"")","'=HYPERLINK(""x"")",churn,finished,${at},${at},,-0.5,"a,b"`)
  })
})
