import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, stat } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'

import { createClient } from '@mllab/sdk'
import { testFolder } from '@mllab/testkit/folder'
import { TEST_PASSWORD } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'

import { ask } from './edges/apps/testing/browse.ts'
import { TALKER, talkerImages } from './edges/apps/testing/talker.ts'

const main = path.join(import.meta.dirname, 'main.ts')
const children = new Set<ChildProcess>()

let env: Record<string, string>
let origin: string
let address: string
let platform: ChildProcess
let servicePath: string
let token: string
let removeService: (() => Promise<unknown>) | undefined

beforeAll(async () => {
  const port = await freePort()
  origin = `http://localhost:${port}`
  address = `http://127.0.0.1:${port}`
  env = {
    PATH: process.env['PATH'] ?? '',
    HOME: testFolder(),
    LAB_GATEWAY: 'apart',
    LAB_PORT: String(port),
    LAB_DATA_ROOT: await mkdtemp(path.join(testFolder(), 'apart-')),
    LAB_ADMIN_PASSWORD: TEST_PASSWORD,
    LAB_IMAGES_ROOT: await talkerImages(),
    LAB_PREPARE_IMAGES: '',
    // Images of tests are run by this Node, which may lie where no other user can go.
    LAB_PROCESS_ISOLATION: 'none',
  }
  start('gateway')
  await answers('/healthz', 503)
  platform = start('up')
  await answers('/healthz', 200)

  const login = await ask(`${address}/api/auth/login`, {
    method: 'POST',
    host: new URL(origin).host,
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ username: 'admin', password: TEST_PASSWORD }),
  })
  expect(login.status).toBe(200)
  const cookie = login.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const made = await ask(`${address}/api/tokens`, {
    method: 'POST',
    host: new URL(origin).host,
    headers: { 'content-type': 'application/json', origin, cookie },
    body: JSON.stringify({
      name: 'test',
      scopes: ['services:read', 'services:write', 'services:call', 'projects:create', 'account:write', 'account:read'],
    }),
  })
  token = JSON.parse(made.body).secret
  const api = createClient({ baseUrl: address, token })
  await api.projects.create({ body: { name: 'Wine' } })
  const params = { project: 'wine', service: 'talker' }
  await api.services.create({ params, body: { image: TALKER, slug: 'talker' } })
  await vi.waitFor(async () => expect((await api.services.get({ params })).state.status).toBe('running'), {
    timeout: 20_000,
  })
  servicePath = '/api/projects/wine/services/talker/8080/'
  removeService = () => api.services.remove({ params })
}, 60_000)
afterAll(async () => {
  try {
    await removeService?.()
    if (removeService) await vi.waitFor(async () => expect((await call('/x')).status).toBe(404), { timeout: 20_000 })
  } finally {
    for (const child of children) await end(child)
  }
})

function start(command: 'up' | 'gateway'): ChildProcess {
  const child = spawn(process.execPath, [main, command], { env, stdio: ['ignore', 'ignore', 'ignore'] })
  children.add(child)
  return child
}

async function end(child: ChildProcess): Promise<number | null> {
  children.delete(child)
  if (child.exitCode !== null) return child.exitCode
  child.kill('SIGTERM')
  return (await once(child, 'exit'))[0] as number | null // what this event carries
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a TCP server's
  probe.close()
  await once(probe, 'close')
  return port
}

const answers = (target: string, status: number) =>
  vi.waitFor(async () => expect((await ask(address + target, { host: new URL(origin).host })).status).toBe(status), {
    timeout: 20_000,
    interval: 50,
  })
const call = (rest: string) => ask(address + servicePath + rest, { headers: { authorization: `Bearer ${token}` } })

async function openEcho(): Promise<WebSocket> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}${servicePath}echo`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await once(socket, 'open')
  return socket
}

async function echoed(socket: WebSocket, text: string): Promise<string> {
  socket.send(text)
  return String((await once(socket, 'message'))[0])
}

describe('a gateway in a process of its own', () => {
  it('serves pages, API, its live websocket and apps on one port, as one program would', async () => {
    const seen = JSON.parse((await call('a?x=1')).body)
    expect(seen).toMatchObject({ url: '/a?x=1', headers: { 'x-lab-user': 'admin', 'x-forwarded-for': '127.0.0.1' } })
    const live = new WebSocket(`${address.replace('http', 'ws')}/api/live`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await once(live, 'open')
    live.terminate()
    const sessions = await ask(`${address}/api/me/sessions`, { headers: { authorization: `Bearer ${token}` } })
    expect(JSON.parse(sessions.body).items[0]).toMatchObject({ address: '127.0.0.1' })
    expect((await stat(path.join(env['LAB_DATA_ROOT'] ?? '', 'run'))).mode & 0o777).toBe(0o700)
  })

  it('keeps websockets and streams over a restart of the platform, and lets in whom it knew [INS-21]', async () => {
    const socket = await openEcho()
    expect(await echoed(socket, 'before')).toBe('before')

    expect(await end(platform)).toBe(0)
    await answers('/healthz', 503)
    expect(await echoed(socket, 'while it is away')).toBe('while it is away')
    expect((await call('x')).status).toBe(200)
    const asStranger = () => ask(address + servicePath, { headers: { authorization: 'Bearer mlp_somebody-else' } })
    const unknown = await asStranger()
    expect([unknown.status, unknown.headers['retry-after']]).toEqual([503, '2'])
    const page = await ask(`${address}/app/`, { headers: { accept: 'text/html' } })
    expect([page.status, page.headers['retry-after'], page.body.includes('PLATFORM_AWAY')]).toEqual([503, '2', true])

    platform = start('up')
    await answers('/healthz', 200)
    expect(await echoed(socket, 'after')).toBe('after')
    expect((await call('x')).status).toBe(200)
    await vi.waitFor(async () => expect((await asStranger()).status).toBe(401))
    expect(await echoed(socket, 'and on')).toBe('and on')
    socket.terminate()
  })

  it('cuts what is open within half a second when a token is revoked', async () => {
    const api = createClient({ baseUrl: address, token })
    const short = await api.accounts.createToken({ body: { name: 'short', scopes: ['services:call'] } })
    const socket = new WebSocket(`${address.replace('http', 'ws')}${servicePath}echo`, {
      headers: { authorization: `Bearer ${short.secret}` },
    })
    await once(socket, 'open')
    const closed = once(socket, 'close')
    const begin = performance.now()
    await api.accounts.revokeToken({ params: { id: short.id } })
    await closed
    expect(performance.now() - begin).toBeLessThan(500)
  })

  it('refuses to start where the server has the port itself', async () => {
    const alone = spawn(process.execPath, [main, 'gateway'], {
      env: { ...env, LAB_GATEWAY: 'inside' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const text = (await alone.stderr.toArray()).join('')
    expect([text, alone.exitCode ?? (await once(alone, 'exit'))[0]]).toEqual([
      expect.stringContaining('set LAB_GATEWAY=apart'),
      1,
    ])
  })
})
