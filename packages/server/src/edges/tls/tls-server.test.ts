import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import https, { Agent } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'

import { testCertificate } from '@mllab/testkit/certificate'
import { testFolder } from '@mllab/testkit/folder'
import { startTestServer, TEST_PASSWORD, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'

import { ask, type Asked } from '../apps/testing/browse.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
let server: TestServer
let ca: string
/** `https://localhost:1234`, and the same port unencrypted as another machine sees it. */
let origin: string
let port: number

/** Asks its caller what the platform is to a workload, with nothing but what it was given. */
const CALLER = `
require('node:http').createServer(async (req, res) => {
  if (req.url === '/health') return res.end('ok')
  const { LAB_ENDPOINT, LAB_API_TOKEN, LAB_PROJECT, MLFLOW_TRACKING_URI } = process.env
  const authorization = 'Bearer ' + LAB_API_TOKEN
  const asked = await fetch(LAB_ENDPOINT + '/api/projects/' + LAB_PROJECT, { headers: { authorization } })
  const tracked = await fetch(MLFLOW_TRACKING_URI + '/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default', { headers: { authorization } })
  res.end(JSON.stringify({ endpoint: LAB_ENDPOINT, project: (await asked.json()).slug, tracking: tracked.status }))
}).listen(process.argv[1])`

beforeAll(async () => {
  const images = await mkdtemp(path.join(testFolder(), 'caller-'))
  await mkdir(path.join(images, 'caller'))
  const image = {
    title: 'Caller',
    command: [process.execPath, '-e', CALLER, '{socket:http}'],
    ports: [{ name: 'http', port: 8080 }],
    health: { port: 'http', path: '/health', intervalMs: 200, timeoutMs: 2000, startMs: 20_000 },
  }
  await writeFile(path.join(images, 'caller', 'image.json'), JSON.stringify(image))
  server = await startTestServer({
    env: {
      SSL_ENABLED: 'true',
      LAB_IMAGES_ROOT: images,
      LAB_EXTRA_HOSTS: 'lab.example.test',
      LAB_METRICS_TOKEN: 'scraper',
    },
  })
  port = server.platform.port
  origin = `https://localhost:${port}`
  ca = await readFile(path.join(server.dataRoot, 'tls/self-signed.crt'), 'utf8')
}, 60_000)
afterAll(() => server.close())

const far = (asked: string, how: Asked = {}) =>
  ask(`http://127.0.0.1:${port}${asked}`, { host: `lab.example.test:${port}`, ...how })

async function secure(target: string, { method = 'GET', host, headers = {}, body }: Asked = {}) {
  const req = https.request(`https://127.0.0.1:${port}${target}`, {
    method,
    headers: { host: host ?? `localhost:${port}`, ...headers },
    agent: new Agent({ ca }),
    servername: 'localhost',
  })
  req.end(body)
  const [res] = (await once(req, 'response')) as [IncomingMessage] // what this event carries
  return { status: res.statusCode, headers: res.headers, body: (await res.toArray()).join('') }
}

const login = (headers: Record<string, string>, host?: string) =>
  secure('/api/auth/login', {
    method: 'POST',
    ...(host ? { host } : {}),
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify({ username: 'admin', password: TEST_PASSWORD }),
  })

describe('a server with SSL_ENABLED [CFG-06] [TLS-02]', () => {
  it('answers https to who trusts its certificate, and says https wherever it names itself', async () => {
    expect(server.platform.url).toBe(origin)
    expect((await secure('/healthz')).status).toBe(200)
    expect(server.platform.tls()).toMatchObject({
      kind: 'self-signed',
      fingerprint: new X509Certificate(ca).fingerprint256,
    })
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost' })
    await expect(once(socket, 'secureConnect')).rejects.toThrow(/self-signed/)
  })

  it('gives cookies that belong to its host alone, also at an address, and takes requests from its own pages only', async () => {
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `lab.example.test:${port}`]) {
      const signedIn = await login({ origin: `https://${host}`, 'sec-fetch-site': 'same-origin' }, host)
      expect([host, signedIn.status]).toEqual([host, 200])
      expect(signedIn.headers['set-cookie']?.[0]).toMatch(
        /^__Host-lab-\d+=[^;]+; Path=\/; HttpOnly; SameSite=Lax; .*Secure/,
      )
      expect(signedIn.headers['strict-transport-security']).toBeUndefined()
    }
    expect((await login({ origin: origin.replace('https', 'http') })).status).toBe(403)
  })

  it('brings people into apps by https', async () => {
    const { headers } = await login({ origin })
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const wall = await secure('/api/apps/wall', { headers: { cookie, 'sec-fetch-site': 'same-origin' } })
    expect(JSON.parse(wall.body)).toMatchObject({ wall: true, address: origin })
    const opened = await secure('/apps/open?app=nobody-aaaaaaaa', { headers: { cookie, accept: 'text/html' } })
    expect(opened.headers['content-security-policy']).toContain(`form-action 'self' https://*.localhost:${port}`)
    const app = await secure('/', { host: `nobody-aaaaaaaa.localhost:${port}`, headers: { accept: 'text/html' } })
    expect([app.status, app.headers.location]).toEqual([303, expect.stringContaining(`${origin}/apps/open?app=`)])
  })

  it('carries its websocket', async () => {
    const socket = new WebSocket(`wss://localhost:${port}/api/live`, {
      ca,
      headers: { authorization: `Bearer ${server.admin.token}` },
    })
    await once(socket, 'open')
    socket.close()
    await once(socket, 'close')
  })

  it('tells its certificate at /readyz, and counts handshakes in /metrics', async () => {
    const { checks } = JSON.parse((await secure('/readyz')).body)
    expect(checks).toContainEqual({
      name: 'tls',
      ok: true,
      detail: expect.stringMatching(/^self-signed .* until \d{4}-.*SHA-256/),
    })
    const failed = async () => {
      const { body } = await secure('/metrics', { headers: { authorization: 'Bearer scraper' } })
      return Number(/^mllab_tls_handshakes_failed (\d+)$/m.exec(body)?.[1])
    }
    const before = await failed()
    const bad = net.connect(port, '127.0.0.1').on('error', () => undefined)
    bad.end(Buffer.from('\x16\x03\x01\0\x04what', 'latin1'))
    await vi.waitFor(async () => expect(await failed()).toBeGreaterThan(before))
  })

  it('starts workloads as ever: what they are given leads to the platform, on this machine [TLS-09]', async () => {
    const { api } = server.admin
    await api.projects.create({ body: { name: 'Wine' } })
    const params = { project: 'wine', service: 'caller' }
    await api.services.create({ params: { project: 'wine' }, body: { image: 'mllab/caller', slug: 'caller' } })
    await vi.waitFor(async () => expect((await api.services.get({ params })).state.status).toBe('running'), {
      timeout: 20_000,
    })
    const authorization = `Bearer ${server.admin.token}`
    const { body } = await secure('/api/projects/wine/services/caller/8080/', { headers: { authorization } })
    expect(JSON.parse(body)).toEqual({ endpoint: `http://localhost:${port}`, project: 'wine', tracking: 200 })
    await api.services.remove({ params })
    await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 20_000 })
  })
})

