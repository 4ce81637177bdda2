import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeTerm, type FilterTerm, parseFilter, suggest, writeFilter } from './filter.ts'

describe('parseFilter', () => {
  it('reads matches, comparisons, ranges and words', () => {
    expect(parseFilter('status:running params.eta < 0.1 max_depth:4..10 val_auc>=0.9 baseline')).toEqual([
      { kind: 'is', field: 'status', value: 'running' },
      { kind: 'compare', field: 'params.eta', operator: '<', value: '0.1' },
      { kind: 'range', field: 'max_depth', from: '4', to: '10' },
      { kind: 'compare', field: 'val_auc', operator: '>=', value: '0.9' },
      { kind: 'text', value: 'baseline' },
    ])
  })

  it('keeps quoted values together', () => {
    expect(parseFilter('started:"last 7 days" "two words"')).toEqual([
      { kind: 'is', field: 'started', value: 'last 7 days' },
      { kind: 'text', value: 'two words' },
    ])
  })

  it('takes what it cannot read as text', () => {
    expect(parseFilter('status: "open')).toEqual([
      { kind: 'text', value: 'status:' },
      { kind: 'text', value: 'open' },
    ])
    expect(parseFilter('  ')).toEqual([])
  })

  it('reads back what it wrote', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_.]{0,9}$/)
    const value = fc.string({ minLength: 1, maxLength: 12 })
    const term: fc.Arbitrary<FilterTerm> = fc.oneof(
      fc.record({ kind: fc.constant('is' as const), field: name, value }),
      fc.record({ kind: fc.constant('text' as const), value }),
      fc.record({
        kind: fc.constant('compare' as const),
        field: name,
        operator: fc.constantFrom('<', '>=', '!='),
        value,
      }),
      fc.record({
        kind: fc.constant('range' as const),
        field: name,
        from: fc.nat().map(String),
        to: fc.nat().map(String),
      }),
    )
    fc.assert(fc.property(fc.array(term), (terms) => void expect(parseFilter(writeFilter(terms))).toEqual(terms)))
  })
})

describe('describeTerm', () => {
  it('says a range as a range', () => {
    expect(describeTerm({ kind: 'range', field: 'max_depth', from: '4', to: '10' })).toEqual({
      field: 'max_depth',
      value: '4 … 10',
    })
  })
})

describe('suggest', () => {
  const fields = [
    { name: 'status', values: ['running', 'failed'] },
    { name: 'started', hint: 'a time' },
    { name: 'owner' },
  ]

  it('offers fields that begin so', () => {
    expect(suggest('owner:me st', fields).map((found) => found.insert)).toEqual(['status:', 'started:'])
  })

  it('offers values after the colon', () => {
    expect(suggest('status:r', fields)).toEqual([{ insert: 'status:running', label: 'running', complete: true }])
  })
})
