import type { Terminal } from '../surroundings.ts'
import { sizeText } from './cells.ts'

export interface Progress {
  at(doneBytes: number, totalBytes: number): void
  /** Ends the line. */
  close(): void
}

const LINES_AT_PERCENT = 10

/** How far something is, on one line that changes; where there is no terminal, a line for each tenth. */
export function openProgress(title: string, stderr: Terminal): Progress {
  let lastPercent = -1
  return {
    at: (doneBytes, totalBytes) => {
      const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100)
      const step = stderr.isTTY ? percent : percent - (percent % LINES_AT_PERCENT)
      if (step === lastPercent) return
      lastPercent = step
      const line = `${title}: ${percent} % (${sizeText(doneBytes)} of ${sizeText(totalBytes)})`
      stderr.write(stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
    },
    close: () => {
      if (stderr.isTTY && lastPercent >= 0) stderr.write('\n')
    },
  }
}
