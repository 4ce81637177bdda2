import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { many, one, parseSearch, writeSearch } from './search.ts'

describe('the query of an address', () => {
  it('stays readable', () => {
    const query = writeSearch({ filter: 'status:running eta<0.1', run: ['a', 'b'], tab: undefined })
    expect(query).toBe('?filter=status:running+eta<0.1&run=a&run=b')
  })

  it('keeps every value a text', () => {
    const params = parseSearch('?name=1e3&x=true&x=null')
    expect([one(params, 'name'), many(params, 'x'), many(params, 'y')]).toEqual(['1e3', ['true', 'null'], []])
  })

  it('reads back what it wrote', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' })
    const pairs = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,5}$/),
      fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 4 })),
    )
    fc.assert(fc.property(pairs, (params) => void expect(parseSearch(writeSearch(params))).toEqual({ ...params })))
  })
})
