import type { Workspace } from '@mllab/sdk'
import { describe, expect, it } from 'vitest'
import { lifeLines } from './life-lines.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const in_ = (ms: number) => new Date(now + ms).toISOString()
const life: Workspace['life'] = {
  suspendAfterMinutes: 30,
  stopAfterHours: 8,
  activeAt: in_(0),
  busy: '',
  suspendedAt: null,
  suspendsAt: null,
  stopsAt: null,
  expiresAt: null,
  expiredAt: null,
  deletedAt: null,
}

describe('what will happen to a workspace [WSP-38]', () => {
  it('is told with its time and its reason, the next first', () => {
    const lines = lifeLines({ ...life, stopsAt: in_(8 * 3600_000), suspendsAt: in_(30 * 60_000) }, now)
    expect(lines.map(({ name }) => name)).toEqual(['Suspends', 'Stops'])
    expect(lines[0]?.text).toMatch(/^\d\d:\d\d, in 30 min, after 30 min without use\./)
    expect(lines[1]?.text).toContain('after 8 h 00 m without use')
  })

  it('names the day when it is not today', () => {
    expect(lifeLines({ ...life, expiresAt: in_(7 * 86_400_000) }, now)[0]?.text).toMatch(/29 Nov|Nov 29/)
  })

  it('is nothing where nothing is due', () => {
    expect(lifeLines(life, now)).toEqual([])
  })
})
