import type { RunSummary } from '@mllab/sdk'
import { describe, expect, it } from 'vitest'
import { mergeRuns } from './merge-runs.ts'

const run = (id: string, status = 'finished') => ({ id, status }) as RunSummary // the merge reads nothing else

describe('new runs in a table', () => {
  it('are counted and do not move the rows', () => {
    const { rows, arrived } = mergeRuns([run('b', 'running'), run('a')], [run('c'), run('b'), run('a')], false)
    expect(rows.map(({ id, status }) => `${id} ${status}`)).toEqual(['b finished', 'a finished'])
    expect(arrived).toBe(1)
  })

  it('leave rows alone that the head does not reach', () => {
    expect(mergeRuns([run('b'), run('a')], [run('b')], false).rows).toHaveLength(2)
  })

  it('take rows away that are gone, when the head is the whole list', () => {
    expect(mergeRuns([run('b'), run('a')], [run('b')], true).rows.map(({ id }) => id)).toEqual(['b'])
  })
})
