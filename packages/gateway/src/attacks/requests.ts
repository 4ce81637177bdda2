import type { Mode } from './modes.ts'

/**
 * Requests that two servers could read in two ways. All are sent by somebody who is let in, so that only the trick can be why they are
 * refused. `{…}` is filled in by `world.ts`; lines are joined by CR LF; `Host` and what lets in are added unless `bare`.
 */
export interface RequestAttack {
  readonly name: string
  readonly line?: string
  readonly headers?: readonly string[]
  readonly body?: string
  /** Everything up to the body, as it is. */
  readonly bare?: string
  /** Status of the refusal. 0: no answer at all. Absent: whatever it is, no app sees it. */
  readonly status?: number
  readonly modes?: readonly Mode['name'][]
}

const GET = 'GET {prefix} HTTP/1.1'
const POST = 'POST {prefix} HTTP/1.1'
const SMUGGLED = 'GET {prefix}smuggled HTTP/1.1\r\nHost: {host}\r\n{auth}\r\n'
const hosts = (...lines: string[]) => `${GET}\r\n${lines.map((line) => `${line}\r\n`).join('')}{auth}\r\n`
const path = (target: string) => `GET ${target} HTTP/1.1`
const BY_PATH: readonly Mode['name'][] = ['path with a token', 'workspace on an address', 'capability path']

