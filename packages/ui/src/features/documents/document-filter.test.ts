import { describe, expect, it } from 'vitest'
import { documentFilter } from './document-filter.ts'
import { checkJson } from './json.ts'

describe('the filter of documents [PRJ-02]', () => {
  it('takes fields, comparisons and ranges, each value of its own type', () => {
    expect(documentFilter('status:open score >= 0.5 score < 2 done:true by:null model.name != tabnet n:1..3')).toEqual({
      prefix: undefined,
      filter: {
        status: { eq: 'open' },
        score: { gte: 0.5, lt: 2 },
        done: { eq: true },
        by: { eq: null },
        'model.name': { ne: 'tabnet' },
        n: { gte: 1, lte: 3 },
      },
    })
  })

  it('takes words and key: as the beginning of the key', () => {
    expect(documentFilter('r-')).toEqual({ prefix: 'r-', filter: undefined })
    expect(documentFilter('key:r-1 a:b')).toEqual({ prefix: 'r-1', filter: { a: { eq: 'b' } } })
    expect(documentFilter('')).toEqual({ prefix: undefined, filter: undefined })
  })
})

describe('what is typed as a document', () => {
  it('has to be a JSON object', () => {
    expect(checkJson('{"a": 1}')).toEqual({ value: { a: 1 } })
    expect(checkJson('[1]').error).toContain('Has to be an object')
    expect(checkJson('{').error).toContain('Is not JSON')
  })
})
