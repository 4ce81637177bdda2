import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http, { type IncomingMessage, type Server } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'

export const MEASURED_LABEL = 'measured-aaaaaaaa'
export const MEASURED_SECRET = 'x'.repeat(43)

const MB = 2 ** 20

/**
 * What a gateway costs under loads that must not cost much. `npm test` runs small ones, `bench/gateway-limits.ts` the full ones.
 * Memory is what the operating system says of the gateway's process, in bytes; app and clients are elsewhere.
 */
export interface MeasuredGateway {
  /** Opens so many websockets and returns what each costs while it says nothing. */
  idleWebSockets(count: number): Promise<number>
  /** What so many broken requests leave behind when as many came before: memory that the first ones took is used again. */
  malformed(count: number): Promise<number>
  /** What a body of so many bytes needs at most while it goes through. */
  download(bytes: number): Promise<Transfer>
  upload(bytes: number): Promise<Transfer>
  /** So many heads that never end. Returns the milliseconds until the last was cut, and whether others were served meanwhile. */
  slowHeads(count: number): Promise<{ readonly cutAfterMs: number; readonly servedMeanwhile: boolean }>
  /** The longest delay of so many events sent every 20 ms. */
  events(count: number): Promise<number>
  /** Clients that read nothing of an answer without end. Returns what all of them cost. */
  stalledReaders(count: number): Promise<number>
  close(): Promise<void>
}

export interface Transfer {
  readonly extraBytes: number
  readonly megabytesPerSecond: number
}

export async function startMeasuredGateway(headMs = 15_000): Promise<MeasuredGateway> {
  const app = await startApp()
  const appPort = (app.address() as AddressInfo).port // a TCP server's
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'measured.fixture.ts'), String(appPort), String(headMs)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = (await once(child.stdout, 'data')) as [Buffer] // what this event carries
  const port = Number(String(line))
  const headers = { host: `${MEASURED_LABEL}.localhost`, cookie: `__Host-lab-app-1=${MEASURED_SECRET}` }
  const get = async (target: string) => {
    const req = http.get({ host: '127.0.0.1', port, path: target, headers, agent: false })
    const [res] = (await once(req, 'response')) as [IncomingMessage] // what this event carries
    if (res.statusCode !== 200) throw new Error(`answered ${res.statusCode}`)
    return res
  }
  const rss = () => memoryOf(child, 'VmRSS')
  /** The first requests of a kind compile code and fill pools; that is no cost of what follows. */
  const settled = async () => {
    for (let i = 0; i < 50; i += 1) (await get('/1')).resume()
    await pause(300)
    return rss()
  }

  const transfer = async (bytes: number, move: () => Promise<unknown>): Promise<Transfer> => {
    const before = await settled()
    let most = before
    const looking = setInterval(() => (most = Math.max(most, rss())), 20)
    const begin = performance.now()
    await move()
    clearInterval(looking)
    return { extraBytes: most - before, megabytesPerSecond: bytes / MB / ((performance.now() - begin) / 1000) }
  }

  return {
    idleWebSockets: async (count) => {
      const sockets: net.Socket[] = []
      for (let i = 0; i < 20; i += 1) sockets.push(await openWebSocket(port, headers))
      const before = await settled()
      for (let i = 0; i < count; i += 1) sockets.push(await openWebSocket(port, headers))
      await pause(500)
      const each = (rss() - before) / count
      for (const socket of sockets) socket.destroy()
      return each
    },
    malformed: async (count) => {
      await sendMalformed(port, count)
      await pause(1500)
      const before = await settled()
      await sendMalformed(port, count)
      await pause(1500)
      return rss() - before
    },
    download: (bytes) =>
      transfer(bytes, async () => {
        const res = await get(`/${bytes}`)
        let left = bytes
        for await (const chunk of res as AsyncIterable<Buffer>) left -= chunk.length
        if (left !== 0) throw new Error(`${left} bytes are missing`)
      }),
    upload: (bytes) =>
      transfer(bytes, async () => {
        const req = http.request({
          host: '127.0.0.1',
          port,
          path: '/sink',
          method: 'POST',
          headers: { ...headers, 'sec-fetch-site': 'same-origin', 'content-length': String(bytes) },
          agent: false,
        })
        const answered = once(req, 'response') as Promise<[IncomingMessage]> // what this event carries
        await pipeline(Readable.from(piecesOf(bytes)), req)
        const [res] = await answered
        const received = Number((await res.toArray()).join(''))
        if (received !== bytes) throw new Error(`${received} of ${bytes} bytes arrived`)
      }),
    slowHeads: async (count) => {
      const begin = performance.now()
      const sockets = await Promise.all(Array.from({ length: count }, () => dial(port)))
      const closed = sockets.map((socket) => once(socket.resume(), 'close'))
      const dripping = setInterval(() => {
        for (const socket of sockets) if (socket.writable) socket.write('X-A: b\r\n')
      }, 200)
      for (const socket of sockets) socket.write('GET / HTTP/1.1\r\n')
      await pause(100)
      const servedMeanwhile = (await get('/1')).resume().statusCode === 200
      await Promise.all(closed)
      clearInterval(dripping)
      return { cutAfterMs: performance.now() - begin, servedMeanwhile }
    },
    events: async (count) => {
      const res = await get('/events')
      let [seen, worst, text] = [0, 0, '']
      for await (const chunk of res as AsyncIterable<Buffer>) {
        text += chunk.toString()
        for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
          worst = Math.max(worst, Date.now() - Number(text.slice('data: '.length, end)))
          text = text.slice(end + 2)
          if ((seen += 1) === count) return worst
        }
      }
      throw new Error('the stream ended')
    },
    stalledReaders: async (count) => {
      const before = await settled()
      const answers: IncomingMessage[] = []
      for (let i = 0; i < count; i += 1) answers.push((await get('/endless')).pause())
      await pause(1000)
      const cost = rss() - before
      for (const answer of answers) answer.destroy()
      return cost
    },
    close: async () => {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
      app.closeAllConnections()
      app.close()
    },
  }
}

