import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { mkdtemp } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'

import { testCertificate } from '@mllab/testkit/certificate'
import { GREETER, writeImages } from '@mllab/testkit/crash/images'
import { testFolder } from '@mllab/testkit/folder'
import { startTestServer, TEST_PASSWORD, type TestServer } from '@mllab/testkit/server'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'

import { runHere, spawnAndWait, spawnCommand } from '../testing/run-command.ts'

const project = 'wine'
let server: TestServer
let home: string
/** The same server as other machines see it. */
let far: string
const children: ReturnType<typeof spawnCommand>[] = []

beforeAll(async () => {
  const images = await writeImages(await mkdtemp(path.join(testFolder(), 'connect-')))
  server = await startTestServer({ env: { LAB_HOST: '0.0.0.0', LAB_IMAGES_ROOT: images } })
  home = await mkdtemp(path.join(testFolder(), 'cli-'))
  far = `http://127.0.0.2:${new URL(server.url).port}`
  await server.admin.api.projects.create({ body: { name: 'Wine' } })
  await server.admin.api.services.create({
    params: { project },
    body: { image: GREETER, slug: 'greeter', env: { GREETING: 'hello through the tunnel' } },
  })
  await vi.waitFor(
    async () => {
      const { state } = await server.admin.api.services.get({ params: { project, service: 'greeter' } })
      expect(state.status).toBe('running')
    },
    { timeout: 20_000 },
  )
}, 60_000)
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null) continue
    child.kill('SIGINT')
    await once(child, 'close')
  }
})
afterAll(async () => {
  await server.admin.api.services.remove({ params: { project, service: 'greeter' } })
  await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 20_000 })
  await server.close()
})

/** Starts it and returns the origin that it prints. */
async function connect(...args: string[]): Promise<string> {
  const child = spawnCommand(['connect', ...args], { home })
  children.push(child)
  if (!child.stdout) throw new Error('its streams are pipes')
  const [line] = (await once(child.stdout, 'data')) as [Buffer] // what this event carries
  return new URL(String(line).trim()).origin
}

interface Asked {
  readonly host: string
  readonly path: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** The way from the platform into the service, as a browser goes it. */
async function throughTheWall(origin: string): Promise<void> {
  const { host } = new URL(origin)
  expect(host).toMatch(/^localhost:\d+$/)
  const login = await ask(origin, {
    host,
    path: '/api/auth/login',
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: TEST_PASSWORD }),
  })
  const cookie = login.headers['set-cookie']?.[0] ?? ''
  expect(cookie).toMatch(/^__Host-lab-\d+=.*Secure/)
  const signedIn = { cookie: cookie.split(';')[0] ?? '', accept: 'text/html' }
  const wall = await ask(origin, { host, path: '/api/apps/wall', headers: signedIn })
  expect(JSON.parse(wall.body)).toEqual({ wall: true, address: origin, costs: [], remedies: [] })

  const { ports } = await server.admin.api.services.get({ params: { project, service: 'greeter' } })
  const opened = await ask(origin, { host, path: ports[0]?.openUrl ?? '', headers: signedIn })
  const [, action = ''] = /action="([^"]+)"/.exec(opened.body) ?? []
  const [, ticket = ''] = /name="ticket" value="([^"]+)"/.exec(opened.body) ?? []
  expect(new URL(action).host).toMatch(new RegExp(`^greeter-\\w{8}\\.${host}$`))
  expect(opened.headers['content-security-policy']).toContain(`form-action 'self' http://*.${host}`)
  const entered = await ask(origin, {
    host: new URL(action).host,
    path: '/.lab/enter',
    method: 'POST',
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ticket, to: '/' }).toString(),
  })
  const app = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const page = await ask(origin, { host: new URL(action).host, path: '/', headers: { cookie: app } })
  expect([page.status, page.body]).toEqual([200, 'hello through the tunnel'])
}

async function ask(origin: string, { host, path, method = 'GET', headers = {}, body }: Asked) {
  const { port } = new URL(origin)
  const req = http.request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false })
  req.end(body)
  const [res] = (await once(req, 'response')) as [IncomingMessage] // what this event carries
  return { status: res.statusCode, headers: res.headers, body: (await res.toArray()).join('') }
}

