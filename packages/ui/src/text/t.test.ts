import { expect, it } from 'vitest'
import { t } from './t.ts'

it('fills in values and chooses the form by number', () => {
  expect(t('list.noMatch', { n: 1, noun: 'run' })).toBe('No run matches 1 filter')
  expect(t('list.noMatch', { n: 3, noun: 'run' })).toBe('No run matches 3 filters')
  expect(t('list.noMatch', { n: 0, noun: 'run' })).toBe('No run matches 0 filters')
})
