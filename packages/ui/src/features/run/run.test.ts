import type { Curve } from '@mllab/sdk'
import { describe, expect, it } from 'vitest'
import { changedParams } from './changed-params.ts'
import { chartGroups } from './chart-groups.ts'
import { imageType, prettyJson, previewKind } from './preview-kind.ts'

const curve = (key: string, ...values: (number | 'NaN')[]): Curve => ({
  key,
  points: values.length,
  buckets: values.map((last, step) => ({ step, at: 0, low: 0, high: 0, last })),
})

describe('charts of a run', () => {
  it('put what measures the same on different data together, and what judges first', () => {
    const groups = chartGroups([
      curve('lr', 1, 2),
      curve('train_loss', 2, 1),
      curve('val_loss', 3, 'NaN'),
      curve('auc', 0.9),
    ])
    expect(groups.map(({ title, lines }) => [title, lines.map(({ name }) => name)])).toEqual([
      ['loss', ['train', 'val']],
      ['lr', ['lr']],
    ])
    expect(groups[0]?.lines[1]?.curve).toEqual({ x: [0, 1], y: [3, null] })
  })

  it('keep the whole name of a part that stands alone', () => {
    expect(chartGroups([curve('val_auc', 1, 2)])[0]?.title).toBe('val_auc')
  })
})

it('says what a parameter was', () => {
  const params = [
    { key: 'eta', value: '0.1' },
    { key: 'depth', value: '6' },
  ]
  expect(
    changedParams(params, [
      { key: 'eta', value: '0.2' },
      { key: 'depth', value: '6' },
    ]),
  ).toEqual([
    { key: 'eta', value: '0.1', was: '0.2' },
    { key: 'depth', value: '6' },
  ])
  expect(changedParams(params, null)).toEqual(params)
})

describe('previews', () => {
  it('show pictures, JSON and text, HTML only as its text', () => {
    expect(['a/plot.PNG', 'x.json', 'page.html', 'model/MLmodel', 'model.pkl', 'noend'].map(previewKind)).toEqual([
      'image',
      'json',
      'text',
      'text',
      'none',
      'none',
    ])
    expect([imageType('a.svg'), imageType('b.jpg')]).toEqual(['image/svg+xml', 'image/jpeg'])
  })

  it('leave JSON alone that was cut', () => {
    expect(prettyJson('{"a": [1,')).toBe('{"a": [1,')
  })
})
