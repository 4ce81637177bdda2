import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { bearer, SERVICE_PREFIX, startRig, TOKEN, type Rig, type TestServer } from './testing/rig.ts'

let rig: Rig
let app: TestServer
let platformSaw: string[]

beforeAll(async () => {
  platformSaw = []
  rig = await startRig({}, (req, res) => {
    platformSaw.push(`${req.method} ${req.url}`)
    res.end('platform')
  })
  app = await rig.startApp((req, res) => {
    req.resume()
    req.on('end', () => res.end('from the app'))
  })
})
afterAll(() => rig.close())

const AUTH = `Authorization: Bearer ${TOKEN}\r\n`
const P = SERVICE_PREFIX

/** Request line and headers; `@` stands for the main host. */
const head = (line: string, ...headers: string[]) => `${line}\r\n${headers.map((one) => `${one}\r\n`).join('')}`
const plain = (line: string, ...headers: string[]) =>
  `${head(line, 'Host: @', ...headers)}${AUTH}Connection: close\r\n\r\n`
const withBody = (body: string, ...headers: string[]) =>
  `${head(`POST ${P} HTTP/1.1`, 'Host: @', ...headers)}${AUTH}\r\n${body}`

const SMUGGLED = `GET ${P}smuggled HTTP/1.1\r\nHost: @\r\n${AUTH}\r\n`

/** What must be refused before an app sees a byte of it: name, bytes, status. */
const REFUSED: [string, string, number][] = [
  ['two hosts', head(`GET ${P} HTTP/1.1`, 'Host: @', 'Host: @') + `${AUTH}\r\n`, 400],
  ['two hosts, one foreign', head(`GET ${P} HTTP/1.1`, 'Host: @', 'hOsT: evil.test') + `${AUTH}\r\n`, 400],
  ['no host', head(`GET ${P} HTTP/1.1`) + `${AUTH}\r\n`, 400],
  ['no host in HTTP/1.0', head(`GET ${P} HTTP/1.0`) + `${AUTH}\r\n`, 400],
  ['an empty host', head(`GET ${P} HTTP/1.1`, 'Host: ') + `${AUTH}\r\n`, 421],
  ['a foreign host', head(`GET ${P} HTTP/1.1`, 'Host: evil.test') + `${AUTH}\r\n`, 421],
  ['a host with credentials', head(`GET ${P} HTTP/1.1`, 'Host: a@localhost') + `${AUTH}\r\n`, 421],
  ['a host with a path', head(`GET ${P} HTTP/1.1`, 'Host: localhost/x') + `${AUTH}\r\n`, 421],
  ['a host with a tail', head(`GET ${P} HTTP/1.1`, 'Host: localhost evil.test') + `${AUTH}\r\n`, 421],
  ['a list of hosts', head(`GET ${P} HTTP/1.1`, 'Host: localhost, evil.test') + `${AUTH}\r\n`, 421],
  ['absolute form', plain(`GET http://localhost${P} HTTP/1.1`), 400],
  ['absolute form to elsewhere', plain(`GET http://evil.test${P} HTTP/1.1`), 400],
  ['two slashes', plain(`GET /${P} HTTP/1.1`), 400],
  ['asterisk form', plain('OPTIONS * HTTP/1.1'), 400],
  ['a backslash', plain(`GET ${P}..\\x HTTP/1.1`), 400],
  ['a byte above 0x7f', plain(`GET ${P}\xe4 HTTP/1.1`), 400],
  ['a fragment', plain(`GET ${P}x#y HTTP/1.1`), 400],
  ['a dot segment', plain(`GET ${P}../9000/ HTTP/1.1`), 400],
  ['a dot segment at the end', plain(`GET ${P}.. HTTP/1.1`), 400],
  ['a single dot', plain(`GET ${P}./x HTTP/1.1`), 400],
  ['encoded dots', plain(`GET ${P}%2e%2E/9000/ HTTP/1.1`), 400],
  ['half encoded dots', plain(`GET ${P}.%2e/9000/ HTTP/1.1`), 400],
  ['dots with parameters', plain(`GET ${P}..;a=b/9000/ HTTP/1.1`), 400],
  ['dots with encoded parameters', plain(`GET ${P}..%3ba/9000/ HTTP/1.1`), 400],
  ['dots before the route', plain(`GET /x/..${P} HTTP/1.1`), 400],
  ['an encoded NUL', plain(`GET ${P}x%00.png HTTP/1.1`), 400],
  ['TRACE', plain(`TRACE ${P} HTTP/1.1`), 405],
  ['two Authorizations', plain(`GET ${P} HTTP/1.1`, 'Authorization: Basic eDp4'), 400],
  ['two Origins', plain(`GET ${P} HTTP/1.1`, 'Origin: http://a', 'Origin: http://b'), 400],
  ['two Sec-Fetch-Sites', plain(`GET ${P} HTTP/1.1`, 'Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site'), 400],
  ['two Content-Types', plain(`GET ${P} HTTP/1.1`, 'Content-Type: a/b', 'Content-Type: c/d'), 400],
  ['two lengths', withBody('abc', 'Content-Length: 3', 'Content-Length: 5'), 400],
  ['two equal lengths', withBody('abc', 'Content-Length: 3', 'Content-Length: 3'), 400],
  ['a list of lengths', withBody('abc', 'Content-Length: 3, 3'), 400],
  ['a signed length', withBody('abc', 'Content-Length: +3'), 400],
  ['a hexadecimal length', withBody('abc', 'Content-Length: 0x3'), 400],
  ['length and chunks', withBody(`0\r\n\r\n${SMUGGLED}`, 'Content-Length: 5', 'Transfer-Encoding: chunked'), 400],
  ['chunks and length', withBody(`0\r\n\r\n${SMUGGLED}`, 'Transfer-Encoding: chunked', 'Content-Length: 5'), 400],
  ['an unknown coding', withBody(`0\r\n\r\n${SMUGGLED}`, 'Transfer-Encoding: xchunked'), 400],
  ['chunked and identity', withBody(`0\r\n\r\n${SMUGGLED}`, 'Transfer-Encoding: chunked, identity'), 400],
  ['codings twice', withBody(`0\r\n\r\n${SMUGGLED}`, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), 400],
  ['a space before the colon', withBody(`0\r\n\r\n${SMUGGLED}`, 'Transfer-Encoding : chunked'), 400],
  ['a vertical tab', withBody(`0\r\n\r\n${SMUGGLED}`, 'Transfer-Encoding: \x0bchunked'), 400],
  ['a space in a name', plain(`GET ${P} HTTP/1.1`, 'X Y: z'), 400],
  ['a NUL in a value', plain(`GET ${P} HTTP/1.1`, 'X-Y: a\0b'), 400],
  ['a folded header', plain(`GET ${P} HTTP/1.1`, 'X-Y: a', ' Transfer-Encoding: chunked'), 400],
  ['a bare LF', `GET ${P} HTTP/1.1\nHost: @\n${AUTH}\n`, 400],
  ['an overflowing chunk', withBody('fffffffffffffffff\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'), 400],
]

