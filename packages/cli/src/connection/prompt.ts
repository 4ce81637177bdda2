import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'

import type { Surroundings } from '../surroundings.ts'

/** Questions at the terminal, or lines of stdin where there is none. */
export interface Prompt {
  ask(question: string): Promise<string>
  /** What is typed does not appear. */
  askSecret(question: string): Promise<string>
  close(): void
}

export function openPrompt({ stdin, stderr, signal }: Surroundings): Prompt {
  let isSilent = false
  const echo = new Writable({
    write: (chunk: Buffer, _, done) => {
      if (!isSilent) stderr.write(chunk)
      done()
    },
  })
  const terminal = stdin.isTTY === true
  const lines = createInterface({ input: stdin, output: echo, terminal })
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT')) // raw mode keeps Ctrl-C from becoming a signal
  const nextLine = lineReader(lines, signal)
  return {
    ask: (question) => {
      if (terminal) stderr.write(question)
      return nextLine()
    },
    askSecret: async (question) => {
      if (terminal) stderr.write(question)
      isSilent = true
      try {
        return await nextLine()
      } finally {
        isSilent = false
        if (terminal) stderr.write('\n')
      }
    },
    close: () => lines.close(),
  }
}

/** Lines may come before they are asked for. */
function lineReader(lines: Interface, signal: AbortSignal): () => Promise<string> {
  const early: string[] = []
  const waiting: ((line: string) => void)[] = []
  let isClosed = false
  lines.on('line', (line) => {
    const next = waiting.shift()
    if (next) next(line)
    else early.push(line)
  })
  lines.on('close', () => {
    isClosed = true
    for (const next of waiting.splice(0)) next('')
  })
  return () =>
    new Promise((resolve, reject) => {
      const line = early.shift()
      if (line !== undefined) return resolve(line)
      if (isClosed) return resolve('')
      waiting.push(resolve)
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }) // an AbortError
    })
}
