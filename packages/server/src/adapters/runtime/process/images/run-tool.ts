import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import { PortError } from '@mllab/kernel'

export interface ToolRun {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly signal: AbortSignal
  readonly onLine?: (line: string) => void
}

const KEPT_LINES = 200

/** Runs a tool of the build to its end. Throws `toError` of its last lines if it fails, the signal's reason if that came. */
export async function runTool(program: string, args: readonly string[], options: ToolRun): Promise<void> {
  const { env, cwd, signal, onLine } = options
  signal.throwIfAborted()
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  // An install must not leave half a file open: the temporary folder is deleted right afterwards.
  const stop = () => child.kill('SIGKILL')
  signal.addEventListener('abort', stop, { once: true })
  const kept: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      kept.push(line)
      if (kept.length > KEPT_LINES) kept.shift()
      onLine?.(line)
    })
  }
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    signal.throwIfAborted()
    if (code !== 0) throw toError(kept)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const OFFLINE =
  /error sending request|dns error|failed to lookup|connection refused|network (is )?unreachable|timed? ?out|Failed to fetch|client error \(Connect\)/i
const UNSOLVABLE = /No solution found|has no wheels|no matching distribution|Requirements contain conflicting|Because /i

function toError(lines: readonly string[]): PortError {
  const text = readable(lines)
  if (/No space left on device|Disk quota exceeded/i.test(text)) return new PortError('STORAGE_FULL', text)
  // First: an index that cannot be reached also makes versions look as if they did not exist.
  if (OFFLINE.test(text)) return new PortError('UNAVAILABLE', `the package index cannot be reached: ${text}`)
  if (UNSOLVABLE.test(text)) return new PortError('INVALID', `these packages cannot be installed together: ${text}`)
  return new PortError('UNAVAILABLE', text === '' ? 'the tool failed without a word' : text, { retryable: false })
}

/** uv's tree of causes as plain text, without its drawing and its progress. */
function readable(lines: readonly string[]): string {
  return lines
    .filter((line) => !/^\s*(Downloading|Downloaded|Resolved|Prepared|Using|Creating|Activate)\b/.test(line))
    .map((line) => line.replace(/^\s*[×╰├─▶│]*\s*(error: |cause: )?/u, '').trim())
    .filter((line) => line !== '')
    .join('\n')
    .slice(-4000)
}