describe('mllab connect to a server that speaks TLS', () => {
  let secure: TestServer
  let fingerprint: string
  let address: string
  beforeAll(async () => {
    secure = await startTestServer({ env: { LAB_HOST: '0.0.0.0', SERVICE_SSL_ENABLED: 'true' } })
    fingerprint = secure.platform.tls()?.fingerprint ?? ''
    address = `https://127.0.0.2:${secure.platform.port}`
  }, 60_000)
  afterAll(() => secure.close())

  it('makes it localhost without a certificate there, once its own is named', async () => {
    const origin = await connect(address, '--fingerprint', fingerprint)
    const { host } = new URL(origin)
    const setup = await ask(origin, {
      host,
      path: '/api/apps/wall',
      headers: { authorization: `Bearer ${secure.admin.token}` },
    })
    expect(JSON.parse(setup.body)).toMatchObject({ wall: true, address: origin })
    const login = await ask(origin, {
      host,
      path: '/api/auth/login',
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: TEST_PASSWORD }),
    })
    expect([login.status, login.headers['set-cookie']?.[0]]).toEqual([200, expect.stringMatching(/^__Host-lab-\d+=/)])
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/live`, {
      headers: { authorization: `Bearer ${secure.admin.token}` },
    })
    await once(socket, 'open')
    socket.close()
    await once(socket, 'close')
  })

  it('says what its certificate is before anything is sent, and how to take it', async () => {
    const unknown = await runHere(['connect', address], { home })
    expect(unknown.code).toBe(1)
    expect(unknown.err).toContain('is not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)')
    expect(unknown.err).toContain(`mllab connect ${address} --fingerprint ${fingerprint}`)
    const other = await runHere(['connect', address, '--fingerprint', fingerprint.replace(/^../, '00')], { home })
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('is another one than was named')])
  })

  it('takes an authority that is named, also for all commands', async () => {
    const file = path.join(secure.dataRoot, 'tls/self-signed.crt')
    // `connect` prints its address once it has heard the server.
    await connect(`https://localhost:${secure.platform.port}`, '--ca', file)
    const calling = [
      'accounts',
      'me',
      '--url',
      `https://localhost:${secure.platform.port}`,
      '--token',
      secure.admin.token,
    ]
    const refused = await spawnAndWait(calling, { home })
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(/not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\)[^]*LAB_CA_FILE/),
    ])
    const trusting = await spawnAndWait(calling, { home, env: { LAB_CA_FILE: file } })
    expect([trusting.code, JSON.parse(trusting.out)]).toMatchObject([0, { username: 'admin' }])
  })

  it('is refused by what is no server of ours, and pointed to https by what takes nothing else', async () => {
    const { cert, key } = await testCertificate()
    const proxy = https.createServer({ cert, key }, (_, res) => res.end()).listen(0, '127.0.0.1')
    const plain = http
      .createServer((_, res) => res.writeHead(307, { location: 'https://localhost/' }).end())
      .listen(0, '127.0.0.1')
    await Promise.all([once(proxy, 'listening'), once(plain, 'listening')])
    const portOf = (one: net.Server) => (one.address() as AddressInfo).port // a TCP server's
    const pin = new X509Certificate(cert).fingerprint256
    const before = await runHere(['connect', `https://127.0.0.1:${portOf(proxy)}`, '--fingerprint', pin], { home })
    expect([before.code, before.err]).toEqual([2, expect.stringContaining('encrypted by something before the server')])
    const encrypted = await runHere(['connect', `http://127.0.0.1:${portOf(plain)}`], { home })
    expect([encrypted.code, encrypted.err]).toEqual([
      1,
      expect.stringContaining(`mllab connect https://127.0.0.1:${portOf(plain)}`),
    ])
    for (const one of [proxy, plain]) {
      one.close()
      one.closeAllConnections()
    }
  })
})

describe('mllab connect', () => {
  it('makes a server on an address localhost, with the full wall around its apps', async () => {
    const origin = await connect(far)
    expect(new URL(origin).host).not.toBe(new URL(far).host.replace('127.0.0.2', 'localhost'))
    await throughTheWall(origin)
  })

  it('carries websockets', async () => {
    const origin = await connect(far)
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/live`, {
      headers: { authorization: `Bearer ${server.admin.token}` },
    })
    await once(socket, 'open')
    socket.close()
    await once(socket, 'close')
  })

  it('takes the port that is named, on both addresses of localhost, and ends with Ctrl-C', async () => {
    const probe = net.createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo // a TCP server's
    probe.close()
    await once(probe, 'close')
    const origin = await connect(far, '--port', String(port))
    expect(origin).toBe(`http://localhost:${port}`)
    expect((await fetch(`http://[::1]:${port}/healthz`)).status).toBe(200)
    const [child] = children
    child?.kill('SIGINT')
    if (child) expect((await once(child, 'close'))[0]).toBe(0)
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
  })

  it('takes no port that a stranger has on one of the two addresses', async () => {
    const stranger = net.createServer().listen(0, '::1')
    await once(stranger, 'listening')
    const { port } = stranger.address() as AddressInfo // a TCP server's
    try {
      const outcome = await runHere(['connect', far, '--port', String(port)], { home })
      expect([outcome.code, outcome.err]).toEqual([1, expect.stringContaining(`Port ${port} is taken.`)])
    } finally {
      stranger.close()
    }
  })

  it.each([
    ['one that does not answer', ['http://127.0.0.3:1'], 1, /http:\/\/127\.0\.0\.3:1 does not answer/],
    ['a port that is none', ['http://127.0.0.2', '--port', 'x'], 2, /"x" is no port/],
  ])('says what is wrong with %s', async (_, args, code, text) => {
    const outcome = await runHere(['connect', ...args], { home })
    expect([outcome.code, outcome.err]).toEqual([code, expect.stringMatching(text)])
  })
})
