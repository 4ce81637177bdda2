import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  bearer,
  portOf,
  SERVICE_PREFIX,
  serviceRoute,
  startRig,
  textOf,
  TOKEN,
  until,
  type Rig,
} from './testing/rig.ts'

let rig: Rig

beforeEach(async () => {
  rig = await startRig()
})
afterEach(() => rig.close())

const MiB = 1024 * 1024
const CHUNK = randomBytes(MiB)

function ask(options: { method?: string; headers?: Record<string, string>; path?: string } = {}) {
  const { method = 'GET', headers = {}, path = '' } = options
  const all = { host: rig.main, ...bearer, ...headers }
  const req = http.request({
    host: '127.0.0.1',
    port: rig.port,
    path: SERVICE_PREFIX + path,
    method,
    headers: all,
    agent: false,
  })
  req.on('error', () => undefined)
  return req
}

async function answerTo(req: http.ClientRequest): Promise<IncomingMessage> {
  const [res]: IncomingMessage[] = await once(req, 'response')
  if (!res) throw new Error('no response')
  return res
}

async function writeMany(stream: http.ClientRequest | ServerResponse, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) if (!stream.write(CHUNK)) await once(stream, 'drain')
  stream.end()
}

async function hashOf(stream: AsyncIterable<Buffer>) {
  const hash = createHash('sha256')
  let bytes = 0
  let peakBuffers = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    bytes += chunk.length
    peakBuffers = Math.max(peakBuffers, process.memoryUsage().arrayBuffers)
  }
  return { bytes, peakBuffers, digest: hash.digest('hex') }
}

function expectedHash(count: number): string {
  const hash = createHash('sha256')
  for (let i = 0; i < count; i += 1) hash.update(CHUNK)
  return hash.digest('hex')
}

