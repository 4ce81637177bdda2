import { expect, it } from 'vitest'
import { slugOf } from './slug.ts'

it('makes a slug of a name', () => {
  expect(['Wine quality', ' Tomás & Söhne! ', '日本'].map(slugOf)).toEqual(['wine-quality', 'tomas-sohne', ''])
  expect(slugOf('x'.repeat(39) + ' y')).toBe('x'.repeat(39))
})
