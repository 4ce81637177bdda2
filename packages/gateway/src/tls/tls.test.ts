import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls'

import { createScope, type Scope } from '@mllab/kernel'
import { testCertificate, type TestCertificate } from '@mllab/testkit/certificate'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createListener, type ListenerOptions } from '../listener.ts'
import type { CertificatePair } from './certificates.ts'

let pair: TestCertificate
let other: TestCertificate
let scope: Scope

beforeAll(async () => {
  pair = await testCertificate({ names: ['localhost', '127.0.0.1'] })
  other = await testCertificate({ names: ['*.apps.example.test'] })
})
beforeEach(() => {
  scope = createScope()
})
afterEach(() => scope.close())

function certificates(...first: CertificatePair[]) {
  let pairs: readonly CertificatePair[] = first
  const listeners = new Set<() => void>()
  const challenges = new Map<string, CertificatePair>()
  return {
    pairs: () => pairs,
    challenges: () => challenges,
    subscribe: (changed: () => void) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    replace: (...next: CertificatePair[]) => {
      pairs = next
      for (const changed of listeners) changed()
    },
    prove: (host: string, proof: CertificatePair) => challenges.set(host, proof),
  }
}

/** Tells what it was asked, with the body it was sent. */
async function tellBack(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const chunks = (await req.toArray()) as Buffer[] // no encoding is set
  res.end(
    `${req.method} ${req.url} ${'encrypted' in req.socket ? 'encrypted' : 'plain'} ${Buffer.concat(chunks).length}`,
  )
}

async function listen(options: Partial<ListenerOptions> = {}) {
  const source = certificates(pair)
  const listener = createListener({
    gateway: {
      handle: (req, res) => void tellBack(req, res),
      upgrade: (_req, socket) => void socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nup'),
    },
    tls: source,
    ...options,
  })
  const { port } = (await listener.listen({ host: '127.0.0.1', port: 0 })) as AddressInfo // of a TCP server
  scope.defer(() => listener.close(0))
  return { port, listener, source, counts: () => listener.tlsCounts() }
}

async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: pair.cert, ...options })
  scope.defer(() => void socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}

const served = (socket: TLSSocket) => socket.getPeerX509Certificate()?.toString()

async function heard(socket: net.Socket): Promise<string> {
  return Buffer.concat((await socket.toArray()) as Buffer[]).toString() // no encoding is set
}

function connect(port: number): net.Socket {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  scope.defer(() => void socket.destroy())
  return socket
}

const REQUEST = 'GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

