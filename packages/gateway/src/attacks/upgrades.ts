const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
const VERSION = 'Sec-WebSocket-Version: 13'
const UPGRADE = 'Upgrade: websocket'
const CONNECTION = 'Connection: Upgrade'
const GET = 'GET {prefix} HTTP/1.1'
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

const ask = (line: string, ...headers: string[]) =>
  `${line}\r\nHost: {host}\r\n${headers.map((one) => `${one}\r\n`).join('')}{socketAuth}\r\n`

/** A right one: what the app makes of it is another matter. */
export const WEBSOCKET_REQUEST = ask(GET, UPGRADE, CONNECTION, KEY, VERSION)
/** What a client hopes the app will answer, if bytes flow before it agreed. */
export const SMUGGLED_BEHIND = 'GET {prefix}smuggled HTTP/1.1\r\nHost: {host}\r\n{auth}\r\n'

/** Upgrades that are refused before an app hears of them; the connection ends, and nothing behind them is read. */
export const UPGRADE_ATTACKS: readonly { readonly name: string; readonly bytes: string; readonly status: number }[] = [
  { name: 'with another method', bytes: ask('POST {prefix} HTTP/1.1', UPGRADE, CONNECTION, KEY, VERSION), status: 400 },
  { name: 'in HTTP/1.0', bytes: ask('GET {prefix} HTTP/1.0', UPGRADE, CONNECTION, KEY, VERSION), status: 400 },
  { name: 'without a key', bytes: ask(GET, UPGRADE, CONNECTION, VERSION), status: 400 },
  { name: 'with a short key', bytes: ask(GET, UPGRADE, CONNECTION, 'Sec-WebSocket-Key: abc', VERSION), status: 400 },
  { name: 'with two keys', bytes: ask(GET, UPGRADE, CONNECTION, KEY, KEY, VERSION), status: 400 },
  { name: 'with two versions', bytes: ask(GET, UPGRADE, CONNECTION, KEY, VERSION, VERSION), status: 400 },
  {
    name: 'with a body',
    bytes: `${ask(GET, UPGRADE, CONNECTION, KEY, VERSION, 'Content-Length: 4')}GET `,
    status: 400,
  },
  {
    name: 'with a body in chunks',
    bytes: `${ask(GET, UPGRADE, CONNECTION, KEY, VERSION, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    status: 400,
  },
  { name: 'of another version', bytes: ask(GET, UPGRADE, CONNECTION, KEY, 'Sec-WebSocket-Version: 12'), status: 426 },
  { name: 'of no version', bytes: ask(GET, UPGRADE, CONNECTION, KEY), status: 426 },
  { name: 'from a foreign host', bytes: WEBSOCKET_REQUEST.replace('{host}', 'evil.test'), status: 421 },
  {
    name: 'to a path with dots',
    bytes: ask('GET {prefix}../x HTTP/1.1', UPGRADE, CONNECTION, KEY, VERSION),
    status: 400,
  },
]

/** What an app may say to a websocket request without being believed. */
export const UPGRADE_LIES: readonly { readonly name: string; readonly answer: string }[] = [
  {
    name: 'a wrong answer to the key',
    answer:
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\nfrom the app',
  },
  {
    name: 'no answer to the key',
    answer: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfrom the app',
  },
  {
    name: 'two answers to the key',
    answer: `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\nfrom the app`,
  },
  {
    name: 'another protocol',
    answer: `HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\nfrom the app`,
  },
  { name: 'a page', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nfrom the app' },
  {
    name: 'a page with the right headers',
    answer: `HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\nfrom the app`,
  },
  { name: 'no HTTP', answer: 'from the app\r\n\r\n' },
  { name: 'informational answers without end', answer: 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100) },
]

/** A websocket agreed to, with more in the answer than a client may hear. */
export const TALKATIVE =
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n` +
  'Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=b\r\nClear-Site-Data: "*"\r\nServer: x\r\n\r\n'
export const TALKATIVE_HEARD =
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n` +
  'Sec-WebSocket-Protocol: chat\r\n\r\n'
