import { malformed } from './failure.ts'

/** Status line and headers of an answer, and what they say about its framing (RFC 9112, section 6). */
export interface ResponseHead {
  readonly status: number
  /** Names in lower case and values in turn, in the order they came. */
  readonly headers: string[]
  /** Bytes; -1 if it is not said. */
  readonly contentLength: number
  readonly chunked: boolean
  /** All `Connection` headers together, in lower case; empty if there was none. */
  readonly connection: string
  readonly dated: boolean
  /** The server keeps the connection for another request. */
  readonly persistent: boolean
  /** Seconds the server keeps an idle connection, if it says so. */
  readonly keepAliveSeconds: number | undefined
}

export const HEAD_LIMIT_BYTES = 64 * 1024
export const HEADER_LIMIT = 256
/** Answers with 1xx before the real one. */
export const INFORMATIONAL_LIMIT = 16

/** Controls, a CR or LF that is no line end, and folded lines: where readers disagree about where a header ends. */
// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|\r\n[ \t]|(?<!\r)\n/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * Reads a head, given as latin1 text without the empty line at its end. Stricter than RFC 9112 allows a client to be: whatever two
 * readers may understand differently is refused, because connections are shared.
 */
export function parseResponseHead(text: string): ResponseHead {
  if (FORBIDDEN.test(text)) throw malformed('forbidden character in a head')
  const statusEnd = lineEnd(text, 0)
  const status = statusOf(text, statusEnd)
  const headers: string[] = []
  const framing = new Framing()
  for (let at = statusEnd + 2; at < text.length;) {
    const end = lineEnd(text, at)
    const colon = text.indexOf(':', at)
    if (colon === -1 || colon >= end) throw malformed('header without a colon')
    const name = lowerName(text.slice(at, colon))
    const value = trimmed(text, colon + 1, end)
    framing.see(name, value)
    // RFC 9110, 8.6: a 204 has no length; whoever takes it seriously waits for a body.
    if (status !== 204 || name !== 'content-length') headers.push(name, value)
    if (headers.length > 2 * HEADER_LIMIT) throw malformed('too many headers')
    at = end + 2
  }
  const { contentLength, chunked, connection, dated, keepAliveSeconds } = framing
  const version = text.charCodeAt(7) - 48
  if (chunked && version === 0) throw malformed('chunks in HTTP/1.0')
  if (chunked && contentLength !== -1) throw malformed('both a length and chunks')
  if (status < 200 && (chunked || contentLength > 0)) throw malformed('informational answer with a body')
  const persistent = version === 1 ? !names(connection, 'close') : names(connection, 'keep-alive')
  return { status, headers, contentLength, chunked, connection, dated, persistent, keepAliveSeconds }
}

/** `HTTP/1.1 200 OK`; the reason may be missing. */
function statusOf(text: string, end: number): number {
  const status = Number(text.slice(9, 12))
  const known = text.startsWith('HTTP/1.1 ') || text.startsWith('HTTP/1.0 ')
  const digits = end >= 12 && /^[1-9]\d\d$/.test(text.slice(9, 12))
  if (!known || !digits || (end > 12 && text.charCodeAt(12) !== 32)) throw malformed('no status line')
  return status
}

class Framing {
  contentLength = -1
  chunked = false
  connection = ''
  dated = false
  keepAliveSeconds: number | undefined

  see(name: string, value: string): void {
    switch (name) {
      case 'content-length':
        if (this.contentLength !== -1) throw malformed('length twice')
        if (!/^\d{1,15}$/.test(value)) throw malformed('length that is no number')
        this.contentLength = Number(value)
        return
      case 'transfer-encoding':
        if (this.chunked || value.toLowerCase() !== 'chunked') throw malformed('transfer encoding')
        this.chunked = true
        return
      case 'connection':
        this.connection += (this.connection === '' ? '' : ',') + value.toLowerCase()
        return
      case 'date':
        this.dated = true
        return
      case 'keep-alive': {
        const seconds = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(value)?.[1]
        if (seconds !== undefined) this.keepAliveSeconds = Number(seconds)
      }
    }
  }
}

/** Names as servers write them, so that a name is checked once. Bounded: anybody can invent names. */
const lowered = new Map<string, string>()
const KEPT_NAMES = 1000

function lowerName(name: string): string {
  const known = lowered.get(name)
  if (known !== undefined) return known
  if (!TOKEN.test(name)) throw malformed('header name')
  const lower = name.toLowerCase()
  if (lowered.size < KEPT_NAMES && name.length < 64) lowered.set(name, lower)
  return lower
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\r\n', from)
  return end === -1 ? text.length : end
}

function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function names(connection: string, token: string): boolean {
  return connection === token || (connection.includes(token) && connection.split(/[,\s]+/).includes(token))
}