describe('one port', () => {
  it('serves HTTP and HTTPS, told apart by the first byte [TLS-11] [TLS-12]', async () => {
    const { port } = await listen()
    const plain = connect(port)
    plain.write(REQUEST)
    expect(await heard(plain)).toContain('GET /x plain 0')
    const secure = await handshake(port)
    secure.write(REQUEST)
    expect(await heard(secure)).toContain('GET /x encrypted 0')
  })

  it('takes plain requests in any pieces, one behind the other, and large bodies', async () => {
    const { port } = await listen()
    const pieces = connect(port)
    for (const byte of 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc') {
      pieces.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    pieces.write(REQUEST)
    expect(await heard(pieces)).toMatch(/POST \/a plain 3[^]*GET \/x plain 0/)

    const size = 8 * 2 ** 20
    const large = http.request({ port, host: '127.0.0.1', method: 'PUT', path: '/large', agent: false })
    large.end(Buffer.alloc(size))
    const [answer] = (await once(large, 'response')) as [IncomingMessage] // what this event carries
    expect((await answer.toArray()).join('')).toBe(`PUT /large plain ${size}`)
  })

  it('tells SSH clients in their own words that there is no SSH, with TLS and without [TLS-12]', async () => {
    for (const options of [{}, { tls: undefined }]) {
      const { port } = await listen(options)
      const client = connect(port)
      client.write('SSH-2.0-OpenSSH_9.2\r\n')
      const answer = await heard(client)
      expect(answer).toMatch(/^SSH-2\.0-MLLab\r\n/)
      const packet = Buffer.from(answer.slice(answer.indexOf('\n') + 1))
      expect([packet.readUInt32BE(0), packet.length % 8, packet[5]]).toEqual([packet.length - 4, 0, 1])
      expect(answer).toContain('and no SSH.')
    }
  })

  it('speaks HTTP/1.1 to who offers HTTP/2 too, and nothing to who wants nothing else', async () => {
    const { port, counts } = await listen()
    const both = await handshake(port, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect(both.alpnProtocol).toBe('http/1.1')
    await expect(handshake(port, { ALPNProtocols: ['h2'] })).rejects.toThrow()
    await expect.poll(() => counts()?.failed).toBe(1)
  })

  it('refuses versions of TLS that are broken', async () => {
    const { port } = await listen()
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    await expect(handshake(port, old)).rejects.toThrow()
  })

  it('carries upgrades inside TLS', async () => {
    const { port } = await listen()
    const socket = await handshake(port)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 101[^]*up$/)
  })

  it('closes, also with connections that are silent, in a handshake, or kept alive', async () => {
    const { port, listener } = await listen()
    const silent = connect(port)
    const half = connect(port)
    half.write(Buffer.from([0x16, 3, 1]))
    const kept = await handshake(port)
    kept.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(kept, 'data')
    const begin = performance.now()
    await listener.close(30_000)
    expect(performance.now() - begin).toBeLessThan(1000)
    for (const socket of [silent, half, kept]) socket.resume()
    await expect.poll(() => [silent, half, kept].every(({ closed }) => closed)).toBe(true)
  })
})

describe('connections that say nothing', () => {
  it('are closed after a time, whether they stay silent or break off in a handshake', async () => {
    const { port, counts } = await listen({ headMs: 150, handshakeMs: 150 })
    const silent = connect(port)
    const half = connect(port)
    half.write(Buffer.from([0x16, 3, 1, 2, 0]))
    const headless = connect(port)
    headless.write('GET')
    const secure = await handshake(port)
    await Promise.all([silent, half, headless, secure].map((socket) => once(socket.resume(), 'close')))
    expect(counts()).toMatchObject({ done: 1, late: 1 })
  })

  it('give way to newer ones when there are too many', async () => {
    const { port, counts } = await listen({ mostUndecided: 3 })
    const crowd = Array.from({ length: 3 }, () => connect(port))
    await Promise.all(crowd.map((socket) => once(socket, 'connect')))
    const secure = await handshake(port)
    secure.write(REQUEST)
    expect(await heard(secure)).toContain('GET /x encrypted')
    for (const socket of crowd) socket.resume()
    await expect.poll(() => crowd.filter(({ closed }) => closed).length).toBe(1)
    expect(counts()).toMatchObject({ done: 1, pushedOut: 1 })
  })

  it('and what is no TLS behind its first byte are counted, and leave nothing behind', async () => {
    const { port, counts, listener } = await listen()
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = connect(port)
        socket.write(Buffer.concat([Buffer.from([0x16, 3, 1, 0, 4]), Buffer.from('what')]))
        await once(socket.resume(), 'close')
      }),
    )
    await expect.poll(() => counts()?.failed).toBe(50)
    await expect.poll(() => new Promise((resolve) => listener.server.getConnections((_, n) => resolve(n)))).toBe(0)
  })
})

describe('certificates', () => {
  it('are replaced for new handshakes, and open connections stay [TLS-06]', async () => {
    const { port, source } = await listen()
    const before = await handshake(port)
    const session = new Promise<Buffer>((resolve) => before.once('session', resolve))
    before.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(before, 'data')
    const next = await testCertificate()
    source.replace(next)
    const after = await handshake(port, { ca: next.cert })
    expect([served(before), served(after)]).toEqual([pair.cert.trim(), next.cert.trim()].map((pem) => `${pem}\n`))
    const resumed = await handshake(port, { ca: next.cert, session: await session, rejectUnauthorized: false })
    expect(resumed.isSessionReused()).toBe(false)
    before.write(REQUEST)
    expect(await heard(before)).toContain('GET /x encrypted')
  })

  it('are chosen by the name that is asked for; the first is for all others', async () => {
    const { port, source } = await listen()
    source.replace(pair, other)
    const loose = { rejectUnauthorized: false }
    expect(served(await handshake(port, { ...loose, servername: 'a.apps.example.test' }))).toBe(other.cert)
    expect(served(await handshake(port, { ...loose, servername: 'nobody.test' }))).toBe(pair.cert)
    expect(served(await handshake(port, { ...loose, servername: '' }))).toBe(pair.cert)
  })

  it('of a proof are shown to the authority that asks for it, and to nobody else [TLS-15]', async () => {
    const { port, source } = await listen()
    const proof = await testCertificate({ names: ['lab.example.test'] })
    source.prove('lab.example.test', proof)
    const asking = { servername: 'lab.example.test', rejectUnauthorized: false }
    const authority = await handshake(port, { ...asking, ALPNProtocols: ['acme-tls/1'] })
    expect([served(authority), authority.alpnProtocol]).toEqual([proof.cert, 'acme-tls/1'])
    expect(await heard(authority)).toBe('')
    expect(served(await handshake(port, { ...asking, ALPNProtocols: ['http/1.1'] }))).toBe(pair.cert)
    await expect(handshake(port, { ALPNProtocols: ['acme-tls/1'], servername: 'evil.test' })).rejects.toThrow()
  })
})
