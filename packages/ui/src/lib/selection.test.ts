import { describe, expect, it } from 'vitest'
import { howMany, nothingSelected, select, type Selection, type SelectionAction } from './selection.ts'

const rows = ['a', 'b', 'c', 'd']
const after = (...actions: SelectionAction[]): Selection => actions.reduce(select, nothingSelected)

describe('select', () => {
  it('starts at the first row and stays inside the list', () => {
    expect(after({ do: 'move', by: 1, rows }).cursor).toBe('a')
    expect(after({ do: 'move', by: -1, rows }).cursor).toBe('a')
    expect(after({ do: 'point', id: 'd' }, { do: 'move', by: 1, rows }).cursor).toBe('d')
    expect(after({ do: 'move', by: 1, rows: [] }).cursor).toBeNull()
  })

  it('starts again at the first row when its row is gone', () => {
    expect(after({ do: 'point', id: 'gone' }, { do: 'move', by: 1, rows }).cursor).toBe('a')
  })

  it('toggles', () => {
    expect([...after({ do: 'toggle', id: 'b' }, { do: 'toggle', id: 'c' }, { do: 'toggle', id: 'b' }).chosen]).toEqual([
      'c',
    ])
  })

  it('chooses from the last toggled row with Shift, upwards too', () => {
    expect([...after({ do: 'toggle', id: 'c' }, { do: 'range', id: 'a', rows }).chosen].toSorted()).toEqual([
      'a',
      'b',
      'c',
    ])
    const extended = after({ do: 'toggle', id: 'b' }, { do: 'move', by: 1, rows, extend: true })
    expect([...extended.chosen]).toEqual(['b', 'c'])
  })

  it('chooses all, then none', () => {
    const all = after({ do: 'all', rows })
    expect(howMany(all, rows)).toBe('all')
    expect(howMany(select(all, { do: 'toggle', id: 'a' }), rows)).toBe('some')
    expect(howMany(select(all, { do: 'all', rows }), rows)).toBe('none')
  })

  it('keeps the cursor when cleared', () => {
    expect(after({ do: 'toggle', id: 'b' }, { do: 'clear' })).toEqual({ chosen: new Set(), cursor: 'b', anchor: null })
  })
})
