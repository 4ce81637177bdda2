import { describe, expect, it } from 'vitest'

import { cell, sizeText } from './cells.ts'
import { fields } from './fields.ts'
import { table } from './table.ts'

describe('values for people', () => {
  it('are short and say what they are', () => {
    expect([0, 999, 1000, 20_000_000, 123_456_789_000].map(sizeText)).toEqual([
      '0 B', '999 B', '1.0 kB', '20.0 MB', '123 GB',
    ]) // prettier-ignore
    expect(cell('sizeBytes', 1500)).toBe('1.5 kB')
    expect(cell('admin', true)).toBe('yes')
    expect(cell('at', null)).toBe('-')
    expect(cell('createdAt', new Date(2026, 0, 2, 3, 4).toISOString())).toBe('2026-01-02 03:04')
    expect(cell('person', { id: '1', username: 'ada', name: 'Ada' })).toBe('ada')
    expect(cell('model', { name: 'wine', version: 3 })).toBe('wine@3')
    expect(cell('state', { status: 'running', since: 'x' })).toBe('running')
    expect(cell('metrics', [{ key: 'auc', value: 0.9 }])).toBe('auc=0.9')
    expect(cell('steps', [{ a: {} }])).toBeUndefined()
  })

  it('never carry control characters of other people to the terminal', () => {
    expect(cell('name', 'a\u001b[31m\nb')).toBe('a\u{fffd}[31m b')
  })

  it('are columns, names first, and only those that fit', () => {
    const rows = [
      { id: '1', createdAt: null, name: 'long name', slug: 'a', can: ['x'], parts: { a: 1 } },
      { id: '2', createdAt: null, name: 'b', slug: 'b', can: [], parts: {} },
    ]
    expect(table(rows, Infinity)).toBe('SLUG  NAME       CREATED\na     long name  -\nb     b          -')
    expect(table(rows, 16)).toBe('SLUG  NAME\na     long name\nb     b')
  })

  it('are fields with their parts below, and lists of parts as tables', () => {
    const steps = [
      { name: 'x', at: null, parts: { b: 1 } },
      { name: 'longer', at: null, parts: { b: 1 } },
    ]
    const object = { name: 'a', sizeBytes: 1, counts: { runs: 1 }, none: {}, steps }
    const lines = [
      'name    a',
      'size    1 B',
      'counts',
      '  runs  1',
      'none    -',
      'steps',
      '  NAME    AT',
      '  x       -',
      '  longer  -',
    ]
    expect(fields(object)).toBe(lines.join('\n'))
  })
})
