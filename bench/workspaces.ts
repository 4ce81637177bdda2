// From the click to a page that can be worked with (`/lab/api/settings` answers, which JupyterLab's page waits for), against `jupyter lab`
// started by hand from the same environment. Aims: environment there, nothing warm ≤ 1.2 s; a process kept ready ≤ 0.3 s; suspended ≤ 0.1 s.
// The first run downloads packages. Run: npm run bench -- workspaces
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

import { createClient, type Client } from '@mllab/sdk'

import { ensureBuilt, SERVER } from '../scripts/setup/built.mjs'

const ROUNDS = 5
const BUILD_MS = 240_000
const ANSWER_MS = 60_000
/** The pool waits three seconds before it makes the next process, which takes one. */
const REFILL_MS = 6000
const password = 'only for this bench'
const project = 'bench'

const root = path.resolve(import.meta.dirname, '..')
await ensureBuilt(root, { node: process.execPath, env: process.env }, SERVER)
const folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-bench-'))
try {
  const port = await freePort()
  console.log('building the environment of the workspace, if it is not cached')
  await withServer(port, false, async (api) => {
    await openAndRemove(api, port, BUILD_MS)
  })
  const hand = await repeated(() => byHand())
  const cold = await withServer(port, false, (api) => repeated(() => openAndRemove(api, port, ANSWER_MS)))
  const [warm, resumed] = await withServer(port, true, async (api) => {
    await openAndRemove(api, port, ANSWER_MS)
    const opened = await repeated(async () => {
      await new Promise((resolve) => setTimeout(resolve, REFILL_MS))
      return openAndRemove(api, port, ANSWER_MS)
    })
    return [opened, await resuming(api, port)]
  })
  const peer = median(hand)
  print('jupyter lab by hand', hand, peer)
  print('workspace, nothing warm (aim 1200)', cold, peer)
  print('workspace, a process kept ready (aim 300)', warm, peer)
  print('workspace, suspended (aim 100)', resumed, peer)
} finally {
  await rm(folder, { recursive: true, force: true })
}

function print(name: string, rounds: readonly number[], peer: number): void {
  const sorted = rounds.toSorted((a, b) => a - b)
  const shown = [sorted[0], median(rounds), sorted.at(-1)].map((ms) => ms?.toFixed(0)).join(' / ')
  console.log(
    `${name.padEnd(44)} ${shown.padStart(20)} ms   ${(peer / median(rounds)).toFixed(1)} × as fast as by hand`,
  )
}

async function repeated(once: () => Promise<number>): Promise<number[]> {
  const rounds: number[] = []
  for (let n = 0; n < ROUNDS; n += 1) rounds.push(await once())
  return rounds
}

function median(rounds: readonly number[]): number {
  return rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN
}

/** Milliseconds from the request that makes a workspace to its first whole answer through the gateway. */
async function openAndRemove(api: Caller, port: number, withinMs: number): Promise<number> {
  const before = performance.now()
  const { id, slug } = await api.client.workspaces.create({ params: { project }, body: {} })
  const headers = { authorization: `Bearer ${api.token}` }
  await answers(`http://localhost:${port}/w/${id}/lab/api/settings`, headers, withinMs)
  const tookMs = performance.now() - before
  await api.client.workspaces.remove({ params: { project, workspace: slug } })
  return tookMs
}

/** Milliseconds from a request to a suspended workspace to its answer. */
async function resuming({ client, token }: Caller, port: number): Promise<number[]> {
  const { id, slug } = await client.workspaces.create({ params: { project }, body: {} })
  const url = `http://localhost:${port}/w/${id}/lab/api/settings`
  const headers = { authorization: `Bearer ${token}` }
  const params = { project, workspace: slug }
  await answers(url, headers, ANSWER_MS)
  while ((await client.workspaces.get({ params })).state.status !== 'running')
    await new Promise((resolve) => setTimeout(resolve, 100))
  const rounds = await repeated(async () => {
    await client.workspaces.suspend({ params })
    const before = performance.now()
    await answers(url, headers, ANSWER_MS)
    return performance.now() - before
  })
  await client.workspaces.remove({ params })
  return rounds
}

/** The same from the start of the process, as somebody does it in a terminal: everything as it is by default but the browser. */
async function byHand(): Promise<number> {
  const port = await freePort()
  const place = await mkdtemp(path.join(folder, 'by-hand-'))
  const environments = path.join(folder, 'data/runtime/environments/environments')
  const [name] = (await readdir(environments)).filter((entry) => !entry.startsWith('.'))
  const python = path.join(environments, name ?? '', 'bin/python')
  const before = performance.now()
  const child = spawn(
    python,
    ['-m', 'jupyterlab', '--no-browser', `--port=${port}`, '--IdentityProvider.token=bench', '--allow-root'],
    { cwd: place, stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: place } },
  )
  try {
    await answers(`http://localhost:${port}/lab/api/settings`, { authorization: 'token bench' }, ANSWER_MS)
    return performance.now() - before
  } finally {
    await ended(child)
  }
}

interface Caller {
  readonly client: Client
  readonly token: string
}

async function withServer<T>(port: number, warmPool: boolean, work: (api: Caller) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [path.join(root, 'packages/server/dist/main.js'), 'up'], {
    stdio: 'ignore',
    env: {
      ...process.env, // what leads to the package index
      LAB_PORT: String(port),
      LAB_DATA_ROOT: path.join(folder, 'data'),
      LAB_ADMIN_PASSWORD: password,
      LAB_PREPARE_IMAGES: '',
      LAB_WARM_POOL: String(warmPool),
      MALLOC_ARENA_MAX: '2',
    },
  })
  try {
    const url = `http://localhost:${port}`
    await answers(`${url}/healthz`, {}, ANSWER_MS)
    return await work(await signIn(url))
  } finally {
    await ended(child)
  }
}

async function signIn(baseUrl: string): Promise<Caller> {
  const send = async (to: string, body: object, cookie: string) => {
    const headers = { 'content-type': 'application/json', origin: baseUrl, cookie }
    const answer = await fetch(baseUrl + to, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok && answer.status !== 409) throw new Error(`${to} answered ${answer.status}: ${await answer.text()}`)
    return answer
  }
  const entered = await send('/api/auth/login', { username: 'admin', password }, '')
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  await send('/api/projects', { name: project }, cookie)
  const scopes = ['workspaces:read', 'workspaces:write']
  const made = await send('/api/tokens', { name: 'bench', scopes }, cookie)
  const { secret } = (await made.json()) as { secret: string } // the contract's answer
  return { client: createClient({ baseUrl, token: secret }), token: secret }
}

async function answers(url: string, headers: Record<string, string>, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs
  while (performance.now() < until) {
    const answer = await fetch(url, { headers }).catch(() => undefined)
    const said = await answer?.text()
    if (answer?.ok) return
    if (said?.includes('failed')) throw new Error(`${url} answered ${answer?.status}: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`${url} did not answer within ${withinMs} ms`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exited
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
