import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Arming } from './armed.preload.ts'

/** The server as a person starts it, in a process of its own that may be killed. */
export interface Program {
  readonly url: string
  /** From here on it kills itself at this crash point. */
  arm(arming: Arming): Promise<void>
  /** `kill -9`; resolves when the kernel has ended it. Fails if it had ended by itself in another way. */
  kill(): Promise<void>
  /** Resolves when it has killed itself, with the name of the crash point. Fails after `deadlineMs`, or if it ended in another way. */
  crashed(deadlineMs: number): Promise<string>
  /** SIGTERM, as an operator does; answers the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, if it still runs. */
  end(): Promise<void>
  /** Everything it printed. */
  output(): string
}

export interface ProgramOptions {
  readonly dataRoot: string
  readonly imagesRoot: string
  readonly adminPassword: string
  /** Armed before it starts: for crash points of a start. */
  readonly arming?: Arming
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>
}

const MAIN = path.join(path.dirname(fileURLToPath(import.meta.resolve('@mllab/server/platform'))), 'main.ts')
const PRELOAD = fileURLToPath(new URL('armed.preload.ts', import.meta.url))
const START_MS = 30_000

/** Starts `main.ts up` on a port that the system gives away. Resolves when it says that it is ready. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const program = launch(options)
  await program.ready
  return program
}

/** Starts it to crash on the way; answers the name of the crash point. */
export async function startAndCrash(options: ProgramOptions & { arming: Arming }): Promise<string> {
  return launch(options).crashed(START_MS)
}

/** Starts it and kills it after `afterMs`, however far it has got. */
export async function startAndKill(options: ProgramOptions, afterMs: number): Promise<void> {
  const program = launch(options)
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  await program.kill()
}

function launch({
  dataRoot,
  imagesRoot,
  adminPassword,
  arming,
  env,
}: ProgramOptions): Program & { ready: Promise<void> } {
  const child = fork(MAIN, ['up'], {
    execArgv: ['--import', PRELOAD],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: dataRoot,
      LAB_PORT: '0',
      LAB_DATA_ROOT: dataRoot,
      LAB_IMAGES_ROOT: imagesRoot,
      LAB_PREPARE_IMAGES: '',
      // Images of tests are run by this Node, which may lie where no other user can go.
      LAB_PROCESS_ISOLATION: 'none',
      LAB_ADMIN_PASSWORD: adminPassword,
      ...(process.env['NODE_COMPILE_CACHE'] ? { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] } : {}),
      ...env,
    },
  })
  let output = ''
  let url: string | undefined
  const heard = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      for (const look of heard) look()
    })
  const ended = once(child, 'close')
  const arm = async (wanted: Arming) => {
    const answer = Promise.race([once(child, 'message'), ended])
    child.send(wanted)
    await answer
  }
  if (arming) void arm(arming)

  const ready = new Promise<void>((resolve, reject) => {
    const look = () => {
      url = /ready at (\S+)/.exec(output)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      heard.delete(look)
      resolve()
    }
    const timer = setTimeout(() => reject(new Error(`the server does not start: ${output}`)), START_MS)
    heard.add(look)
    void ended.then(() => reject(new Error(`the server ended while it started: ${output}`)))
  })
  ready.catch(() => undefined) // for whoever waits for the crash instead

  return {
    ready,
    get url() {
      if (url === undefined) throw new Error('the server is not ready')
      return url
    },
    arm,
    output: () => output,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
      requireKilled(child, output)
    },
    crashed: async (deadlineMs) => {
      const timer = setTimeout(() => child.kill('SIGABRT'), deadlineMs)
      await ended
      clearTimeout(timer)
      requireKilled(child, output)
      return /^crash point (\S+)$/m.exec(output)?.[1] ?? ''
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
    end: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function requireKilled(child: ChildProcess, output: string): void {
  if (child.signalCode === 'SIGKILL') return
  throw new Error(`the server ended with ${child.signalCode ?? child.exitCode} instead of being killed: ${output}`)
}
