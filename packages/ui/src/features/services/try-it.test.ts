import { describe, expect, it } from 'vitest'
import { exampleBody, fieldsBody, fieldsOf, problemOfField } from './try-it.ts'

const inputs = [
  { name: 'tenure', type: 'long', optional: false },
  { name: 'plan', type: 'string', optional: false },
  { name: 'spend', type: 'double', optional: true },
  { name: 'active', type: 'boolean', optional: false },
]
const signature = { inputs, outputs: [] }

describe('fields from a signature', () => {
  it('begin with the first row of the example', () => {
    const fields = fieldsOf(signature, { columns: ['tenure', 'plan', 'spend'], data: [[7, 'basic', 38.5]] })
    expect(fields?.map(({ name, kind, initial }) => [name, kind, initial])).toEqual([
      ['tenure', 'whole', '7'],
      ['plan', 'text', 'basic'],
      ['spend', 'number', '38.5'],
      ['active', 'boolean', 'false'],
    ])
  })

  it('make one row of typed values, and leave out what is optional and empty', () => {
    const fields = fieldsOf(signature, null) ?? []
    expect(JSON.parse(fieldsBody(fields, { tenure: '12', plan: 'pro', active: 'true' }))).toEqual({
      dataframe_records: [{ tenure: 12, plan: 'pro', active: true }],
    })
  })

  it('do not exist for tensors', () => {
    expect(
      fieldsOf({ inputs: [{ name: null, type: 'float32[-1, 4]', optional: false }], outputs: [] }, null),
    ).toBeNull()
    expect(fieldsOf(null, null)).toBeNull()
  })

  it('say what is wrong with a value', () => {
    const [tenure, plan, spend] = fieldsOf(signature, null) ?? []
    if (!tenure || !plan || !spend) throw new Error('fields are missing')
    expect([
      problemOfField(tenure, '1.5'),
      problemOfField(tenure, ''),
      problemOfField(spend, 'x'),
      problemOfField(spend, ''),
      problemOfField(plan, ''),
    ]).toEqual(['badWhole', 'missing', 'badNumber', null, null])
  })
})

describe('a request without fields', () => {
  it('is the example in the form the server takes', () => {
    expect(JSON.parse(exampleBody([[1, 2]]))).toEqual({ inputs: [[1, 2]] })
    expect(JSON.parse(exampleBody({ columns: ['a'], data: [[1]] }))).toEqual({
      dataframe_split: { columns: ['a'], data: [[1]] },
    })
  })
})