describe('a request that could be read in two ways', () => {
  it.each(REFUSED)('%s never reaches an app or the platform', async (_name, bytes, status) => {
    const before = [app.seen.length, platformSaw.length]
    const answer = await rig.raw(bytes.replaceAll('@', rig.main).replace(`a${rig.main}`, 'a@'), { until: /\r\n\r\n/ })
    expect(answer.split('\r\n')[0]).toContain(`HTTP/1.1 ${status} `)
    expect([app.seen.length, platformSaw.length]).toEqual(before)
  })

  it('CONNECT gets nothing', async () => {
    expect(await rig.raw(plain('CONNECT localhost:22 HTTP/1.1').replace('@', rig.main))).toBe('')
  })

  it('the same request without the trick does reach the app', async () => {
    for (const bytes of [plain(`GET ${P} HTTP/1.1`), withBody('abc', 'Content-Length: 3', 'Connection: close')])
      expect(await rig.raw(bytes.replace('@', rig.main))).toContain('from the app')
  })
})

describe('paths', () => {
  it('are forwarded as they were sent', async () => {
    for (const path of ['a%2Fb', 'a%5cb', 'a//b', 'a%20b', '...', '.hidden/..x', 'a;b', '%zz', '~?a=../..&b=%2e%2e/']) {
      await rig.call({ host: rig.main, path: P + path, headers: bearer })
      expect(app.seen.at(-1)?.url).toBe(`/${path}`)
    }
  })

  it('that spell the route in another way are no route', async () => {
    const before = app.seen.length
    for (const path of [
      '/api/projects/wine%2fservices/web/8000/',
      '/api/projects/wine/services/web%2f8000/',
      '/API/projects/wine/services/web/8000/',
      '/%61pi/projects/wine/services/web/8000/',
    ])
      expect((await rig.call({ host: rig.main, path, headers: bearer })).body).toBe('platform')
    expect(app.seen).toHaveLength(before)
  })

  it('below /.lab never reach an app, however they are written', async () => {
    const before = app.seen.length
    for (const path of [
      '/.lab',
      '/.lab/',
      '/.lab/enter/',
      '/%2elab/x',
      '/.LAB/x',
      '/.%6Cab/enter',
      '/.lab%2fenter',
      '/.lab;a/enter',
      '/.l%61b/x',
    ])
      expect([path, (await rig.call({ host: rig.service, path, headers: bearer })).status]).toEqual([path, 404])
    expect(app.seen).toHaveLength(before)
    await rig.call({ host: rig.service, path: '/.labels', headers: bearer })
    expect(app.seen).toHaveLength(before + 1)
  })
})

