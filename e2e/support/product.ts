import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { testCache } from '@mllab/testkit/cache'

import { until } from './until.ts'

export const repository = path.resolve(import.meta.dirname, '../..')

/** The built product, started the way a person does it: `scripts/start.mjs`, nothing configured but where it lives. */
export interface Product {
  /** `http://localhost:<port>` */
  readonly url: string
  /** What it printed to begin with. */
  readonly setupLink: string
  readonly dataRoot: string
  /** The end of what it printed. */
  output(): string
  /** SIGTERM, then a start on the same data and port, with these settings from now on. Answers the exit code. */
  restart(settings?: Readonly<Record<string, string>>): Promise<number | null>
  /** Ends the server and whatever workloads are left, and removes the data. */
  close(): Promise<void>
}

interface Server {
  readonly child: ChildProcess
  readonly ready: string
  readonly exited: Promise<number | null>
}

const START_MS = 60_000
const OUTPUT_LIMIT = 20_000

/** On a free port, or on the one that is named. */
export async function startProduct(port = '0'): Promise<Product> {
  const dataRoot = await mkdtemp(path.join(tmpdir(), 'mllab-e2e-'))
  await sharePackageCache(dataRoot)
  let output = ''
  const hear = (text: string) => {
    output = (output + text).slice(-OUTPUT_LIMIT)
  }
  let server = await start(dataRoot, port, {}, hear)
  let settings: Readonly<Record<string, string>> = {}
  const setupLink = server.ready
  const { origin: url, port: taken } = new URL(setupLink)
  return {
    url,
    setupLink,
    dataRoot,
    output: () => output,
    restart: async (changed = {}) => {
      settings = { ...settings, ...changed }
      server.child.kill('SIGTERM')
      const code = await server.exited
      server = await start(dataRoot, taken, settings, hear)
      return code
    },
    close: async () => {
      server.child.kill('SIGTERM')
      await server.exited
      await endWorkloads(dataRoot)
      await rm(dataRoot, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Environments are built by each start anew, out of packages that were fetched once. */
async function sharePackageCache(dataRoot: string): Promise<void> {
  const environments = path.join(dataRoot, 'runtime', 'environments')
  await mkdir(environments, { recursive: true })
  for (const name of ['uv-cache', 'npm-cache', 'tools']) {
    const shared = path.join(testCache('environments'), name)
    await mkdir(shared, { recursive: true })
    await symlink(shared, path.join(environments, name))
  }
}

async function start(
  dataRoot: string,
  port: string,
  settings: Readonly<Record<string, string>>,
  hear: (text: string) => void,
): Promise<Server> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LAB_'))
  const child = spawn(process.execPath, [path.join(repository, 'scripts', 'start.mjs')], {
    env: { ...Object.fromEntries(inherited), ...settings, LAB_DATA_ROOT: dataRoot, LAB_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      hear(text)
    })
  let ended = false
  void exited.then(() => (ended = true))
  const ready = await until(
    'the server says it is ready',
    () => {
      if (ended) throw new Error(`The server ended while it started:\n${said}`)
      return /(http:\/\/localhost:\d+\S*)\n\n/.exec(said)?.[1]
    },
    { timeoutMs: START_MS },
  )
  return { child, ready, exited }
}

/** Workloads outlive the server by design; those of a test do not outlive the test. */
async function endWorkloads(dataRoot: string): Promise<void> {
  for (const pid of await processesOf(dataRoot)) signal(pid, 'SIGKILL')
  await until('all workloads are gone', async () => (await processesOf(dataRoot)).length === 0 || undefined)
}

/** Processes that name the data root in their command or environment (proc(5)). */
async function processesOf(dataRoot: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const facts = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      )
      return facts.some((text) => text.includes(dataRoot)) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended by itself.
  }
}
