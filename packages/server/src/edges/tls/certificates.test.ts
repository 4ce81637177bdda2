import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { createFakeClock, createScope, memoryLog, type Scope } from '@mllab/kernel'
import { testCertificate } from '@mllab/testkit/certificate'
import { testFolder } from '@mllab/testkit/folder'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { ConfigError, loadConfig } from '../../config.ts'
import { openCertificates, type Certificates } from './certificates.ts'
import { describeTls } from './health.ts'
import { ownNames } from './own-names.ts'
import { keepsToHttps } from './strict.ts'

const DAY_MS = 24 * 3600_000
let scope: Scope
let folder: string
const clock = createFakeClock()
const log = memoryLog()

beforeEach(async () => {
  scope = createScope()
  folder = await mkdtemp(path.join(testFolder(), 'tls-'))
  clock.set(Date.now())
})
afterEach(() => scope.close())

const configWith = (env: Record<string, string> = {}) =>
  loadConfig({ SERVICE_SSL_ENABLED: 'true', LAB_DATA_ROOT: path.join(folder, 'data'), ...env })

async function open(env: Record<string, string> = {}): Promise<Certificates> {
  const certificates = await openCertificates(configWith(env), { log, clock, scope, lookEveryMs: 20 })
  if (!certificates) throw new Error('TLS is on')
  return certificates
}

async function put(name: string, { cert, key }: { cert: string; key: string }, where = 'ssl'): Promise<string> {
  const target = path.join(folder, where)
  await mkdir(target, { recursive: true })
  await writeFile(path.join(target, `${name}.crt`), cert)
  await writeFile(path.join(target, `${name}.key`), key)
  return target
}

const fingerprintOf = (cert: string) => new X509Certificate(cert).fingerprint256

describe('without a certificate', () => {
  it('one is made for every name and address, valid for less than a year, and told [TLS-02]', async () => {
    const certificates = await open({
      LAB_PUBLIC_URL: 'https://lab.example.org',
      LAB_APPS_HOST: 'apps.lab.example.org',
      LAB_EXTRA_HOSTS: 'lab',
    })
    const [pair] = certificates.pairs()
    const certificate = new X509Certificate(pair?.cert ?? '')
    for (const host of ['lab.example.org', 'web-aaaaaaaa.apps.lab.example.org', 'lab', 'localhost'])
      expect([host, certificate.checkHost(host)]).not.toEqual([host, undefined])
    expect([certificate.checkIP('127.0.0.1'), certificate.checkIP('::1')]).toEqual(['127.0.0.1', '::1'])
    expect(certificate.checkIssued(certificate)).toBe(true)
    expect(certificate.validToDate.getTime() - certificate.validFromDate.getTime()).toBeLessThan(365 * DAY_MS)
    expect(certificates.facts()).toMatchObject({
      kind: 'self-signed',
      problem: null,
      fingerprint: certificate.fingerprint256,
    })
    expect(log.entries.some(({ message }) => message.includes('until they are told to trust it'))).toBe(true)
    const file = await stat(path.join(folder, 'data/tls/self-signed.key'))
    expect(file.mode & 0o777).toBe(0o600)
  })

  it('the one that was made is kept over restarts, and renewed before it ends, with its key [TLS-03]', async () => {
    const first = await open()
    const { fingerprint, until } = first.facts()
    expect((await open()).facts().fingerprint).toBe(fingerprint)
    let changes = 0
    first.subscribe(() => (changes += 1))
    clock.set(until - 29 * DAY_MS)
    await expect.poll(() => first.facts().fingerprint).not.toBe(fingerprint)
    expect(changes).toBe(1)
    expect(first.facts().until).toBeGreaterThan(until)
    const keyOf = (cert: string) => new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'pem' })
    const [before] = (await open()).pairs()
    expect(keyOf(before?.cert ?? '')).toEqual(keyOf(first.pairs()[0]?.cert ?? ''))
  })

  it('another one is made when a name is added', async () => {
    const { fingerprint } = (await open()).facts()
    const renamed = (await open({ LAB_EXTRA_HOSTS: 'lab.local' })).facts()
    expect(renamed.fingerprint).not.toBe(fingerprint)
    expect(renamed.names).toContain('lab.local')
  })

  it('addresses of containers are not among its names', () => {
    const of = (address: string, internal = false) => [{ address, internal } as never]
    const names = ownNames(configWith({ LAB_HOST: '0.0.0.0' }), {
      lo: of('127.0.0.1', true),
      eth0: of('10.0.0.5'),
      docker0: of('172.17.0.1'),
    })
    expect(names).toEqual(['localhost', '*.localhost', '127.0.0.1', '::1', '10.0.0.5'])
  })
})