describe('bodies', () => {
  it('of 200 MiB go down unchanged in little memory', async () => {
    await rig.startApp((_req, res) => void writeMany(res, 200))
    const before = process.memoryUsage().arrayBuffers
    const { bytes, digest, peakBuffers } = await hashOf(await answerTo(ask().end()))
    expect([bytes, digest]).toEqual([200 * MiB, expectedHash(200)])
    // The other suites of this process are in it too.
    expect(peakBuffers - before).toBeLessThan(150 * MiB)
  })

  it.each([
    ['with a length', { 'content-length': String(200 * MiB) }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('of 200 MiB go up %s unchanged in little memory', async (_name, headers) => {
    let received: Awaited<ReturnType<typeof hashOf>> | undefined
    const app = await rig.startApp(async (req, res) => {
      received = await hashOf(req)
      res.end('done')
    })
    const before = process.memoryUsage().arrayBuffers
    const req = ask({ method: 'PUT', headers })
    const [res] = await Promise.all([answerTo(req), writeMany(req, 200)])
    expect(await textOf(res)).toBe('done')
    expect([received?.bytes, received?.digest]).toEqual([200 * MiB, expectedHash(200)])
    expect((received?.peakBuffers ?? 0) - before).toBeLessThan(100 * MiB)
    expect(app.seen[0]?.headers).toMatchObject(headers)
  })

  it('wait for a client that does not read', async () => {
    let written = 0
    let stuckAt = -1
    await rig.startApp((_req, res) => {
      const write = () => {
        while (written < 200 && res.write(CHUNK)) written += 1
        written += 1
        stuckAt = written
        res.once('drain', write)
      }
      write()
    })
    const res = await answerTo(ask().end())
    await until(() => stuckAt > 0)
    let last = -1
    await until(() => last === (last = written), 2000)
    expect(written).toBeLessThan(40)
    res.destroy()
  })

  it('wait for an app that does not read', async () => {
    await rig.startApp((req) => void req.pause())
    const req = ask({ method: 'PUT', headers: { 'content-length': String(200 * MiB) } })
    let written = 0
    const write = () => {
      while (written < 200 && req.write(CHUNK)) written += 1
      written += 1
      req.once('drain', write)
    }
    write()
    let last = -1
    await until(() => written > 0 && last === (last = written), 2000)
    expect(written).toBeLessThan(40)
    req.destroy()
  })

  it('of many at once never mix, however fast each client reads', async () => {
    await rig.startApp((req, res) => {
      const [, framing, size, letter] = /^.(\w+)-(\d+)-(.)$/.exec(req.url ?? '') ?? []
      const bytes = Buffer.alloc(Number(size) * MiB, letter)
      if (framing === 'length') res.setHeader('content-length', bytes.length)
      for (let at = 0, piece = 1; at < bytes.length; at += piece, piece = (piece * 7 + 11) % 200_000)
        res.write(bytes.subarray(at, at + piece))
      res.end()
    })
    const start = (letter: string, i: number, sizeMiB: number) =>
      answerTo(ask({ path: `${i % 2 === 0 ? 'length' : 'chunks'}-${sizeMiB}-${letter}` }).end())
    const read = async (res: IncomingMessage, letter: string, sizeMiB: number) => {
      let bytes = 0
      for await (const chunk of res) {
        if (!chunk.equals(Buffer.alloc(chunk.length, letter))) throw new Error(`foreign bytes in ${letter}`)
        bytes += chunk.length
      }
      expect(bytes).toBe(sizeMiB * MiB)
    }
    const slow = await Promise.all([...'ABCD'].map((letter, i) => start(letter, i, 16)))
    for (const round of ['abcdefgh', 'ijklmnop'])
      await Promise.all([...round].map(async (letter, i) => read(await start(letter, i, 3), letter, 3)))
    await Promise.all(slow.map((res, i) => read(res, 'ABCD'[i] ?? '', 16)))
  })

  it('of events arrive when they are sent, the head at once', async () => {
    let app: ServerResponse | undefined
    await rig.startApp((_req, res) => {
      app = res
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.flushHeaders()
    })
    const res = await answerTo(ask().end())
    const delays: number[] = []
    for (let i = 0; i < 20; i += 1) {
      const sentAt = performance.now()
      app?.write(`data: ${i}\n\n`)
      const [event] = await once(res, 'data')
      expect(String(event)).toBe(`data: ${i}\n\n`)
      delays.push(performance.now() - sentAt)
    }
    expect(delays.toSorted((a, b) => a - b)[10]).toBeLessThan(20)
    res.destroy()
  })

  it('are asked for only when somebody is let in', async () => {
    await rig.startApp(async (req, res) => void res.end(await textOf(req)))
    const line = `POST ${SERVICE_PREFIX} HTTP/1.1\r\nHost: ${rig.main}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n`
    expect(await rig.raw(`${line}\r\n`, { until: /\r\n\r\n/ })).toMatch(/^HTTP\/1\.1 401 /)
    const allowed = await rig.raw(`${line}Authorization: Bearer ${TOKEN}\r\n\r\nabc`, { until: /abc/ })
    expect(allowed).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [^]*abc$/)
    const platform = await rig.raw(line.replace(SERVICE_PREFIX, '/api/x') + '\r\nabc', { until: /platform/ })
    expect(platform).toMatch(/^HTTP\/1\.1 100 Continue/)
  })

  it('may be left unread by an app that answers early, and the client gets the answer', async () => {
    await rig.startApp((_req, res) => void res.writeHead(413).end('too large'))
    const req = ask({ method: 'PUT', headers: { 'content-length': String(20 * MiB) } })
    const answered = answerTo(req)
    void writeMany(req, 20).catch(() => undefined)
    const res = await answered
    expect([res.statusCode, await textOf(res)]).toEqual([413, 'too large'])
  })

  it('of HEAD, 204 and 304 are empty, and the connection goes on', async () => {
    await rig.startApp((req, res) => {
      if (req.method === 'HEAD') return void res.writeHead(200, { 'content-length': '5' }).end()
      res.writeHead(Number(req.url?.slice(1))).end()
    })
    const requests = [`HEAD ${SERVICE_PREFIX}`, `GET ${SERVICE_PREFIX}204`, `GET ${SERVICE_PREFIX}304`]
    const text = requests
      .map((line) => `${line} HTTP/1.1\r\nHost: ${rig.main}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`)
      .join('')
    const answer = await rig.raw(text, { until: /304 [^]*\r\n\r\n/ })
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 304'])
    expect(answer).toContain('content-length: 5')
  })
})

describe('a client that goes away', () => {
  it.each(['before the answer', 'in the middle of it'])('%s takes the app’s request with it', async (when) => {
    let closed = false
    const app = await rig.startApp((_req, res) => {
      res.on('close', () => (closed = true))
      if (when !== 'before the answer') res.write('first')
    })
    const req = ask().end()
    if (when === 'before the answer') await until(() => app.seen.length === 1)
    else await once(await answerTo(req), 'data')
    req.destroy()
    await until(() => closed, 1000)
    await until(() => rig.records.length === 1)
  })

  it('in the middle of an upload takes the app’s request with it', async () => {
    let aborted = false
    const app = await rig.startApp((req) => {
      req.on('error', () => undefined)
      req.on('close', () => (aborted = !req.complete))
      req.resume()
    })
    const req = ask({ method: 'PUT', headers: { 'content-length': '1000' } })
    req.write('abc')
    await until(() => app.seen.length === 1)
    req.destroy()
    await until(() => aborted, 1000)
  })
})

describe('an app that fails', () => {
  it('in the middle of its answer cuts the client, whatever the framing', async () => {
    for (const headers of [{ 'content-length': '100' }, {}]) {
      await rig.startApp((_req, res) => {
        res.writeHead(200, headers)
        res.write('first', () => res.destroy())
      })
      const res = await answerTo(ask().end())
      await expect(textOf(res)).rejects.toThrow('aborted')
    }
    await until(() => rig.records.length === 2)
    expect(rig.records.map(({ fault }) => fault)).toEqual(['APP_BROKE_OFF', 'APP_BROKE_OFF'])
  })

  it('before its answer is 502, and says so to people on a page', async () => {
    await rig.startApp((req) => void req.socket.destroy())
    const program = await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
    expect([program.status, JSON.parse(program.body).code]).toEqual([502, 'APP_BROKE_OFF'])
    const headers = { ...bearer, accept: 'text/html' }
    const person = await rig.call({ host: rig.service, path: '/', headers })
    expect([person.status, person.headers['content-type']]).toEqual([502, 'text/html; charset=utf-8'])
    expect(person.headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^;]+; .*frame-ancestors 'self' http:/,
    )
    expect(person.body).not.toMatch(/<script|src=|<link/)
  })

  it('by speaking something else is 502', async () => {
    const answers = [
      'garbage\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
    ]
    for (const answer of answers) {
      const server = createServer((socket: Socket) => {
        socket.on('error', () => socket.destroy())
        socket.once('data', () => socket.write(answer))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      rig.table.set(
        serviceRoute({ state: 'ready', endpoints: [{ kind: 'tcp', host: '127.0.0.1', port: portOf(server) }] }),
      )
      const got = await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer, method: 'POST' })
      expect([answer.slice(0, 40), got.status]).toEqual([answer.slice(0, 40), 502])
      server.close()
    }
  })

  it('while a client is still sending leaves the client its answer', async () => {
    await rig.startApp((req) => void req.socket.destroy())
    const req = ask({ method: 'PUT', headers: { 'content-length': String(4 * MiB) } })
    const answered = answerTo(req)
    void writeMany(req, 4).catch(() => undefined)
    expect((await answered).statusCode).toBe(502)
  })

  it('by not being there is 502, by being slow is 504', async () => {
    const app = await rig.startApp(() => undefined)
    rig.table.set(serviceRoute({ state: 'ready', endpoints: [app.endpoint] }, { firstByteTimeoutMs: 50 }))
    const slow = await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
    expect([slow.status, JSON.parse(slow.body).code]).toEqual([504, 'APP_TOO_SLOW'])
    await app.close()
    const gone = await rig.call({ host: rig.main, path: SERVICE_PREFIX, method: 'POST', headers: bearer, body: 'abc' })
    expect([gone.status, JSON.parse(gone.body).code]).toEqual([502, 'APP_UNREACHABLE'])
    rig.table.set(serviceRoute({ state: 'ready', endpoints: [{ kind: 'unix', path: '/nowhere/app.sock' }] }))
    expect((await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })).status).toBe(502)
  })

  it('to keep a pooled connection is asked once more, for reads only', async () => {
    const served = new Map<Socket, number>()
    const app = await rig.startApp((req, res) => {
      const count = (served.get(req.socket) ?? 0) + 1
      served.set(req.socket, count)
      // The second request on a connection finds it dead.
      if (count > 1 || req.method === 'POST') req.socket.destroy()
      else res.end('fresh')
    })
    const statusOf = async (method: string) =>
      (await rig.call({ host: rig.main, path: SERVICE_PREFIX, method, headers: bearer })).status
    expect([await statusOf('GET'), await statusOf('GET')]).toEqual([200, 200])
    expect(app.seen).toHaveLength(3)
    expect([await statusOf('POST'), app.seen.length]).toEqual([502, 4])
  })
})

