import { QueryClient } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { concerns } from './live.ts'

const queries = new QueryClient()
queries.setQueryData(['project', 'churn'], { id: 'p1' })

const asks = (meta: { live?: string[]; project?: string }, topic: string, project: string | null) =>
  concerns({ meta }, { topic, project }, queries)

it('takes a change of the topic in the same project', () => {
  expect(asks({ live: ['run', 'model'], project: 'churn' }, 'run', 'p1')).toBe(true)
})

it('leaves alone other topics, other projects, projects nobody looked at, and queries that do not live', () => {
  expect(asks({ live: ['run'], project: 'churn' }, 'dataset', 'p1')).toBe(false)
  expect(asks({ live: ['run'], project: 'churn' }, 'run', 'p2')).toBe(false)
  expect(asks({ live: ['run'], project: 'wine' }, 'run', 'p1')).toBe(false)
  expect(asks({}, 'run', 'p1')).toBe(false)
})

it('takes what belongs to no project, and asks of the account about any', () => {
  expect(asks({ live: ['account'] }, 'account', null)).toBe(true)
  expect(asks({ live: ['project'] }, 'project', 'p2')).toBe(true)
})
