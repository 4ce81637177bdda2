import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'

import type { Dispatcher, Pool } from 'undici'

import { refuseUpgrade } from './answers.ts'
import { refusalFor } from './exchange.ts'
import type { Cuttable } from './grants.ts'
import { refusals, type Refusal } from './refusals.ts'
import type { RequestHead } from './request-head.ts'
import type { UpstreamRequest } from './upstream-request.ts'

export interface WebSocketTask {
  readonly socket: Duplex
  /** What the client sent behind its request. */
  readonly first: Buffer
  readonly key: string
  readonly request: UpstreamRequest
  /** Called once, with 101 or the status of the refusal. */
  readonly done: (status: number, bytesIn: number, bytesOut: number) => void
}

const HANDSHAKE_MS = 30_000
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
export class WebSocketTunnel implements Dispatcher.DispatchHandler, Cuttable {
  readonly #task: WebSocketTask
  #controller: Dispatcher.DispatchController | undefined
  #upstream: Duplex | undefined
  #status = 0
  #over = false
  #bytesIn = 0
  #bytesOut = 0

  constructor(task: WebSocketTask) {
    this.#task = task
    task.socket.on('close', this.#onClose)
  }

  start(pool: Pool): void {
    pool.dispatch({ ...this.#task.request, upgrade: 'websocket', headersTimeout: HANDSHAKE_MS }, this)
  }

  cut(): void {
    this.#task.socket.destroy()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(new Error('client went away'))
  }

  onRequestUpgrade(_controller: unknown, status: number, headers: IncomingHttpHeaders, upstream: Duplex): void {
    upstream.on('error', () => upstream.destroy())
    if (this.#over || !agrees(status, headers, this.#task.key)) {
      upstream.destroy()
      return this.refuse(refusals.badAnswer)
    }
    this.#upstream = upstream
    this.#status = 101
    this.#join(upstream, headers)
  }

  /** The app answered without an upgrade. Its status tells the client why; its body is not ours to vouch for. */
  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return
    this.refuse(status >= 400 ? { ...refusals.badAnswer, status, code: 'APP_REFUSED' } : refusals.badAnswer)
    controller.abort(new Error('no upgrade'))
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.refuse(refusalFor(error))
  }

  #join(upstream: Duplex, headers: IncomingHttpHeaders): void {
    const { socket, first } = this.#task
    socket.write(acceptance(headers))
    if (first.length > 0) upstream.write(first)
    this.#bytesIn += first.length
    socket.on('data', (chunk: Buffer) => (this.#bytesIn += chunk.length))
    upstream.on('data', (chunk: Buffer) => (this.#bytesOut += chunk.length))
    upstream.on('close', () => socket.destroy())
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
    if (this.#upstream) this.#upstream.destroy()
    else this.#controller?.abort(new Error('client went away'))
    this.#task.done(this.#status, this.#bytesIn, this.#bytesOut)
  }
}

function agrees(status: number, headers: IncomingHttpHeaders, key: string): boolean {
  const expected = createHash('sha1')
    .update(key + RFC_6455_GUID)
    .digest('base64')
  return (
    status === 101 && headers.upgrade?.toLowerCase() === 'websocket' && headers['sec-websocket-accept'] === expected
  )
}

function acceptance(headers: IncomingHttpHeaders): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  for (const name of ['Sec-WebSocket-Accept', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions']) {
    const value = headers[name.toLowerCase()]
    if (value !== undefined) text += `${name}: ${typeof value === 'string' ? value : value.join(', ')}\r\n`
  }
  return `${text}\r\n`
}
