import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { testCache } from '@mllab/testkit/cache'

/** A Python process with a real MLflow client in it. */
export interface MlflowPython {
  call(name: string, given?: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): Promise<void>
}

/**
 * Starts `driver.py` with these packages. The environment is made by the first run that needs it and kept; it is moved to its place
 * when it is complete, so that a run which was stopped leaves nothing half.
 */
export async function startPython(requirements: readonly string[]): Promise<MlflowPython> {
  const python = await environment(requirements)
  const child = spawn(python, ['-u', fileURLToPath(new URL('driver.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      LANG: 'C.UTF-8',
      GIT_PYTHON_REFRESH: 'quiet',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
      MLFLOW_ENABLE_ASYNC_LOGGING: 'false',
      NO_PROXY: 'localhost,127.0.0.1',
    },
  })
  let complaints = ''
  child.stderr.on('data', (part: Buffer) => {
    complaints = (complaints + part.toString()).slice(-20_000)
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  return {
    call: async (name, given = {}) => {
      child.stdin.write(`${JSON.stringify({ call: name, arguments: given })}\n`)
      const line = await lines.next()
      if (line.done) throw new Error(`Python ended:\n${complaints}`)
      const answer = JSON.parse(line.value) as { result?: unknown; error?: string } // what driver.py prints
      if (answer.error !== undefined) throw new Error(`${answer.error}\n${complaints}`)
      return answer.result
    },
    close: () => ended(child),
  }
}

async function environment(requirements: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12)
  const folder = testCache(`python-mlflow-${hash}`)
  const python = path.join(folder, 'bin', 'python')
  if (existsSync(path.join(folder, 'complete'))) return python
  await mkdir(path.dirname(folder), { recursive: true })
  const draft = await mkdtemp(`${folder}-`)
  try {
    await run('/usr/bin/env', ['python3', '-m', 'venv', draft])
    await run(path.join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...requirements])
    await writeFile(path.join(draft, 'complete'), requirements.join('\n'))
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another run may have put its own there meanwhile.
    if (!existsSync(path.join(folder, 'complete'))) throw error
  }
  return python
}

async function run(command: string, given: readonly string[]): Promise<void> {
  const child = spawn(command, given, { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  child.stderr.on('data', (part: Buffer) => {
    complaints += part.toString()
  })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${command} ${given.join(' ')} failed:\n${complaints.slice(-3000)}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.stdin?.end()
  const impatient = setTimeout(() => child.kill('SIGKILL'), 5000)
  await closed
  clearTimeout(impatient)
}
