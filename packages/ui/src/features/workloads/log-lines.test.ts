import { describe, expect, it } from 'vitest'
import { appendLog, emptyLog, shownLines } from './log-lines.ts'

describe('a log that is followed', () => {
  it('joins lines that come in pieces and counts bytes to go on from', () => {
    const log = appendLog(appendLog({ ...emptyLog, offset: 100 }, 'one\ntw', 6), 'o\nthree', 7)
    expect(shownLines(log).map(({ number, text }) => `${number} ${text}`)).toEqual(['1 one', '2 two', '3 three'])
    expect(log.offset).toBe(113)
  })

  it('shows the last state of a progress bar', () => {
    expect(shownLines(appendLog(emptyLog, ' 10 %\r 90 %\n', 12))[0]?.text).toBe(' 90 %')
  })

  it('finds the lines that matter', () => {
    const text =
      'loaded\nWARNING: old\nTraceback (most recent call last):\nValueError: no\n[W 2026-11-22 ServerApp] x\n'
    expect(shownLines(appendLog(emptyLog, text, 1)).map((line) => line.level)).toEqual([
      undefined,
      'warn',
      'error',
      'error',
      'warn',
    ])
  })
})