describe('unencrypted requests over a network, to a server that speaks TLS', () => {
  it('are sent to https, with what they asked for', async () => {
    const page = await far('/app/p/wine?tab=runs', { headers: { accept: 'text/html' } })
    expect([page.status, page.headers.location]).toEqual([307, `https://lab.example.test:${port}/app/p/wine?tab=runs`])
    expect(page.headers['cache-control']).toBe('no-store')
  })

  it.each([
    ['a token', '/api/me', { headers: { authorization: 'Bearer mlp_x' } }],
    ['a token in the address', '/api/me?lab_token=mlp_x', {}],
    ['a session', '/api/me', { headers: { cookie: 'lab-1=x' } }],
    ['a password', '/api/auth/login', { method: 'POST', headers: JSON_TYPE, body: '{}' }],
    [
      'a websocket',
      '/api/live',
      {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        },
      },
    ],
  ] as const)('are refused with %s, and not sent on with it', async (_, target, how) => {
    const answer = await far(target, how)
    expect([answer.status, answer.headers.location]).toEqual([403, undefined])
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'UNENCRYPTED',
      fix: expect.stringContaining('replace a token'),
    })
  })

  it('stay what they were on this machine', async () => {
    const me = await ask(`http://127.0.0.1:${port}/api/me`, {
      host: `localhost:${port}`,
      headers: { authorization: `Bearer ${server.admin.token}` },
    })
    expect(me.status).toBe(200)
  })
})

