import { spawn, type ChildProcess } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import https from 'node:https'
import type { IncomingMessage } from 'node:http'
import { mkdtemp, writeFile } from 'node:fs/promises'
import path from 'node:path'
import tls from 'node:tls'

import { testCertificate, type TestCertificate } from '@mllab/testkit/certificate'
import { testFolder } from '@mllab/testkit/folder'
import { freePort } from '@mllab/testkit/go-program'
import { TEST_PASSWORD } from '@mllab/testkit/server'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

const main = path.join(import.meta.dirname, 'main.ts')
const children = new Set<ChildProcess>()
let port: number
let ssl: string
let pair: TestCertificate

beforeAll(async () => {
  port = await freePort()
  ssl = await mkdtemp(path.join(testFolder(), 'ssl-'))
  pair = await testCertificate()
  await put(pair)
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: testFolder(),
    LAB_GATEWAY: 'apart',
    LAB_PORT: String(port),
    LAB_DATA_ROOT: await mkdtemp(path.join(testFolder(), 'apart-')),
    LAB_ADMIN_PASSWORD: TEST_PASSWORD,
    LAB_PREPARE_IMAGES: '',
    LAB_PROCESS_ISOLATION: 'none',
    SERVICE_SSL_ENABLED: 'true',
    LAB_SSL_ROOT: ssl,
  }
  for (const command of ['gateway', 'up'])
    children.add(spawn(process.execPath, [main, command], { env, stdio: ['ignore', 'ignore', 'ignore'] }))
  await vi.waitFor(async () => expect((await ask('/healthz')).status).toBe(200), { timeout: 30_000, interval: 100 })
}, 60_000)
afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null) continue
    child.kill()
    await once(child, 'close')
  }
})

async function put({ cert, key }: TestCertificate): Promise<void> {
  await writeFile(path.join(ssl, 'cert.crt'), cert)
  await writeFile(path.join(ssl, 'cert.key'), key)
}

async function ask(target: string) {
  const req = https.get({
    port,
    host: '127.0.0.1',
    path: target,
    servername: 'localhost',
    ca: pair.cert,
    agent: false,
    headers: { host: `localhost:${port}` },
  })
  const [res] = (await once(req, 'response')) as [IncomingMessage] // what this event carries
  return { status: res.statusCode, body: (await res.toArray()).join('') }
}

it('a gateway apart ends TLS, takes up another certificate without a restart, and the platform tells of it [TLS-06]', async () => {
  const open = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: pair.cert })
  await once(open, 'secureConnect')
  const told = async () => {
    const { checks } = JSON.parse((await ask('/readyz')).body) as { checks: { name: string; detail: string }[] } // documented
    return checks.find(({ name }) => name === 'tls')?.detail
  }
  const fingerprint = () => new X509Certificate(pair.cert).fingerprint256
  await vi.waitFor(async () => expect(await told()).toContain(fingerprint()), { timeout: 10_000 })

  pair = await testCertificate()
  await put(pair)
  await vi.waitFor(async () => expect((await ask('/healthz')).status).toBe(200), { timeout: 10_000, interval: 100 })
  await vi.waitFor(async () => expect(await told()).toContain(fingerprint()), { timeout: 10_000, interval: 100 })
  open.write(`GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`)
  expect((await open.toArray()).join('')).toContain('200 OK')
})
