import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import tls, { type TLSSocket } from 'node:tls'

import { createListener } from '@mllab/gateway'
import { createFakeClock, createScope, memoryLog, type Scope } from '@mllab/kernel'
import { testFolder } from '@mllab/testkit/folder'
import { freePort } from '@mllab/testkit/go-program'
import { startPebbleIfPossible } from '@mllab/testkit/pebble'
import { Client, axios } from 'acme-client'
import { Agent } from 'node:https'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

import { loadConfig } from '../../config.ts'
import { openCertificates, type Certificates } from './certificates.ts'

const HOST = 'lab.example.test'
const DAY_MS = 24 * 3600_000
const port = await freePort()
const pebble = await startPebbleIfPossible({ tlsPort: port })
const clock = createFakeClock(Date.now())
let scope: Scope
let folder: string

beforeEach(async () => {
  scope = createScope()
  folder = await mkdtemp(path.join(testFolder(), 'acme-'))
})
afterEach(() => scope.close())
afterAll(() => pebble?.stop())

/** The port of a server that has to be proven to be `HOST`'s. */
async function serve(env: Record<string, string> = {}) {
  const config = loadConfig({
    SERVICE_SSL_ENABLED: 'true',
    LAB_DATA_ROOT: folder,
    LAB_PUBLIC_URL: `https://${HOST}`,
    LAB_ACME_EMAIL: 'admin@example.test',
    LAB_ACME_DIRECTORY: pebble?.directory ?? '',
    LAB_ACME_CA_FILE: pebble?.caFile ?? '',
    ...env,
  })
  const log = memoryLog()
  const own = scope.child()
  const certificates = await openCertificates(config, { log, clock, scope: own, lookEveryMs: 50 })
  const upgrade = () => undefined
  const handle = (_: unknown, res: { end(text: string): unknown }) => void res.end('served')
  const listener = createListener({ gateway: { handle, upgrade }, tls: certificates })
  const address = (await listener.listen({ host: '127.0.0.1', port })) as AddressInfo // of a TCP server
  own.defer(() => listener.close(0))
  if (!certificates) throw new Error('TLS is on')
  return { certificates, log, port: address.port, close: () => own.close() }
}

async function connect(ca?: string): Promise<TLSSocket> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername: HOST,
    ...(ca ? { ca } : { rejectUnauthorized: false }),
  })
  scope.defer(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

const issued = (certificates: Certificates) =>
  expect.poll(() => certificates.facts(), { timeout: 20_000 }).toMatchObject({ kind: 'acme', problem: null })

describe.runIf(pebble)('an authority that speaks ACME [TLS-15]', () => {
  it('gives a certificate that its clients trust, for a proof on the one port; until then ours is served', async () => {
    const { certificates } = await serve()
    expect(certificates.facts().kind).toBe('self-signed')
    const root = (await pebble?.root()) ?? ''
    await expect(connect(root)).rejects.toThrow(/self-signed/)
    await issued(certificates)
    const socket = await connect(root)
    expect(socket.authorized).toBe(true)
    expect(new X509Certificate(certificates.pairs()[0]?.cert ?? '').checkHost(HOST)).toBe(HOST)
    expect(certificates.challenges().size).toBe(0)
  })

  it('knows the address that is to be written to, also a new one, and keys are ours alone', async () => {
    const { directory = '', caFile = '' } = pebble ?? {}
    const stored = path.join(folder, 'tls', `acme-${new URL(directory).host.replace(':', '-')}`)
    const contactOf = async () => {
      axios.defaults.httpsAgent = new Agent({ ca: await readFile(caFile, 'utf8') })
      const accountKey = await readFile(path.join(stored, 'account.key'), 'utf8')
      const { contact } = await new Client({ directoryUrl: directory, accountKey }).createAccount({
        onlyReturnExisting: true,
      })
      return contact
    }
    const first = await serve()
    await issued(first.certificates)
    expect(await contactOf()).toEqual(['mailto:admin@example.test'])
    for (const name of ['account.key', 'cert.key'])
      expect([name, (await stat(path.join(stored, name))).mode & 0o777]).toEqual([name, 0o600])
    await first.close()

    const { until } = first.certificates.facts()
    clock.set(until - 20 * DAY_MS)
    const { certificates } = await serve({ LAB_ACME_EMAIL: 'other@example.test' })
    await expect
      .poll(() => certificates.facts().fingerprint, { timeout: 20_000 })
      .not.toBe(first.certificates.facts().fingerprint)
    expect(await contactOf()).toEqual(['mailto:other@example.test'])
    clock.set(Date.now())
  })

  it('is asked again before the end, without a restart, and not before: open connections stay', async () => {
    const { certificates, close } = await serve()
    await issued(certificates)
    const { fingerprint, until } = certificates.facts()
    await close()
    const again = await serve()
    expect(again.certificates.facts().fingerprint).toBe(fingerprint)
    const open = await connect()
    clock.set(until - 29 * DAY_MS)
    await expect.poll(() => again.certificates.facts().fingerprint, { timeout: 20_000 }).not.toBe(fingerprint)
    const fresh = await connect()
    expect(fresh.getPeerCertificate().fingerprint256).toBe(again.certificates.facts().fingerprint)
    open.write('GET / HTTP/1.1\r\nHost: lab.example.test\r\nConnection: close\r\n\r\n')
    expect((await open.toArray()).join('')).toMatch(/served$/)
    clock.set(Date.now())
  })

  it('that refuses is told of, and asked again later', async () => {
    const { certificates, log } = await serve({ LAB_PUBLIC_URL: 'https://refused.example.test' })
    await expect
      .poll(() => certificates.facts(), { timeout: 20_000 })
      .toMatchObject({
        kind: 'self-signed',
        problem: expect.stringMatching(/gave no certificate for refused\.example\.test: .* asked again at/),
      })
    expect(log.entries.filter(({ message }) => message.includes('no certificate was given'))).toHaveLength(1)
  })
})
