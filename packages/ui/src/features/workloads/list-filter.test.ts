import { expect, it } from 'vitest'
import { workloadFilter } from './list-filter.ts'

it('reads status, owner and words', () => {
  expect(workloadFilter('status:running owner:me gpu')).toEqual({ search: 'gpu', status: 'running', mine: true })
})

it('takes no status that does not exist', () => {
  expect(workloadFilter('status:asleep')).toEqual({ search: undefined, status: undefined, mine: false })
})