describe('an app that is not ready', () => {
  it.each([
    ['starting', 'APP_STARTING', '2'],
    ['stopped', 'APP_STOPPED', '30'],
    ['failed', 'APP_FAILED', '30'],
  ] as const)('because it is %s says so', async (state, code, retryAfter) => {
    rig.table.set(serviceRoute({ state }))
    const program = await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
    expect([program.status, JSON.parse(program.body).code, program.headers['retry-after']]).toEqual([
      503,
      code,
      retryAfter,
    ])
    const person = await rig.call({ host: rig.service, path: '/', headers: { ...bearer, accept: 'text/html' } })
    expect([person.status, person.body.includes(`http-equiv="refresh" content="${retryAfter}"`)]).toEqual([503, true])
    expect((await rig.call({ host: rig.service, path: '/' })).status).toBe(401)
  })
})

describe('connections to an app', () => {
  it('are kept and shared', async () => {
    const sockets = new Set<Socket>()
    await rig.startApp((req, res) => {
      sockets.add(req.socket)
      res.end('x'.repeat(200_000))
    })
    for (let i = 0; i < 20; i += 1) await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
    expect(sockets.size).toBe(1)
    expect(rig.gateway.snapshot().totals).toMatchObject({ requests: 20, open: 0 })
    expect(rig.gateway.snapshot().decisions.asked).toBe(1)
  })

  it('are fit for the next request after a client that read slowly', async () => {
    const sockets = new Set<Socket>()
    await rig.startApp((req, res) => {
      sockets.add(req.socket)
      res.end(req.url === '/small' ? 'small' : Buffer.alloc(16 * MiB))
    })
    for (let i = 0; i < 3; i += 1) {
      const res = await answerTo(ask().end())
      let bytes = 0
      // Nothing is read until the answer is stuck, so that its last piece waits for a drain too.
      await until(() => rig.gateway.snapshot().pools[0]?.running === 1)
      await new Promise((resolve) => setImmediate(resolve))
      for await (const chunk of res) bytes += chunk.length
      expect(bytes).toBe(16 * MiB)
      expect((await rig.call({ host: rig.main, path: `${SERVICE_PREFIX}small`, headers: bearer })).body).toBe('small')
    }
    expect(sockets.size).toBe(1)
  })

  it('go to each of its instances in turn', async () => {
    const apps = await Promise.all(['a', 'b'].map((name) => rig.startApp((_req, res) => void res.end(name))))
    const [a, b] = apps.map(({ endpoint }) => endpoint)
    if (!a || !b) throw new Error('no apps')
    rig.table.set(serviceRoute({ state: 'ready', endpoints: [a, b] }))
    for (let i = 0; i < 10; i += 1) await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
    expect(apps.map(({ seen }) => seen.length)).toEqual([5, 5])
  })

  it('are let go of when no route needs them', async () => {
    const app = await rig.startApp((_req, res) => void res.end())
    await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
    expect(rig.gateway.snapshot().pools).toHaveLength(1)
    let connections = 1
    rig.table.set()
    expect(rig.gateway.snapshot().pools).toEqual([])
    await until(() => {
      app.server.getConnections((_error, count) => (connections = count))
      return connections === 0
    })
  })
})