export const REQUEST_ATTACKS: readonly RequestAttack[] = [
  // Host
  { name: 'two hosts', bare: hosts('Host: {host}', 'Host: {host}'), status: 400 },
  { name: 'two hosts, the second foreign', bare: hosts('Host: {host}', 'hOsT: evil.test'), status: 400 },
  { name: 'two hosts, the first foreign', bare: hosts('Host: evil.test', 'Host: {host}'), status: 400 },
  { name: 'no host', bare: `${GET}\r\n{auth}\r\n`, status: 400 },
  { name: 'no host in HTTP/1.0', bare: 'GET {prefix} HTTP/1.0\r\n{auth}\r\n', status: 400 },
  { name: 'an empty host', bare: hosts('Host: '), status: 421 },
  { name: 'a foreign host', bare: hosts('Host: evil.test'), status: 421 },
  { name: 'a foreign host that ends like ours', bare: hosts('Host: xlocalhost'), status: 421 },
  { name: 'a foreign host that begins like ours', bare: hosts('Host: localhost.evil.test'), status: 421 },
  { name: 'a label in a label', bare: hosts('Host: a.{service}'), status: 421 },
  { name: 'a label that begins with a hyphen', bare: hosts('Host: -a.localhost'), status: 421 },
  { name: 'a dot at the end', bare: hosts('Host: localhost.'), status: 421 },
  { name: 'a short address', bare: hosts('Host: 127.1'), status: 421 },
  { name: 'an address as one number', bare: hosts('Host: 2130706433'), status: 421 },
  { name: 'an address in hexadecimal', bare: hosts('Host: 0x7f.0.0.1'), status: 421 },
  { name: 'an address without brackets', bare: hosts('Host: ::1'), status: 421 },
  { name: 'an address with a zone', bare: hosts('Host: [fe80::1%25eth0]'), status: 421 },
  { name: 'a host with credentials', bare: hosts('Host: a@{host}'), status: 421 },
  { name: 'a host with a path', bare: hosts('Host: {host}/x'), status: 421 },
  { name: 'a host with a tail', bare: hosts('Host: {host} evil.test'), status: 421 },
  { name: 'a list of hosts', bare: hosts('Host: {host}, evil.test'), status: 421 },
  { name: 'a port that is none', bare: hosts('Host: localhost:x'), status: 421 },
  { name: 'two ports', bare: hosts('Host: localhost:1:2'), status: 421 },
  { name: 'a forwarded host of a stranger', bare: hosts('Host: evil.test', 'X-Forwarded-Host: {host}'), status: 421 },

  // Target
  { name: 'absolute form', line: 'GET http://{host}{prefix} HTTP/1.1', status: 400 },
  { name: 'absolute form to elsewhere', line: 'GET http://evil.test{prefix} HTTP/1.1', status: 400 },
  { name: 'two slashes', line: path('/{prefix}'), status: 400 },
  { name: 'asterisk form', line: 'OPTIONS * HTTP/1.1', status: 400 },
  { name: 'authority form', line: 'GET localhost:22 HTTP/1.1', status: 400 },
  { name: 'no slash', line: 'GET x{prefix} HTTP/1.1', status: 400 },
  { name: 'a backslash', line: path('{prefix}..\\x'), status: 400 },
  { name: 'a byte above 0x7f', line: path('{prefix}\xe4'), status: 400 },
  { name: 'a fragment', line: path('{prefix}x#y'), status: 400 },
  { name: 'a dot segment', line: path('{prefix}../9000/'), status: 400 },
  { name: 'a dot segment at the end', line: path('{prefix}..'), status: 400 },
  { name: 'a dot segment before a query', line: path('{prefix}..?x'), status: 400 },
  { name: 'a single dot', line: path('{prefix}./x'), status: 400 },
  { name: 'encoded dots', line: path('{prefix}%2e%2E/9000/'), status: 400 },
  { name: 'half encoded dots', line: path('{prefix}.%2e/9000/'), status: 400 },
  { name: 'dots with parameters', line: path('{prefix}..;a=b/9000/'), status: 400 },
  { name: 'dots with encoded parameters', line: path('{prefix}..%3ba/9000/'), status: 400 },
  { name: 'dots before the route', line: path('/x/..{prefix}'), status: 400 },
  { name: 'an encoded NUL', line: path('{prefix}x%00.png'), status: 400 },
  { name: 'an encoded slash in the route', line: path('{%2f}'), modes: BY_PATH },
  { name: 'the route in capitals', line: path('{upper}'), modes: BY_PATH },
  { name: 'an encoded letter in the route', line: path('{%letter}'), modes: BY_PATH },
  { name: 'a parameter in the route', line: path('{;}'), modes: BY_PATH },
  { name: 'TRACE', line: 'TRACE {prefix} HTTP/1.1', status: 405 },
  { name: 'TRACK', line: 'TRACK {prefix} HTTP/1.1', status: 400 },
  { name: 'CONNECT', line: 'CONNECT localhost:22 HTTP/1.1', status: 0 },

  // Twins of what decides
  {
    name: 'two Authorizations',
    line: GET,
    headers: ['Authorization: Basic eDp4', 'Authorization: Basic eDp5'],
    status: 400,
  },
  { name: 'two Origins', line: GET, headers: ['Origin: http://a', 'Origin: http://b'], status: 400 },
  {
    name: 'two Sec-Fetch-Sites',
    line: GET,
    headers: ['Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site'],
    status: 400,
  },
  {
    name: 'two Sec-Fetch-Modes',
    line: GET,
    headers: ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Mode: cors'],
    status: 400,
  },
  { name: 'two Content-Types', line: GET, headers: ['Content-Type: a/b', 'Content-Type: c/d'], status: 400 },

  // Framing
  { name: 'two lengths', line: POST, headers: ['Content-Length: 3', 'Content-Length: 5'], body: 'abc', status: 400 },
  {
    name: 'two equal lengths',
    line: POST,
    headers: ['Content-Length: 3', 'Content-Length: 3'],
    body: 'abc',
    status: 400,
  },
  { name: 'a list of lengths', line: POST, headers: ['Content-Length: 3, 3'], body: 'abc', status: 400 },
  { name: 'a signed length', line: POST, headers: ['Content-Length: +3'], body: 'abc', status: 400 },
  { name: 'a negative length', line: POST, headers: ['Content-Length: -3'], body: 'abc', status: 400 },
  { name: 'a hexadecimal length', line: POST, headers: ['Content-Length: 0x3'], body: 'abc', status: 400 },
  {
    name: 'an overflowing length',
    line: POST,
    headers: ['Content-Length: 18446744073709551619'],
    body: 'abc',
    status: 400,
  },
  { name: 'a length in words', line: POST, headers: ['Content-Length: 3 a'], body: 'abc', status: 400 },
  {
    name: 'length and chunks',
    line: POST,
    headers: ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'chunks and length',
    line: POST,
    headers: ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'an unknown coding',
    line: POST,
    headers: ['Transfer-Encoding: xchunked'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'a quoted coding',
    line: POST,
    headers: ['Transfer-Encoding: "chunked"'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'chunked and identity',
    line: POST,
    headers: ['Transfer-Encoding: chunked, identity'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'codings twice',
    line: POST,
    headers: ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'a space before the colon',
    line: POST,
    headers: ['Transfer-Encoding : chunked'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'a tab before the colon',
    line: POST,
    headers: ['Transfer-Encoding\t: chunked'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'a vertical tab',
    line: POST,
    headers: ['Transfer-Encoding: \x0bchunked'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'a coding behind a bare CR',
    line: POST,
    headers: ['X-Y: a\rTransfer-Encoding: chunked'],
    body: `0\r\n\r\n${SMUGGLED}`,
    status: 400,
  },
  {
    name: 'a coding behind a bare LF',
    line: POST,
    headers: ['X-Y: a\nTransfer-Encoding: chunked'],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: 'an overflowing chunk',
    line: POST,
    headers: ['Transfer-Encoding: chunked'],
    body: 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n',
    status: 400,
  },
  {
    name: 'a signed chunk',
    line: POST,
    headers: ['Transfer-Encoding: chunked'],
    body: '+3\r\nabc\r\n0\r\n\r\n',
    status: 400,
  },
  {
    name: 'a chunk size with a prefix',
    line: POST,
    headers: ['Transfer-Encoding: chunked'],
    body: '0x3\r\nabc\r\n0\r\n\r\n',
    status: 400,
  },
  {
    name: 'a chunk that ends in a bare LF',
    line: POST,
    headers: ['Transfer-Encoding: chunked'],
    body: '3\nabc\r\n0\r\n\r\n',
    status: 400,
  },
  {
    name: 'a chunk longer than it says',
    line: POST,
    headers: ['Transfer-Encoding: chunked'],
    body: '3\r\nabcd\r\n0\r\n\r\n',
    status: 400,
  },

  // Lines
  { name: 'a folded header', line: GET, headers: ['X-Y: a', ' Transfer-Encoding: chunked'], status: 400 },
  { name: 'a folded first header', bare: `${GET}\r\n Host: {host}\r\nHost: {host}\r\n{auth}\r\n`, status: 400 },
  { name: 'a space in a name', line: GET, headers: ['X Y: z'], status: 400 },
  { name: 'an empty name', line: GET, headers: [': z'], status: 400 },
  { name: 'a NUL in a value', line: GET, headers: ['X-Y: a\0b'], status: 400 },
  { name: 'a NUL in a name', line: GET, headers: ['X\0Y: a'], status: 400 },
  { name: 'bare LFs', bare: `${GET}\nHost: {host}\n\n`, status: 400 },
  { name: 'a bare CR in the request line', line: 'GET {prefix}\rX HTTP/1.1', status: 400 },
  { name: 'HTTP/0.9', bare: 'GET {prefix}\r\n\r\n', status: 505 },
  { name: 'HTTP/2', line: 'GET {prefix} HTTP/2.0', status: 505 },
  { name: 'HTTP/1.1 with a tail', line: 'GET {prefix} HTTP/1.10', status: 400 },
  { name: 'the preface of HTTP/2', bare: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { name: 'a method in small letters', line: 'get {prefix} HTTP/1.1', status: 400 },
  { name: 'a head that never ends', line: GET, headers: [`X-Y: ${'a'.repeat(20_000)}`], status: 431 },
]

/** Targets that are spelled in ways apps may need; they arrive as they were sent. */
export const KEPT_PATHS = ['a%2Fb', 'a%5cb', 'a//b', 'a%20b', '...', '.hidden/..x', 'a;b', '%zz', '~?a=../..&b=%2e%2e/']

/** Ways to write `/.lab`, which belongs to the gateway on every app's host. */
export const RESERVED_PATHS = [
  '/.lab',
  '/.lab/',
  '/.lab/enter/',
  '/%2elab/x',
  '/.LAB/x',
  '/.%6Cab/enter',
  '/.lab%2fenter',
  '/.lab;a/enter',
  '/.lab%3ba/enter',
  '/.l%61b/x',
  '/.la%62/x',
]
