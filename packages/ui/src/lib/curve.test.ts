import { describe, expect, it } from 'vitest'
import { align, curveWithGaps, lastValue, smooth, sparkPath } from './curve.ts'
import { assignSlots, seriesStyle } from './series.ts'

describe('smooth', () => {
  it('does not drag the start towards zero', () => {
    expect(smooth([2, 2, 2], 0.9).map((value) => Number(value?.toFixed(9)))).toEqual([2, 2, 2])
  })

  it('keeps gaps and values that are no numbers', () => {
    expect(smooth([1, null, Number.NaN, 1], 0.5)).toEqual([1, null, Number.NaN, 1])
  })
})

describe('align', () => {
  it('tells a gap from a missing point', () => {
    const both = align([
      { x: [0, 2], y: [1, null] },
      { x: [1, 2], y: [5, 6] },
    ])
    expect(both).toEqual({
      x: [0, 1, 2],
      ys: [
        [1, undefined, null],
        [undefined, 5, 6],
      ],
    })
  })
})

describe('sparkPath', () => {
  it('lifts the pen at gaps', () => {
    expect(sparkPath([0, 1, null, 1, 0], 44, 20)).toBe('M2 18L12 2M32 2L42 18')
  })

  it('draws a constant in the middle and nothing for nothing', () => {
    expect(sparkPath([3, 3], 44, 20)).toBe('M2 10L42 10')
    expect(sparkPath([], 44, 20)).toBe('')
  })

  it('spans at least the range it is given', () => {
    expect(sparkPath([0.5, 0.5], 44, 20, { range: [0, 1] })).toBe('M2 10L42 10')
    expect(sparkPath([4, 4], 44, 20, { range: [0, 1] })).toBe('M2 2L42 2')
  })
})

describe('curveWithGaps', () => {
  it('leaves out a single missing interval, and shows several as a gap', () => {
    const points = [10, 20, 40, 70].map((at) => ({ at, value: 1 }))
    expect(curveWithGaps(points, 10)).toEqual({ x: [10, 20, 40, 50, 70], y: [1, 1, 1, null, 1] })
  })
})

describe('lastValue', () => {
  it('skips what is no number', () => {
    expect(lastValue([1, 2, Number.NaN, null])).toBe(2)
    expect(lastValue([null])).toBeNull()
  })
})

describe('assignSlots', () => {
  it('lets objects keep their colour and fills freed ones', () => {
    const first = assignSlots(new Map(), ['a', 'b', 'c'])
    expect(assignSlots(first, ['c', 'd', 'a'])).toEqual(new Map([['c', 2], ['a', 0], ['d', 1]])) // prettier-ignore
  })

  it('repeats colours with dashes from the ninth on', () => {
    expect([seriesStyle(7), seriesStyle(8)]).toEqual([
      { color: 'var(--series-8)' },
      { color: 'var(--series-1)', dash: [6, 3] },
    ])
  })
})
