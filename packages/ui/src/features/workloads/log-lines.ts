import type { LogLine } from '../../components/LogView.tsx'
import { stripAnsi } from '../../lib/ansi.ts'

/** A reader of a log keeps so many lines; older ones are in the file. */
const mostLines = 20_000

/** What was read of a log so far. The last line may still grow. */
export interface LogText {
  lines: readonly LogLine[]
  /** What came after the last line break. */
  rest: string
  /** Bytes from the beginning of the log up to where the next read goes on. */
  offset: number
}

export const emptyLog: LogText = { lines: [], rest: '', offset: 0 }

/** Adds what was read. Progress bars overwrite their line (`\r`): the last state counts. */
export function appendLog(log: LogText, text: string, bytes: number): LogText {
  const pieces = (log.rest + text).split('\n')
  const rest = pieces.pop() ?? ''
  const from = (log.lines.at(-1)?.number ?? 0) + 1
  const added = pieces.map((piece, index) => logLine(piece, from + index))
  return { lines: [...log.lines, ...added].slice(-mostLines), rest, offset: log.offset + bytes }
}

/** All lines to show, with the one that still grows. */
export function shownLines({ lines, rest }: LogText): readonly LogLine[] {
  return rest === '' ? lines : [...lines, logLine(rest, (lines.at(-1)?.number ?? 0) + 1)]
}

export function logLine(raw: string, number: number): LogLine {
  const text = raw.replace(/\r$/, '').replace(/^.*\r/, '')
  const level = levelOf(stripAnsi(text))
  return { number, text, ...(level ? { level } : {}) }
}

// Jupyter writes `[E 2026-11-22 …]`, most others the word.
const errors = /^\[E |\b(?:ERROR|CRITICAL|FATAL)\b|^Traceback \(|^[A-Za-z_.]*(?:Error|Exception): /
const warnings = /^\[W |\bWARN(?:ING)?\b/

function levelOf(text: string): 'warn' | 'error' | undefined {
  if (errors.test(text)) return 'error'
  return warnings.test(text) ? 'warn' : undefined
}