/** Answers `/<n>` with n bytes, `/sink` with what it got, and agrees to every websocket. */
async function startApp(): Promise<Server> {
  const piece = Buffer.alloc(64 * 1024, 'x')
  const app = http.createServer((req, res) => {
    if (req.url === '/sink') {
      let received = 0
      req.on('data', (chunk: Buffer) => (received += chunk.length))
      req.on('end', () => res.end(String(received)))
      return
    }
    if (req.url === '/events') {
      const timer = setInterval(() => res.write(`data: ${Date.now()}\n\n`), 20)
      res.on('close', () => clearInterval(timer))
      return
    }
    const length = req.url === '/endless' ? Number.POSITIVE_INFINITY : Number((req.url ?? '').slice(1))
    if (Number.isFinite(length)) res.setHeader('content-length', length)
    Readable.from(piecesOf(length, piece)).pipe(res)
  })
  app.on('upgrade', (req, socket) => {
    const accept = createHash('sha1')
      .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.on('error', () => socket.destroy())
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
  })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  return app
}

function* piecesOf(bytes: number, piece = Buffer.alloc(64 * 1024, 'x')): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece
}

async function dial(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function openWebSocket(port: number, { host, cookie }: { host: string; cookie: string }): Promise<net.Socket> {
  const socket = await dial(port)
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const [answer] = (await once(socket, 'data')) as [Buffer] // what this event carries
  if (!String(answer).startsWith('HTTP/1.1 101 ')) throw new Error(String(answer))
  return socket
}

const BROKEN = [
  'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'GET /../x HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00',
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  `GET / HTTP/1.1\r\nHost: ${'a'.repeat(300)}\r\n\r\n`,
  `GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
  'GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n',
]

/** Each on a connection of its own, with names that nobody sent before, 20 at a time. */
async function sendMalformed(port: number, count: number): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let i = (next += 1); i <= count; i = next += 1) {
      const socket = await dial(port)
      const closed = once(socket.resume(), 'close')
      const broken = BROKEN[i % BROKEN.length] ?? ''
      socket.end(broken.replace('X:', `X-${i}:`).replace('evil', `evil-${i}`))
      await closed
    }
  }
  await Promise.all(Array.from({ length: 20 }, worker))
}

function memoryOf({ pid }: ChildProcess, field: 'VmRSS'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024
}
