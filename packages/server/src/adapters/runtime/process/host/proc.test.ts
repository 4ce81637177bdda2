import { describe, expect, it } from 'vitest'

import { pidsAmong, readAllStats } from './proc.ts'

describe('the look at all processes', () => {
  it('finds numbers whatever they begin with', () => {
    expect(pidsAmong(['1', '9', '90', '9202', '987654', '12', 'self', 'sys', '.hidden'])).toEqual([
      1, 9, 90, 9202, 987_654, 12,
    ])
  })

  it('finds this one', () => {
    expect(readAllStats().map(({ pid }) => pid)).toContain(process.pid)
  })
})
