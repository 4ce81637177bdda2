import { describe, expect, it } from 'vitest'
import { chartToCsv, chartToSvg } from './chart-export.ts'

const data = {
  xName: 'step',
  x: [0, 1, 2],
  series: [
    { name: 'a,"b"', color: 'red', values: [0.1234567890123, null, 3] },
    { name: '=sum()', color: 'blue', values: [undefined, 2, 2] },
  ],
}

describe('files of a chart', () => {
  it('writes every digit, quotes names and makes no formulas', () => {
    expect(chartToCsv(data)).toBe(`step,"a,""b""",'=sum()\r\n0,0.1234567890123,\r\n1,,2\r\n2,3,2\r\n`)
  })

  it('breaks lines at gaps and escapes names', () => {
    const svg = chartToSvg(data, '<loss>', (color) => color)
    expect(svg).toContain('&lt;loss&gt;')
    expect(svg.match(/ d="M[^"]*M/g)).toHaveLength(1)
  })
})
