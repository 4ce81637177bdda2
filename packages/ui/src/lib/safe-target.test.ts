import { expect, it } from 'vitest'
import { safeTarget } from './safe-target.ts'

const origin = 'https://lab.example.org'

it('keeps paths of this server, with query and hash', () => {
  expect(safeTarget('/app/p/churn?sort=-started#run', origin)).toBe('/app/p/churn?sort=-started#run')
  expect(safeTarget('/apps/open?app=x&to=%2F', origin)).toBe('/apps/open?app=x&to=%2F')
})

it.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '\\\\evil.example',
  'javascript:alert(1)',
  'app',
  '',
  undefined,
])('refuses %j', (to) => expect(safeTarget(to, origin)).toBeNull())
