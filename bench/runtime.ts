// What the process runtime costs with 100 workloads of four processes each: started, found again after the server was killed, watched.
// Aims: found again within 1 s, watched (limits every second, statistics every 5 s) for at most 2 % of a core.
// Run: npm run bench -- runtime
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { silentLog, systemClock } from '@mllab/kernel'
import { createProcessRuntime } from '@mllab/server/adapters/runtime/process/process-runtime'

const WORKLOADS = 100
const WATCHED_MS = 30_000
const SCRIPT = 'sleep 600 & sleep 600 & sleep 600 & wait'

const [folderOfServer] = process.argv.slice(2)
if (folderOfServer === undefined) await measure()
else await start(folderOfServer)

async function measure(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-bench-'))
  try {
    await mkdir(path.join(folder, 'images', 'shell'), { recursive: true })
    const image = { title: 'A shell', command: ['/bin/sh'] }
    await writeFile(path.join(folder, 'images', 'shell', 'image.json'), JSON.stringify(image))
    await startAndKill(folder)

    const before = performance.now()
    const runtime = await open(folder)
    const found = (await runtime.instances.list()).filter(({ phase }) => phase === 'running').length
    console.log(`found again: ${found} of ${WORKLOADS} after ${Math.round(performance.now() - before)} ms; aim 1000`)
    const used = await watch(runtime)
    console.log(`watched: ${used.toFixed(2)} % of a core; aim 2`)
    const ending = performance.now()
    await Promise.all((await runtime.instances.list()).map((ref) => runtime.instances.remove(ref)))
    console.log(`removed: after ${Math.round(performance.now() - ending)} ms`)
    await runtime.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function startAndKill(folder: string): Promise<void> {
  const args = [fileURLToPath(import.meta.url), folder]
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(server.stdout, 'data')) as [Buffer]
  console.log(said.toString('utf8').trim())
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
}

/** The part of the server that is killed. */
async function start(folder: string): Promise<void> {
  const runtime = await open(folder)
  const options = { onProgress: () => undefined, signal: AbortSignal.timeout(10_000) }
  const { ref, key } = await runtime.images.ensure({ ref: 'mllab/shell' }, options)
  const before = performance.now()
  const numbers = Array.from({ length: WORKLOADS }, (_, number) => number)
  await Promise.all(
    numbers.map((number) =>
      runtime.instances.apply({
        workloadId: `bench-${number}`,
        replica: 0,
        generation: 1,
        name: `bench/${number}`,
        projectId: 'bench',
        tenant: 'bench',
        image: { ref, key },
        command: ['/bin/sh', '-c', SCRIPT],
        env: {},
        secretEnv: {},
        ports: [],
        mounts: [],
        resources: { memoryBytes: 1024 ** 3 },
        graceSeconds: 1,
      }),
    ),
  )
  console.log(`started: ${WORKLOADS} after ${Math.round(performance.now() - before)} ms`)
  setInterval(() => undefined, 60_000)
}

/** Percent of a core, all threads of this process. */
async function watch(runtime: Awaited<ReturnType<typeof open>>): Promise<number> {
  const timer = setInterval(() => void runtime.instances.stats(), 5000)
  const before = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS))
  clearInterval(timer)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 10 / WATCHED_MS
}

function open(folder: string) {
  return createProcessRuntime({
    root: path.join(folder, 'data', 'runtime'),
    imagesRoot: path.join(folder, 'images'),
    platformUrl: 'http://127.0.0.1:1',
    log: silentLog,
    clock: systemClock,
    isolation: 'none',
  })
}
