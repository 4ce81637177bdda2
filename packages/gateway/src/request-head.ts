import { holdsCapability } from './capability.ts'

/** What the gateway reads from a request's raw headers in one pass, and what of them may go on to an app. */
export interface RequestHead {
  host: string
  hostCount: number
  cookie: string | undefined
  authorization: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
  fetchMode: string | undefined
  fetchDest: string | undefined
  storageAccess: string | undefined
  accept: string | undefined
  connection: string | undefined
  upgrade: string | undefined
  contentType: string | undefined
  contentLength: string | undefined
  transferEncoding: string | undefined
  websocketKey: string | undefined
  websocketVersion: string | undefined
  expect: string | undefined
  forwardedFor: string | undefined
  forwardedProto: string | undefined
  forwardedHost: string | undefined
  /** A header that decides something came twice: whoever reads the other one decides differently. */
  twin: string | undefined
  /** Names and values in turn. Without credentials, `Host`, framing and everything that is only for one hop. */
  forward: string[]
}

type Field = Exclude<keyof RequestHead, 'forward' | 'twin' | 'hostCount'>
type Rule = 'pass' | 'drop' | 'referer' | { readonly field: Field; readonly pass: boolean; readonly joins: boolean }

const READ_AND_DROP = { pass: false, joins: false }
const READ_AND_PASS = { pass: true, joins: false }

const RULES = new Map<string, Rule>([
  ['host', { field: 'host', ...READ_AND_DROP }],
  ['cookie', { field: 'cookie', pass: false, joins: true }],
  ['authorization', { field: 'authorization', ...READ_AND_DROP }],
  ['origin', { field: 'origin', ...READ_AND_PASS }],
  ['sec-fetch-site', { field: 'fetchSite', ...READ_AND_PASS }],
  ['sec-fetch-mode', { field: 'fetchMode', ...READ_AND_PASS }],
  ['sec-fetch-dest', { field: 'fetchDest', ...READ_AND_PASS }],
  ['sec-fetch-storage-access', { field: 'storageAccess', ...READ_AND_PASS }],
  ['accept', { field: 'accept', pass: true, joins: true }],
  ['content-type', { field: 'contentType', ...READ_AND_PASS }],
  ['content-length', { field: 'contentLength', ...READ_AND_DROP }],
  ['transfer-encoding', { field: 'transferEncoding', ...READ_AND_DROP }],
  ['connection', { field: 'connection', pass: false, joins: true }],
  ['upgrade', { field: 'upgrade', ...READ_AND_DROP }],
  ['sec-websocket-key', { field: 'websocketKey', ...READ_AND_PASS }],
  ['sec-websocket-version', { field: 'websocketVersion', ...READ_AND_PASS }],
  ['expect', { field: 'expect', ...READ_AND_DROP }],
  ['x-forwarded-for', { field: 'forwardedFor', pass: false, joins: true }],
  ['x-forwarded-proto', { field: 'forwardedProto', ...READ_AND_DROP }],
  ['x-forwarded-host', { field: 'forwardedHost', ...READ_AND_DROP }],
  ['referer', 'referer'],
])

const DROPPED = new Set([
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'http2-settings',
  'proxy-authorization',
  'proxy-authenticate',
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
])

/** Names as clients write them, so that a name is judged once. Bounded: anybody can invent names. */
const judged = new Map<string, Rule>()
const KEPT_NAMES = 1000
const LONGEST_KEPT = 64

export function readRequestHead(rawHeaders: readonly string[]): RequestHead {
  const head = emptyHead()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const value = rawHeaders[i + 1] ?? ''
    const rule = judged.get(name) ?? judge(name)
    if (rule === 'pass') head.forward.push(name, value)
    else if (rule === 'referer') {
      if (!value.includes('lab_token') && !holdsCapability(value)) head.forward.push(name, value)
    } else if (rule !== 'drop') readField(head, rule, name, value)
  }
  const { connection } = head
  if (connection !== undefined && !PLAIN_CONNECTION.test(connection)) dropNamed(head, connection)
  return head
}

const PLAIN_CONNECTION = /^(?:keep-alive|close|upgrade)$/i

function readField(head: RequestHead, rule: Exclude<Rule, string>, name: string, value: string): void {
  const before = head[rule.field]
  if (rule.field === 'host') {
    head.hostCount += 1
    head.host = value
    return
  }
  if (before !== undefined && !rule.joins) head.twin = name
  else head[rule.field] = before === undefined ? value : `${before}${rule.field === 'cookie' ? '; ' : ', '}${value}`
  if (rule.pass) head.forward.push(name, value)
}

function judge(name: string): Rule {
  const lower = name.toLowerCase()
  const rule = RULES.get(lower) ?? (isDropped(lower) ? 'drop' : 'pass')
  if (judged.size < KEPT_NAMES && name.length <= LONGEST_KEPT) judged.set(name, rule)
  return rule
}

/** `_`: WSGI and CGI servers cannot tell `x_lab_user` from `x-lab-user`. */
function isDropped(lower: string): boolean {
  return (
    DROPPED.has(lower) ||
    lower.includes('_') ||
    lower.startsWith('x-forwarded') ||
    lower.startsWith('x-lab-') ||
    lower.endsWith('remote-user')
  )
}

/** RFC 9110, 7.6.1: what `Connection` names is for this hop. Done before our own headers are added, so it cannot name those. */
function dropNamed(head: RequestHead, connection: string): void {
  const named = new Set(connection.split(',').map((token) => token.trim().toLowerCase()))
  const kept: string[] = []
  for (let i = 0; i + 1 < head.forward.length; i += 2) {
    const name = head.forward[i] ?? ''
    if (!named.has(name.toLowerCase())) kept.push(name, head.forward[i + 1] ?? '')
  }
  head.forward = kept
}

function emptyHead(): RequestHead {
  return {
    host: '',
    hostCount: 0,
    cookie: undefined,
    authorization: undefined,
    origin: undefined,
    fetchSite: undefined,
    fetchMode: undefined,
    fetchDest: undefined,
    storageAccess: undefined,
    accept: undefined,
    connection: undefined,
    upgrade: undefined,
    contentType: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    websocketKey: undefined,
    websocketVersion: undefined,
    expect: undefined,
    forwardedFor: undefined,
    forwardedProto: undefined,
    forwardedHost: undefined,
    twin: undefined,
    forward: [],
  }
}
