import { expect, it } from 'vitest'
import { matchName } from './match.ts'

it('finds all words, in any order', () => {
  expect(matchName('scor chu', 'churn-scorer')?.ranges).toEqual([[0, 3], [6, 10]]) // prettier-ignore
  expect(matchName('churn x', 'churn-scorer')).toBeNull()
})

it('prefers the start of the name, then of a word', () => {
  const names = ['unchurned', 'old-churn', 'churn-scorer']
  const best = names.toSorted((a, b) => (matchName('churn', b)?.score ?? 0) - (matchName('churn', a)?.score ?? 0))
  expect(best).toEqual(['churn-scorer', 'old-churn', 'unchurned'])
})

it('marks overlapping words once', () => {
  expect(matchName('chu churn', 'churn')?.ranges).toEqual([[0, 5]])
})
