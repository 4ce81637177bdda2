// How fast the server is ready, and what it costs while nothing happens. Aims: ready within 1 s from the second start on,
// at most 120 MB resident with its threads and without workloads. The built server, as `npm start` runs it. Run: npm run bench -- start
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

import { ensureBuilt, SERVER } from '../scripts/setup/built.mjs'

const ROUNDS = 7
const IDLE_MS = 8000

interface Started {
  readonly readyMs: number
  readonly rssMb: number
  readonly cpuMsWhileIdle: number
}

const root = path.resolve(import.meta.dirname, '..')
await ensureBuilt(root, { node: process.execPath, env: process.env }, SERVER)
const folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-bench-'))
try {
  const cold = await start(folder, 0)
  console.log(`first start: ready after ${cold.readyMs.toFixed(0)} ms (compiled, database made)`)
  const rounds: Started[] = []
  for (let n = 1; n <= ROUNDS; n += 1) rounds.push(await start(folder, n === ROUNDS ? IDLE_MS : 0))
  const ready = rounds.map(({ readyMs }) => readyMs).toSorted((a, b) => a - b)
  const last = rounds.at(-1)
  console.log(
    `later starts: ready after ${ready[0]?.toFixed(0)} / ${ready[Math.floor(ROUNDS / 2)]?.toFixed(0)} / ${ready.at(-1)?.toFixed(0)} ms (least / median / most of ${ROUNDS}); aim 1000`,
  )
  console.log(
    `idle: ${last?.rssMb.toFixed(0)} MB resident; aim 120; ${((last?.cpuMsWhileIdle ?? 0) / (IDLE_MS / 100)).toFixed(2)} % of a core`,
  )
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** From the start of the process to the first answer of /healthz, as somebody outside sees it. */
async function start(dataRoot: string, idleMs: number): Promise<Started> {
  const port = await freePort()
  const env = {
    PATH: process.env['PATH'],
    HOME: os.homedir(),
    LAB_PORT: String(port),
    LAB_DATA_ROOT: path.join(dataRoot, 'data'),
    LAB_ADMIN_PASSWORD: 'only for this bench',
    LAB_PREPARE_IMAGES: '',
    NODE_COMPILE_CACHE: path.join(dataRoot, 'compiled'),
    MALLOC_ARENA_MAX: '2',
  }
  const before = performance.now()
  const child = spawn(process.execPath, [path.join(root, 'packages/server/dist/main.js'), 'up'], {
    env,
    stdio: 'ignore',
  })
  try {
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
    const readyMs = performance.now() - before
    if (idleMs > 0) await new Promise((resolve) => setTimeout(resolve, 2000))
    const cpuBefore = await cpuMs(child.pid ?? 0)
    await new Promise((resolve) => setTimeout(resolve, idleMs))
    return { readyMs, rssMb: await rssMb(child.pid ?? 0), cpuMsWhileIdle: (await cpuMs(child.pid ?? 0)) - cpuBefore }
  } finally {
    child.kill('SIGTERM')
    await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)))
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok
  } catch {
    return false // nobody listens yet
  }
}

async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024
}

async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