describe('a head that is too large', () => {
  it('makes the browser forget planted cookies', async () => {
    const bytes = head('GET / HTTP/1.1', 'Host: @', `Cookie: ${'a=b; '.repeat(5000)}`) + '\r\n'
    const answer = await rig.raw(bytes.replace('@', rig.main))
    expect(answer).toContain('HTTP/1.1 431 ')
    expect(answer).toContain('Clear-Site-Data: "cookies"')
  })
})

describe('an upgrade', () => {
  const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  const VERSION = 'Sec-WebSocket-Version: 13'
  const UPGRADE = 'Upgrade: websocket'
  const CONNECTION = 'Connection: Upgrade'
  const ask = (line: string, ...headers: string[]) => `${head(line, 'Host: @', ...headers)}${AUTH}\r\n`
  const GET = `GET ${P} HTTP/1.1`

  it.each([
    ['with another method', ask(`POST ${P} HTTP/1.1`, UPGRADE, CONNECTION, KEY, VERSION), 400],
    ['without a key', ask(GET, UPGRADE, CONNECTION, VERSION), 400],
    ['with a short key', ask(GET, UPGRADE, CONNECTION, 'Sec-WebSocket-Key: abc', VERSION), 400],
    ['with two keys', ask(GET, UPGRADE, CONNECTION, KEY, KEY, VERSION), 400],
    ['with a body', `${ask(GET, UPGRADE, CONNECTION, KEY, VERSION, 'Content-Length: 4')}GET `, 400],
    [
      'with a body in chunks',
      `${ask(GET, UPGRADE, CONNECTION, KEY, VERSION, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      400,
    ],
    ['of another version', ask(GET, UPGRADE, CONNECTION, KEY, 'Sec-WebSocket-Version: 12'), 426],
    ['from a foreign host', ask(GET, UPGRADE, CONNECTION, KEY, VERSION).replace('@', 'evil.test'), 421],
    ['to a path with dots', ask(`GET ${P}../x HTTP/1.1`, UPGRADE, CONNECTION, KEY, VERSION), 400],
  ])('%s is refused and its connection ended', async (_name, bytes, status) => {
    const before = app.seen.length
    const answer = await rig.raw(`${bytes}${SMUGGLED}`.replaceAll('@', rig.main))
    expect(answer.split('\r\n')[0]).toContain(`HTTP/1.1 ${status} `)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(app.seen).toHaveLength(before)
  })

  it('that the app did not agree to gives no way to talk to it', async () => {
    const before = app.seen.length
    const answer = await rig.raw(`${ask(GET, UPGRADE, CONNECTION, KEY, VERSION)}${SMUGGLED}`.replaceAll('@', rig.main))
    expect(answer).toContain('HTTP/1.1 502 ')
    expect(answer).not.toContain('from the app')
    expect(app.seen).toHaveLength(before + 1)
  })

  it.each([
    [
      'a wrong answer to the key',
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n',
    ],
    ['no answer to the key', 'Upgrade: websocket\r\nConnection: Upgrade\r\n'],
    [
      'another protocol',
      'Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n',
    ],
  ])('that the app agrees to with %s is no websocket', async (_name, headers) => {
    const lying = await startLyingApp(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\nfrom the app`)
    const answer = await rig.raw(`${ask(GET, UPGRADE, CONNECTION, KEY, VERSION)}${SMUGGLED}`.replaceAll('@', rig.main))
    expect(answer).toContain('HTTP/1.1 502 ')
    expect(answer).not.toContain('from the app')
    await lying.restore()
  })

  it('tells only the answer, the protocol and the extensions of the app', async () => {
    const lying = await startLyingApp(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' +
        'Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=b\r\nClear-Site-Data: "*"\r\n\r\n',
    )
    const answer = await rig.raw(ask(GET, UPGRADE, CONNECTION, KEY, VERSION).replaceAll('@', rig.main), {
      until: /\r\n\r\n/,
    })
    expect(answer).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n',
    )
    await lying.restore()
  })

  it('to HTTP/2 is answered as the plain request it is', async () => {
    const bytes = ask(
      GET,
      'Upgrade: h2c',
      'Connection: Upgrade, HTTP2-Settings',
      'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
    )
    const answer = await rig.raw(bytes.replaceAll('@', rig.main), { until: /from the app/ })
    expect(answer).toContain('HTTP/1.1 200 ')
    expect(app.seen.at(-1)?.headers).not.toHaveProperty('upgrade')
    expect(app.seen.at(-1)?.headers).not.toHaveProperty('http2-settings')
  })

  async function startLyingApp(answer: string) {
    const { createServer } = await import('node:net')
    const { portOf, serviceRoute } = await import('./testing/rig.ts')
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => socket.write(answer))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const before = rig.table.current().routes
    rig.table.set(
      serviceRoute({ state: 'ready', endpoints: [{ kind: 'tcp', host: '127.0.0.1', port: portOf(server) }] }),
    )
    return {
      restore: async () => {
        rig.table.set(...before)
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }
})