describe('behind a proxy that ends TLS, with TLS off here [TLS-10]', () => {
  it('a trusted one makes it https, a forged header does not', async () => {
    const behind = await startTestServer({
      env: { LAB_TRUSTED_PROXIES: '127.0.0.2', LAB_EXTRA_HOSTS: 'lab.example.test' },
    })
    try {
      const signIn = (localAddress: string, scheme: string) =>
        ask(`${behind.url}/api/auth/login`, {
          method: 'POST',
          host: 'lab.example.test',
          localAddress,
          headers: { ...JSON_TYPE, origin: `${scheme}://lab.example.test`, 'x-forwarded-proto': 'https' },
          body: JSON.stringify({ username: 'admin', password: TEST_PASSWORD }),
        })
      const proxied = await signIn('127.0.0.2', 'https')
      expect([proxied.status, proxied.headers['set-cookie']?.[0]]).toEqual([
        200,
        expect.stringMatching(/^__Host-lab.*Secure/),
      ])
      const opened = await ask(`${behind.url}/apps/open?app=x-aaaaaaaa`, {
        host: 'lab.example.test',
        localAddress: '127.0.0.2',
        headers: { 'x-forwarded-proto': 'https' },
      })
      expect(opened.headers.location).toMatch(/^\/app\/login/)
      expect((await signIn('127.0.0.3', 'https')).status).toBe(403)
      const forged = await signIn('127.0.0.3', 'http')
      expect([forged.status, forged.headers['set-cookie']?.[0]]).toEqual([
        200,
        expect.stringMatching(/^lab-\d+=(?!.*Secure)/),
      ])
    } finally {
      await behind.close()
    }
  })
})

describe('a certificate that is given [CFG-07] [TLS-04]', () => {
  it('binds browsers to https where the host is ours alone', async () => {
    const folder = await mkdtemp(path.join(testFolder(), 'ssl-'))
    const { cert, key } = await testCertificate({ names: ['lab.example.test', 'localhost'] })
    await writeFile(path.join(folder, 'cert.crt'), cert)
    await writeFile(path.join(folder, 'cert.key'), key)
    const given = await startTestServer({
      env: { SERVICE_SSL_ENABLED: 'true', LAB_SSL_ROOT: folder, LAB_PUBLIC_URL: 'https://lab.example.test' },
    })
    try {
      const asked = (host: string) =>
        new Promise<IncomingMessage>((resolve, reject) =>
          https
            .get(
              {
                port: given.platform.port,
                host: '127.0.0.1',
                path: '/healthz',
                headers: { host },
                ca: cert,
                servername: host,
              },
              (res) => resolve(res.resume()),
            )
            .once('error', reject),
        )
      const named = await asked('lab.example.test')
      expect(named.headers['strict-transport-security']).toBe('max-age=2592000')
      expect((await asked('localhost')).headers['strict-transport-security']).toBeUndefined()
      expect(given.platform.tls()?.fingerprint).toBe(new X509Certificate(cert).fingerprint256)
    } finally {
      await given.close()
    }
  })
})
