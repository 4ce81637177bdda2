import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

import { testCache } from '@mllab/testkit/cache'

import { run } from '../index.ts'

const MAIN = path.join(import.meta.dirname, '..', 'main.ts')

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  /** Home of this person: the login is kept below it. */
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Starts the command as a person does, in a process of its own. */
export function spawnCommand(args: readonly string[], { home, env = {} }: RunOptions): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: testCache('compiled'), HOME: home, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

export async function spawnAndWait(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = spawnCommand(args, options)
  if (!child.stdin || !child.stdout || !child.stderr) throw new Error('its streams are pipes')
  child.stdin.end(options.input ?? '')
  const [out, err] = [text(child.stdout), text(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null] // `close` tells the exit code first
  return { code, out: await out, err: await err }
}

/** The same without a process, which is much faster. */
export async function runHere(args: readonly string[], { home, env = {}, input = '' }: RunOptions): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const [out, err] = [text(stdout), text(stderr)]
  const code = await run(args, {
    env,
    home,
    hostname: 'here',
    stdin: Readable.from([Buffer.from(input)]),
    stdout,
    stderr,
    signal: new AbortController().signal,
  })
  stdout.end()
  stderr.end()
  return { code, out: await out, err: await err }
}
