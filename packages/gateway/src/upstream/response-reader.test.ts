import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { portOf } from '../testing/rig.ts'
import type { ResponseHead } from './response-head.ts'
import { ResponseReader } from './response-reader.ts'

interface Wire {
  readonly method: string
  readonly status: number
  readonly informational: readonly number[]
  readonly version: string
  readonly headers: readonly (readonly [string, string])[]
  readonly framing: 'length' | 'chunked' | 'close'
  readonly pieces: readonly Uint8Array[]
  readonly extension: string
  readonly trailers: readonly (readonly [string, string])[]
}

interface Read {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

const TOKEN_CHARACTERS = [..."abcXYZ019!#$%&'*+.^_`|~-"]
const name = fc
  .array(fc.constantFrom(...TOKEN_CHARACTERS), { maxLength: 12 })
  .map((characters) => `X-${characters.join('')}`)
const text = fc
  .array(
    fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x7f),
    { maxLength: 40 },
  )
  .map((codes) => String.fromCharCode(...codes))
const value = fc
  .tuple(fc.constantFrom('', ' ', '\t ', '   '), text, fc.constantFrom('', ' x', '\ty'), fc.constantFrom('', ' ', '\t'))
  .map((parts) => parts.join(''))
const headers = fc.array(fc.tuple(name, value), { maxLength: 12 })

const wires: fc.Arbitrary<Wire> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD'),
  status: fc.constantFrom(200, 200, 201, 206, 302, 404, 500, 599, 204, 304),
  informational: fc.array(fc.constantFrom(100, 102, 103), { maxLength: 3 }),
  version: fc.constantFrom('1.1', '1.1', '1.0'),
  headers,
  framing: fc.constantFrom('length', 'chunked', 'close'),
  pieces: fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
  extension: fc.constantFrom('', ';a', ';a=b;c="d e"'),
  trailers: fc.array(fc.tuple(name, value), { maxLength: 3 }),
})

describe('any answer, cut into any pieces', () => {
  const server = createServer()
  let wire: Buffer = Buffer.alloc(0)
  let closes = false

  beforeAll(async () => {
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => (closes ? socket.end(wire) : socket.write(wire)))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => server.close())

  it('is read as Node’s own client reads it', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(wires, sizes, async (answer, pieceSizes) => {
        const framing = answer.version === '1.0' && answer.framing === 'chunked' ? 'close' : answer.framing
        wire = bytesOf({ ...answer, framing })
        closes = framing === 'close'
        const read = readInPieces(wire, pieceSizes, answer.method)
        expect(read).toEqual(await readByNode(portOf(server), answer.method))
      }),
      { numRuns: 300 },
    )
  })
})

function bytesOf({
  method,
  status,
  informational,
  version,
  headers: own,
  framing,
  pieces,
  extension,
  trailers,
}: Wire): Buffer {
  const bodiless = status === 204 || status === 304
  const lines = (pairs: Wire['headers']) => pairs.map(([header, content]) => `${header}:${content}\r\n`).join('')
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  let head = informational.map((code) => `HTTP/1.1 ${code} Early\r\nX-Early: 1\r\n\r\n`).join('')
  head += `HTTP/${version} ${status} Some Reason\r\n${lines(own)}`
  if (bodiless) return Buffer.from(`${head}\r\n`, 'latin1')
  if (framing === 'length') head += `Content-Length: ${length}\r\n`
  if (framing === 'chunked') head += 'Transfer-Encoding: chunked\r\n'
  if (method === 'HEAD') return Buffer.from(`${head}\r\n`, 'latin1')
  const body: (string | Uint8Array)[] =
    framing === 'chunked'
      ? [
          ...pieces.flatMap((piece) => [`${piece.length.toString(16)}${extension}\r\n`, piece, '\r\n']),
          `0${extension}\r\n${lines(trailers)}\r\n`,
        ]
      : [...pieces]
  return Buffer.concat(
    [`${head}\r\n`, ...body].map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    ),
  )
}

function readInPieces(bytes: Buffer, sizes: readonly number[], method: string): Read {
  let head: ResponseHead | undefined
  const body: Buffer[] = []
  const reader = new ResponseReader({
    onHead: (seen) => void (head = seen),
    onWhole: (whole) => void body.push(Buffer.from(whole, 'latin1')),
    onBytes: (lent, start, end) => void body.push(Buffer.from(lent.subarray(start, end))),
  })
  reader.begin(method === 'HEAD')
  // As large as a connection's memory, with what an earlier answer left in it.
  const memory = Buffer.alloc(1024, 'HTTP/1.1 200 OK\r\n\r\n')
  let whole = false
  for (let at = 0, i = 0; at < bytes.length && !whole; i += 1) {
    const size = Math.min(sizes[i % sizes.length] ?? 1, bytes.length - at)
    bytes.copy(memory, 0, at, at + size)
    whole = reader.read(memory, size)
    at += size
  }
  if (!whole && !reader.readEnd()) throw new Error('not whole')
  return { status: head?.status ?? 0, headers: head?.headers ?? [], body: Buffer.concat(body).toString('hex') }
}

async function readByNode(port: number, method: string): Promise<Read> {
  const req = http.request({ host: '127.0.0.1', port, method, agent: false })
  req.on('error', () => undefined)
  req.end()
  const [res]: IncomingMessage[] = await once(req, 'response')
  if (!res) throw new Error('no response')
  const body: Buffer[] = []
  for await (const chunk of res) body.push(chunk)
  req.destroy()
  return {
    status: res.statusCode ?? 0,
    headers: res.rawHeaders.map((part, i) => (i % 2 === 0 ? part.toLowerCase() : part)),
    body: Buffer.concat(body).toString('hex'),
  }
}
