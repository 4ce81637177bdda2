import { once } from 'node:events'
import http from 'node:http'
import { createServer, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { bearer, portOf, SERVICE_PREFIX, serviceRoute, startRig, textOf, until, type Rig } from '../testing/rig.ts'

let rig: Rig
let sockets: Socket[]
let answer: (path: string, socket: Socket) => void

const ok = (body: string, ...headers: string[]) =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n${body}`
const EVIL = ok('evil')

/** An app of raw bytes: `/good` is answered well, everything else by `answer`. */
beforeEach(async () => {
  rig = await startRig()
  sockets = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      const path = /^[A-Z]+ (\S+) HTTP\/1\.1\r\n/.exec(bytes.toString('latin1'))?.[1]
      if (path === '/good') socket.write(ok('good'))
      else if (path !== undefined) answer(path, socket)
    })
    socket.on('end', () => socket.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  rig.scope.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  rig.table.set(serviceRoute({ state: 'ready', endpoints: [{ kind: 'tcp', host: '127.0.0.1', port: portOf(server) }] }))
})
afterEach(() => rig.close())

const ask = (path: string, method = 'GET') =>
  rig.call({ host: rig.main, path: SERVICE_PREFIX + path, method, headers: bearer })

/** Status and body, or `cut` when the connection ended in the middle of the answer or before it. */
async function outcome(path: string, method = 'GET'): Promise<string> {
  try {
    const { status, body } = await ask(path, method)
    return status === 502 ? '502' : `${status} ${body}`
  } catch {
    return 'cut'
  }
}

async function expectUnharmed(): Promise<void> {
  const used = sockets.length
  expect(await outcome('good')).toBe('200 good')
  expect(sockets).toHaveLength(used + 1)
  await until(() => sockets.slice(0, used).every((socket) => socket.readableEnded || socket.destroyed), 2000)
  expect(rig.gateway.snapshot().totals.open).toBe(0)
}

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
const withHeader = (line: string) => head('HTTP/1.1 200 OK', line, 'Content-Length: 4') + 'evil'
const framed = (...lines: string[]) => `${head('HTTP/1.1 200 OK', ...lines)}4\r\nevil\r\n0\r\n\r\n`
const chunked = (body: string) => head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + body

describe('a head that is not HTTP/1.1 is 502, and its connection is not used again:', () => {
  it.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['nothing but line ends', '\r\n\r\n'],
    ['an empty line first', `\r\n${EVIL}`],
    ['another version', EVIL.replace('1.1', '2.0')],
    ['version 1.2', EVIL.replace('1.1', '1.2')],
    ['lower case', EVIL.replace('HTTP', 'http')],
    ['a status of two digits', EVIL.replace('200', '20')],
    ['a status of four digits', EVIL.replace('200', '2000')],
    ['a status below 100', EVIL.replace('200', '099')],
    ['two spaces before the status', EVIL.replace(' 200', '  200')],
    ['bare line feeds', EVIL.replaceAll('\r\n', '\n')],
    ['a bare line feed in a value', withHeader('X: a\nSet-Cookie: b=c')],
    ['a bare carriage return in a value', withHeader('X: a\rSet-Cookie: b=c')],
    ['a bare carriage return at a line end', withHeader('X: a\r')],
    ['a folded header', withHeader('X: a\r\n b')],
    ['a folded header with a tab', withHeader('X: a\r\n\tb')],
    ['a folded first header', withHeader(' X: a')],
    ['NUL in a value', withHeader('X: a\0b')],
    ['NUL in a name', withHeader('X\0: a')],
    ['a control character', withHeader('X: a\x01')],
    ['DEL', withHeader('X: \x7f')],
    ['a name with a space', withHeader('X Y: a')],
    ['a space before the colon', withHeader('X : a')],
    ['a length with a space before the colon', framed('Content-Length : 4')],
    ['no name', withHeader(': a')],
    ['no colon', withHeader('X')],
    ['a name that is not ASCII', withHeader('\xe4: a')],
    ['two differing lengths', framed('Content-Length: 4', 'Content-Length: 5')],
    ['the same length twice', framed('Content-Length: 4', 'content-length: 4')],
    ...['4, 4', '-4', '+4', '0x4', '4e0', '4.0', '', '4 4', 'four', '1234567890123456', '\xb2'].map((length) => [
      `the length "${length}"`,
      framed(`Content-Length: ${length}`),
    ]),
    ['a length and chunks', framed('Content-Length: 4', 'Transfer-Encoding: chunked')],
    ['chunks and a length', framed('Transfer-Encoding: chunked', 'Content-Length: 4')],
    ['chunks twice', framed('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
    ...['gzip, chunked', 'chunked, identity', 'identity', 'xchunked', 'chunked;q=1', 'gzip', ''].map((coding) => [
      `the transfer encoding "${coding}"`,
      framed(`Transfer-Encoding: ${coding}`),
    ]),
    ['chunks in HTTP/1.0', framed('Transfer-Encoding: chunked').replace('1.1', '1.0')],
    ['an upgrade that nobody asked for', head('HTTP/1.1 101 Switching Protocols', 'Upgrade: x', 'Connection: Upgrade')],
    ['an informational answer with a body', head('HTTP/1.1 103 Early Hints', 'Content-Length: 4') + EVIL],
    ['endless informational answers', head('HTTP/1.1 103 Early Hints').repeat(100) + EVIL],
    ['too many headers', withHeader('X: a\r\n'.repeat(300).trimEnd())],
    ['a header that is too long', withHeader(`X: ${'x'.repeat(70_000)}`)],
    ['a status line without an end', `HTTP/1.1 200 ${'x'.repeat(70_000)}`],
  ])('%s', async (_name, bytes) => {
    answer = (_path, socket) => void socket.write(Buffer.from(bytes ?? '', 'latin1'))
    expect(await outcome('bad')).toBe('502')
    await expectUnharmed()
  })
})

describe('a body that breaks its framing cuts the client, and its connection is not used again:', () => {
  it.each([
    ['no size', '\r\n'],
    ...['g', '-4', '+4', '0x4', ' 4', '4 ', '1234567890abc', '4,', '"4"'].map((size) => [
      `the size "${size}"`,
      `${size}\r\nevil\r\n0\r\n\r\n`,
    ]),
    ['a bare line feed after the size', '4\nevil\r\n0\r\n\r\n'],
    ['a bare carriage return after the size', '4\revil\r\n0\r\n\r\n'],
    ['no line end after a chunk', '4\r\nevil0\r\n\r\n'],
    ['a bare line feed after a chunk', '4\r\nevil\n0\r\n\r\n'],
    ['more bytes than the size says', '4\r\nevil!\r\n0\r\n\r\n'],
    ['a line feed in an extension', '4;a\nb\r\nevil\r\n0\r\n\r\n'],
    ['NUL in an extension', '4;\0\r\nevil\r\n0\r\n\r\n'],
    ['endless extensions', `4;${'x'.repeat(20_000)}\r\nevil\r\n0\r\n\r\n`],
    ['a folded trailer', '0\r\n X: a\r\n\r\n'],
    ['a bare line feed in the trailer', '0\r\nX: a\n\r\n'],
    ['a control character in the trailer', '0\r\nX: \x02\r\n\r\n'],
    ['endless trailers', `0\r\n${'X: a\r\n'.repeat(5000)}\r\n`],
  ])('%s', async (_name, bytes) => {
    answer = (_path, socket) => void socket.write(Buffer.from(chunked(bytes ?? ''), 'latin1'))
    expect(await outcome('bad')).toBe('cut')
    await expectUnharmed()
  })

  it.each([
    ['with a length', `${head('HTTP/1.1 200 OK', 'Content-Length: 5')}evil`],
    ['in chunks', chunked('4\r\nevil\r\n')],
    ['in the middle of a chunk', chunked('5\r\nevil')],
    ['in the trailer', chunked('0\r\nX: a\r\n')],
  ])('ending early %s', async (_name, bytes) => {
    answer = (_path, socket) => void socket.end(bytes)
    expect(await outcome('bad')).toBe('cut')
    await expectUnharmed()
  })
})

describe('what follows an answer never becomes the next one:', () => {
  it.each([
    ['behind a length', ok('fine') + EVIL, 'GET', '200 fine'],
    ['behind chunks', chunked('4\r\nfine\r\n0\r\n\r\n') + EVIL, 'GET', '200 fine'],
    ['behind an empty answer', ok('') + EVIL, 'GET', '200 '],
    ['one byte', `${ok('fine')}H`, 'GET', '200 fine'],
    ['a line end', `${ok('fine')}\r\n`, 'GET', '200 fine'],
    ['the body of a HEAD', ok('evil'), 'HEAD', '200 '],
    ['the body of a 204', EVIL.replace('200', '204'), 'GET', '204 '],
    ['the chunks of a 204', framed('Transfer-Encoding: chunked').replace('200', '204'), 'GET', '204 '],
    ['the body of a 304', EVIL.replace('200', '304'), 'GET', '304 '],
  ])('%s', async (_name, bytes, method, expected) => {
    answer = (_path, socket) => void socket.write(bytes)
    expect(await outcome('odd', method)).toBe(expected)
    await expectUnharmed()
  })

  it('bytes on a connection that waits', async () => {
    answer = (_path, socket) => void socket.write(ok('fine'), () => setImmediate(() => socket.write(EVIL)))
    expect(await outcome('odd')).toBe('200 fine')
    await until(() => sockets[0]?.readableEnded === true || sockets[0]?.destroyed === true)
    await expectUnharmed()
  })

  it.each(['body', 'head'])('a %s that comes late, though the answer needs none', async (what) => {
    const late = what === 'body' ? 'evil' : EVIL
    answer = (_path, socket) => {
      socket.write(head('HTTP/1.1 304 Not Modified', 'Content-Length: 4'), () => setImmediate(() => socket.write(late)))
    }
    expect(await outcome('odd')).toBe('304 ')
    await expectUnharmed()
  })
})

describe('a connection is used once when', () => {
  it.each([
    ['it says close', ok('fine', 'Connection: close')],
    ['it says close among others', ok('fine', 'Connection: X-Hop, Close', 'X-Hop: a')],
    ['it is HTTP/1.0', ok('fine').replace('1.1', '1.0')],
    ['it will not be kept for long', ok('fine', 'Keep-Alive: timeout=1')],
  ])('%s', async (_name, bytes) => {
    answer = (_path, socket) => void socket.write(bytes)
    expect(await outcome('once')).toBe('200 fine')
    await expectUnharmed()
  })

  it.each([
    ['the request was a HEAD, whose answer some send with a body', ok(''), 'HEAD', '200 '],
    ['a body was announced where none belongs', head('HTTP/1.1 304 Not Modified', 'Content-Length: 4'), 'GET', '304 '],
  ])('%s', async (_name, bytes, method, expected) => {
    answer = (_path, socket) => void socket.write(bytes)
    expect(await outcome('once', method)).toBe(expected)
    await expectUnharmed()
  })

  it('its end is the end of the answer', async () => {
    answer = (_path, socket) => void socket.end(`${head('HTTP/1.1 200 OK')}fine`)
    expect(await outcome('once')).toBe('200 fine')
    await expectUnharmed()
  })

  it('the app closes its side behind a whole answer', async () => {
    answer = (_path, socket) => void socket.end(ok('fine'))
    expect(await outcome('once')).toBe('200 fine')
    await expectUnharmed()
  })
})

describe('a connection is kept', () => {
  it.each([
    ['after an answer with a length', ok('fine'), '200 fine'],
    ['after chunks with extensions and trailers', chunked('4;a="b"\r\nfine\r\n0;c\r\nX: a\r\n\r\n'), '200 fine'],
    ['after hints', head('HTTP/1.1 103 Early Hints', 'Link: </a>') + ok('fine'), '200 fine'],
    ['after a 304', head('HTTP/1.1 304 Not Modified', 'ETag: "a"'), '304 '],
    ['in HTTP/1.0 that says so', ok('fine', 'Connection: keep-alive').replace('1.1', '1.0'), '200 fine'],
  ])('%s', async (_name, bytes, expected) => {
    answer = (_path, socket) => void socket.write(bytes)
    expect(await outcome('fine')).toBe(expected)
    expect(await outcome('good')).toBe('200 good')
    expect(sockets).toHaveLength(1)
  })

  it('no longer than the server says', async () => {
    answer = (_path, socket) => void socket.write(ok('fine', 'Keep-Alive: timeout=2, max=5'))
    expect(await outcome('fine')).toBe('200 fine')
    expect(rig.gateway.snapshot().pools[0]).toMatchObject({ running: 0, connected: 1 })
    await until(() => rig.gateway.snapshot().pools[0]?.connected === 0, 2500)
  })
})

describe('an app that', () => {
  it('sends byte by byte is understood', async () => {
    const bytes = head('HTTP/1.1 103 Early Hints') + chunked('1\r\na\r\n2;x\r\nbc\r\n0\r\nX: a\r\n\r\n')
    answer = async (_path, socket) => {
      socket.setNoDelay(true)
      for (const byte of bytes) await new Promise((resolve) => socket.write(byte, () => setImmediate(resolve)))
    }
    expect(await outcome('slow')).toBe('200 abc')
    expect(await outcome('good')).toBe('200 good')
    expect(sockets).toHaveLength(1)
  })

  it('closes its side without an answer is 502', async () => {
    answer = (_path, socket) => void socket.end()
    expect(await outcome('bad', 'POST')).toBe('502')
    await expectUnharmed()
  })

  it('closes its side and goes on reading an upload does not get it again', async () => {
    let asked = 0
    answer = (_path, socket) => {
      asked += 1
      socket.end('HTTP/1.1 200 OK\r\n\r\nenough')
    }
    const req = http.request({
      host: '127.0.0.1',
      port: rig.port,
      path: `${SERVICE_PREFIX}up`,
      method: 'PUT',
      headers: { host: rig.main, ...bearer, 'content-length': '100' },
      agent: false,
    })
    req.on('error', () => undefined)
    req.write('first')
    const [res] = await once(req, 'response')
    expect(await textOf(res)).toBe('enough')
    req.end('x'.repeat(95))
    await expectUnharmed()
    expect(asked).toBe(1)
  })

  it('never ends its head is cut off, and holds no memory', async () => {
    answer = (_path, socket) => {
      const write = () => {
        while (!socket.destroyed && socket.write(`X-${'x'.repeat(1000)}: a\r\n`));
        socket.once('drain', write)
      }
      socket.write('HTTP/1.1 200 OK\r\n')
      write()
    }
    expect(await outcome('bad')).toBe('502')
    await expectUnharmed()
  })

  it('answers a part of its head and then nothing is too slow where the route says so', async () => {
    const [route] = rig.table.current().routes
    if (!route) throw new Error('no route')
    rig.table.set({ ...route, firstByteTimeoutMs: 50 })
    answer = (_path, socket) => void socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: ')
    expect((await ask('slow')).status).toBe(504)
    await expectUnharmed()
  })

  it('takes its time inside an answer is waited for', async () => {
    const [route] = rig.table.current().routes
    if (!route) throw new Error('no route')
    rig.table.set({ ...route, firstByteTimeoutMs: 50 })
    answer = (_path, socket) => {
      socket.write(head('HTTP/1.1 200 OK', 'Content-Length: 4'))
      setTimeout(() => socket.write('late'), 150)
    }
    expect(await outcome('slow')).toBe('200 late')
  })

  it('lost all kept connections at once is asked on a new one', async () => {
    answer = (_path, socket) => setImmediate(() => socket.write(ok('fine')))
    await Promise.all(Array.from({ length: 5 }, () => outcome('fine')))
    const kept = sockets.length
    expect(kept).toBeGreaterThan(1)
    answer = (_path, socket) => {
      if (sockets.indexOf(socket) < kept) socket.destroy()
      else socket.write(ok('fresh'))
    }
    expect(await outcome('fine')).toBe('200 fresh')
  })

  it('puts another answer into a header or a body changes nothing but that', async () => {
    answer = (_path, socket) => {
      socket.write(
        ok(EVIL, 'X: a', 'Location: /a HTTP/1.1 200 OK', 'Set-Cookie: lab-8091=evil', 'Clear-Site-Data: "*"'),
      )
    }
    const { status, body, rawHeaders } = await ask('split')
    expect([status, body]).toEqual([200, EVIL])
    expect(rawHeaders.join('\n')).not.toMatch(/evil|Clear-Site/i)
    expect(await outcome('good')).toBe('200 good')
  })
})
