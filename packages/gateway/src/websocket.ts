import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { refuseUpgrade } from './answers.ts'
import { refusalFor } from './exchange.ts'
import type { Cuttable } from './open-list.ts'
import { refusals, type Refusal } from './refusals.ts'
import type { RequestHead } from './request-head.ts'
import type { Endpoint } from './routes.ts'
import { holdsMessage } from './touch.ts'
import { failureOf } from './upstream/connection.ts'
import { dial } from './upstream/dial.ts'
import { malformed, UpstreamFailure } from './upstream/failure.ts'
import { HeadReader } from './upstream/head-reader.ts'
import { INFORMATIONAL_LIMIT, type ResponseHead } from './upstream/response-head.ts'

export interface WebSocketTask {
  readonly socket: Duplex
  /** What the client sent behind its request. */
  readonly first: Buffer
  readonly key: string
  /** Head of the request as it is sent. */
  readonly request: string
  /** The client sent a message, not at once after it had come: what a page says when it connects is not its person's. */
  readonly said: () => void
  /** Called once, with 101 or the status of the refusal. */
  readonly done: (status: number, bytesIn: number, bytesOut: number) => void
}

const HANDSHAKE_MS = 30_000
const GREETING_MS = 3000
const RFC_6455_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Why an upgrade request is none we serve, RFC 6455 section 4.2.1. Undefined: it is fine. */
export function upgradeFault(method: string, httpVersion: string, head: RequestHead): Refusal | undefined {
  if (method !== 'GET' || httpVersion !== '1.1' || head.upgrade?.toLowerCase() !== 'websocket')
    return refusals.badUpgrade
  if (head.transferEncoding !== undefined || (head.contentLength ?? '0') !== '0') return refusals.badUpgrade
  if (head.websocketKey === undefined || !/^[A-Za-z0-9+/]{22}==$/.test(head.websocketKey)) return refusals.badUpgrade
  return head.websocketVersion === '13' ? undefined : refusals.upgradeVersion
}

/**
 * A websocket between a client and an app. Bytes flow only after the app agreed with the right answer to the key: a pipe that opens
 * earlier would let a client talk to the app past the access decision.
 */
export class WebSocketTunnel implements Cuttable {
  readonly #task: WebSocketTask
  readonly #heads = new HeadReader()
  slot = -1
  #informational = 0
  #upstream: Socket | undefined
  #error: unknown
  #timer: NodeJS.Timeout | undefined
  #status = 0
  #over = false
  #bytesIn = 0
  #bytesOut = 0

  constructor(task: WebSocketTask) {
    this.#task = task
    task.socket.on('close', this.#onClose)
  }

  start(endpoint: Endpoint): void {
    const upstream = dial(endpoint)
    this.#upstream = upstream
    this.#timer = setTimeout(() => upstream.destroy(new UpstreamFailure('TOO_SLOW', 'no handshake')), HANDSHAKE_MS)
    upstream.on('data', this.#onHandshake)
    upstream.on('error', (error) => (this.#error = error))
    upstream.on('close', () => {
      clearTimeout(this.#timer)
      if (this.#status === 101) this.#task.socket.destroy()
      else this.refuse(refusalFor(failureOf(this.#error, false)))
    })
    upstream.write(this.#task.request, 'latin1')
  }

  cut(): void {
    this.#task.socket.destroy()
  }

  #onHandshake = (chunk: Buffer) => {
    try {
      this.#readHandshake(chunk)
    } catch (error) {
      this.#upstream?.destroy(failureOf(error, false))
    }
  }

  #readHandshake(chunk: Buffer): void {
    for (let from = 0; ;) {
      const head = this.#heads.read(chunk, from, chunk.length)
      if (head === undefined) return
      from = this.#heads.position
      if (head.status === 101 || head.status >= 200) return this.#decide(head, chunk.subarray(from))
      if ((this.#informational += 1) > INFORMATIONAL_LIMIT) throw malformed('too many informational answers')
    }
  }

  /** Without an upgrade, the app's status tells the client why; its body is not ours to vouch for. */
  #decide(head: ResponseHead, rest: Buffer): void {
    const upstream = this.#upstream
    if (this.#over || !upstream) return
    clearTimeout(this.#timer)
    upstream.off('data', this.#onHandshake)
    if (agrees(head, this.#task.key)) return this.#join(upstream, head, rest)
    const { status } = head
    this.refuse(status >= 400 ? { ...refusals.badAnswer, status, code: 'APP_REFUSED' } : refusals.badAnswer)
    upstream.destroy()
  }

  #join(upstream: Socket, head: ResponseHead, rest: Buffer): void {
    const { socket, first } = this.#task
    this.#status = 101
    this.#bytesIn += first.length
    this.#bytesOut += rest.length
    socket.write(acceptance(head), 'latin1')
    if (rest.length > 0) socket.write(rest)
    if (first.length > 0) upstream.write(first)
    const joinedAt = performance.now()
    socket.on('data', (chunk: Buffer) => {
      this.#bytesIn += chunk.length
      if (performance.now() - joinedAt > GREETING_MS && holdsMessage(chunk)) this.#task.said()
    })
    upstream.on('data', (chunk: Buffer) => (this.#bytesOut += chunk.length))
    socket.pipe(upstream)
    upstream.pipe(socket)
  }

  /** Ends it with an answer, unless it is open already. */
  refuse(refusal: Refusal): void {
    if (this.#status !== 0 || this.#over) return
    this.#status = refusal.status
    refuseUpgrade(this.#task.socket, refusal)
  }

  #onClose = () => {
    this.#over = true
    this.#upstream?.destroy()
    this.#task.done(this.#status, this.#bytesIn, this.#bytesOut)
  }
}

function agrees({ status, headers }: ResponseHead, key: string): boolean {
  const expected = createHash('sha1')
    .update(key + RFC_6455_GUID)
    .digest('base64')
  const upgrade = valueOf(headers, 'upgrade')?.toLowerCase()
  return status === 101 && upgrade === 'websocket' && valueOf(headers, 'sec-websocket-accept') === expected
}

function acceptance({ headers }: ResponseHead): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  for (const name of ['Sec-WebSocket-Accept', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions']) {
    const value = valueOf(headers, name.toLowerCase())
    if (value !== undefined) text += `${name}: ${value}\r\n`
  }
  return `${text}\r\n`
}

/** All values of a header in one. */
function valueOf(headers: readonly string[], wanted: string): string | undefined {
  const values = headers.filter((value, i) => i % 2 === 1 && headers[i - 1] === wanted)
  return values.length === 0 ? undefined : values.join(', ')
}
