import { describe, expect, it } from 'vitest'
import { createFormats } from './format.ts'
import { initials } from './initials.ts'

const format = createFormats('en-GB', 'UTC')
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe('sizes', () => {
  it('uses decimal units and about three digits', () => {
    expect([0, 512, 84_000, 910_400, 999_999, 48_200_000, 98_130_000, 1_410_000_000, 2e12].map(format.bytes)).toEqual([
      '0 B', '512 B', '84 kB', '910 kB', '1 MB', '48.2 MB', '98.1 MB', '1.41 GB', '2 TB',
    ]) // prettier-ignore
  })

  it('writes a share in the unit of its whole', () => {
    expect(format.bytesOf(1.9e9, 2e9)).toBe('1.9 of 2 GB')
    expect(format.bytesOf(900e6, 2e9)).toBe('0.9 of 2 GB')
  })

  it('writes rates and shares', () => {
    expect(format.rate(13.8e6)).toBe('13.8 MB/s')
    expect(format.percent(0.63)).toBe('63 %')
  })
})

describe('durations', () => {
  it('has two units at most', () => {
    const values = [20, 300, 1490, 41 * second, 64 * second, 134 * minute, 12 * day + hour]
    expect(values.map(format.duration)).toEqual(['0.02 s', '0.3 s', '1.5 s', '41 s', '1 m 04 s', '2 h 14 m', '12 d'])
  })

  it('writes how long something runs in whole units', () => {
    expect([1490, 38 * minute + 20 * second, 302 * minute].map(format.age)).toEqual(['1 s', '38 min', '5 h 02 m'])
  })
})

describe('times', () => {
  const now = Date.UTC(2026, 10, 22, 14, 10, 2, 114)

  it('is relative for a hundred days', () => {
    const distances = [5 * second, 40 * second, 4 * minute, 90 * minute, 26 * hour, 41 * day, 200 * day]
    expect(distances.map((distance) => format.relative(now - distance, now))).toEqual([
      'now', '1 min ago', '4 min ago', '1 h ago', 'yesterday', '41 d ago', 'May 2026',
    ]) // prettier-ignore
  })

  it('looks ahead', () => {
    expect(format.relative(now + 6 * minute, now)).toBe('in 6 min')
  })

  it('has an exact form and a clock for logs', () => {
    expect(format.exact(now)).toBe('22 Nov 2026, 14:10:02 UTC')
    expect(format.clock(now)).toBe('14:10:02.114')
  })
})

describe('metrics', () => {
  it('has four significant digits, whole numbers as they are', () => {
    const values = [0.88124, 0.5, 0.026412, 42.61, 412, 291_804, 12_345_678.9, 0.0000123, Number.NaN, -Infinity]
    expect(values.map(format.metric)).toEqual([
      '0.8812', '0.5000', '0.02641', '42.61', '412', '291,804', '1.235e7', '1.230e-5', 'NaN', '−∞',
    ]) // prettier-ignore
  })

  it('keeps every digit in the full form', () => {
    expect(format.full(0.881234567891)).toBe('0.881234567891')
  })

  it('says when a count is capped', () => {
    expect([format.count(1284), format.count(10_000, true)]).toEqual(['1,284', '10,000+'])
  })
})

describe('initials', () => {
  it('takes the first and the last name', () => {
    expect(['Mara Lindqvist', 'elif', 'Tomás de Oliveira', 'ci-deploy'].map(initials)).toEqual(['ML', 'EL', 'TO', 'CD'])
  })
})
