import { describe, expect, it } from 'vitest'
import { runQuery } from './run-filter.ts'

const now = Date.UTC(2026, 10, 22, 12)
const day = 24 * 3600_000

describe('the filter bar of runs', () => {
  it('is nothing when it is empty', () => {
    expect(runQuery('', now)).toEqual({ search: undefined, status: undefined, filter: undefined })
  })

  it("takes MLflow's grammar as it is pasted", () => {
    expect(runQuery('metrics.auc > 0.9 and params.lr = "0.1"', now).filter).toBe(
      "metrics.auc > 0.9 and params.lr = '0.1'",
    )
  })

  it('puts status and words into parameters of their own', () => {
    expect(runQuery('status:Failed forest two tags.sweep:14', now)).toEqual({
      search: 'forest two',
      status: 'failed',
      filter: "tags.sweep = '14'",
    })
  })

  it('makes a range two conditions, and puts strange keys into back ticks', () => {
    expect(runQuery('metrics.val/auc:0.8..0.9', now).filter).toBe(
      'metrics.`val/auc` >= 0.8 and metrics.`val/auc` <= 0.9',
    )
  })

  it('counts relative times from now', () => {
    expect(runQuery('started:7d', now).filter).toBe(`attributes.start_time >= ${now - 7 * day}`)
    expect(runQuery('started < 2026-11-01', now).filter).toBe(`attributes.start_time < ${Date.UTC(2026, 10, 1)}`)
  })

  it('leaves out what is no time', () => {
    expect(runQuery('started:yesterdayish', now).filter).toBeUndefined()
  })

  it('cannot be left through a quote', () => {
    expect(runQuery(`params.a:"x' or 1=1"`, now).filter).toBe(`params.a = "x' or 1=1"`)
  })
})
