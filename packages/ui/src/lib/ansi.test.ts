import { describe, expect, it } from 'vitest'
import { parseAnsi, stripAnsi } from './ansi.ts'

describe('parseAnsi', () => {
  it('keeps colours and bold', () => {
    expect(parseAnsi('a \u001b[31mred \u001b[1mbold\u001b[0m b')).toEqual([
      { text: 'a ' },
      { text: 'red ', tone: 'red' },
      { text: 'bold', tone: 'red', bold: true },
      { text: ' b' },
    ])
  })

  it('skips 256 and true colours without taking their numbers for codes', () => {
    expect(parseAnsi('\u001b[38;5;31mx\u001b[38;2;1;31;32my')).toEqual([{ text: 'x' }, { text: 'y' }])
  })

  it('drops cursor moves, titles and control characters', () => {
    expect(stripAnsi('\u001b]0;title\u0007\u001b[2K\u001b[1Gdone\u0000')).toBe('done')
  })

  it('shows the last state of a progress line', () => {
    expect(stripAnsi('10 %\r50 %\r100 %\r')).toBe('100 %')
  })
})