describe('a folder of certificates', () => {
  it('is served, with a pair for apps beside it [TLS-04]', async () => {
    const [main, apps] = [
      await testCertificate({ names: ['lab.example.org'] }),
      await testCertificate({ names: ['*.apps.example.org'] }),
    ]
    const root = await put('cert', main)
    await put('apps', apps)
    const certificates = await open({ LAB_SSL_ROOT: root })
    expect(certificates.pairs().map(({ cert }) => cert)).toEqual([main.cert, apps.cert])
    expect(certificates.facts()).toMatchObject({ kind: 'files', fingerprint: fingerprintOf(main.cert) })
  })

  it('is taken up as it changes; what is broken leaves the old one in use, and is told until it is mended [TLS-06]', async () => {
    const [first, second, third] = [await testCertificate(), await testCertificate(), await testCertificate()]
    const root = await put('cert', first)
    const certificates = await open({ LAB_SSL_ROOT: root })
    await put('cert', second)
    await expect.poll(() => certificates.facts().fingerprint).toBe(fingerprintOf(second.cert))

    await put('cert', { cert: third.cert, key: second.key })
    await expect
      .poll(() => certificates.facts().problem, { timeout: 5000 })
      .toContain('does not belong to the key beside it')
    expect(certificates.facts().fingerprint).toBe(fingerprintOf(second.cert))
    expect(
      describeTls({ ...certificates.facts(), counts: { done: 0, failed: 0, late: 0, pushedOut: 0 } }, clock),
    ).toEqual({
      ok: true,
      detail: expect.stringMatching(/^certificate of LAB_SSL_ROOT, until .*The certificate of before stays in use\.$/),
    })
    expect(log.entries.filter(({ message }) => message.includes('cannot be used'))).toHaveLength(1)

    await put('cert', third)
    await expect
      .poll(() => certificates.facts())
      .toMatchObject({ problem: null, fingerprint: fingerprintOf(third.cert) })
  })

  it('does not put one that ended in the place of one that holds', async () => {
    const [good, ended] = [await testCertificate(), await testCertificate({ until: Date.now() - 1000 })]
    const root = await put('cert', good)
    const certificates = await open({ LAB_SSL_ROOT: root })
    await put('cert', ended)
    await expect.poll(() => certificates.facts().problem, { timeout: 5000 }).toContain('ended on')
    expect(certificates.facts().fingerprint).toBe(fingerprintOf(good.cert))
  })

  it.each([
    ['nothing in it', {}, /does not hold the files cert\.crt and cert\.key/],
    ['one file of two', { 'cert.crt': 'x' }, /holds only one of cert\.crt and cert\.key/],
    ['what is no certificate', { 'cert.crt': 'x', 'cert.key': 'x' }, /cert\.crt holds no certificate in PEM/],
  ])('with %s stops the start with a sentence', async (_, files, sentence) => {
    const root = path.join(folder, 'ssl')
    await mkdir(root)
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(root, name), text)
    await expect(open({ LAB_SSL_ROOT: root })).rejects.toThrow(sentence)
  })
})

describe('settings', () => {
  it('have two names for one switch, which must not differ [CFG-32]', () => {
    expect(loadConfig({ SSL_ENABLED: 'true' }).encrypted).toBe(true)
    expect(loadConfig({}).encrypted).toBe(false)
    expect(() => loadConfig({ SSL_ENABLED: 'true', SERVICE_SSL_ENABLED: 'false' })).toThrow(/mean the same/)
  })

  it.each([
    [{ LAB_ACME_EMAIL: 'a@b.test' }, /LAB_ACME_EMAIL needs LAB_PUBLIC_URL/],
    [{ LAB_ACME_EMAIL: 'a@b.test', LAB_PUBLIC_URL: 'https://10.0.0.5' }, /LAB_ACME_EMAIL needs LAB_PUBLIC_URL/],
    [{ LAB_ACME_EMAIL: 'a@b.test', LAB_PUBLIC_URL: 'https://lab.test', LAB_SSL_ROOT: '/x' }, /leave one of them out/],
    [{ LAB_ACME_EMAIL: 'a@b.test', LAB_PUBLIC_URL: 'https://lab.test', LAB_APPS_HOST: 'apps.lab.test' }, /wildcards/],
    [{ LAB_PUBLIC_URL: 'http://lab.test' }, /begin it with https/],
  ])('that cannot be meant together are refused with a reason [TLS-14]: %o', (env, reason) => {
    const load = () => loadConfig({ SERVICE_SSL_ENABLED: 'true', ...env })
    expect(load).toThrow(ConfigError)
    expect(load).toThrow(reason)
  })

  it('bind browsers to https only where the host is ours alone, and the certificate one they trust', () => {
    const binds = (env: Record<string, string>, secure = true) =>
      keepsToHttps(configWith(env))?.({ secure, hostname: 'lab.test' }) ?? false
    const given = { LAB_SSL_ROOT: '/x', LAB_PUBLIC_URL: 'https://lab.test' }
    expect(binds(given)).toBe(true)
    expect(binds(given, false)).toBe(false)
    expect(binds({ ...given, LAB_PUBLIC_URL: 'https://lab.test:8091' })).toBe(false)
    expect(binds({ LAB_PUBLIC_URL: 'https://lab.test' })).toBe(false)
  })
})
