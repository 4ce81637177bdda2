import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Cuttable } from './open-list.ts'
import { refusals, type Refusal } from './refusals.ts'
import { discardRest } from './request-body.ts'
import { endToEnd, responseHeaders, type ResponseShape } from './response-headers.ts'
import type { AnswerHandler, UpstreamConnection, UpstreamTask } from './upstream/connection.ts'
import type { UpstreamFailure } from './upstream/failure.ts'
import type { Memory } from './upstream/memory.ts'
import type { UpstreamPool } from './upstream/pool.ts'
import type { ResponseHead } from './upstream/response-head.ts'

export interface ExchangeTask {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  readonly pool: UpstreamPool
  /** Head of the request as it is sent. */
  readonly request: string
  readonly body: 'none' | 'length' | 'chunked'
  /** Undefined: the answer is the platform's own, and goes on as it is. */
  readonly shape: ResponseShape | undefined
  readonly firstByteTimeoutMs: number
  /** The app failed before it answered. */
  readonly refuse: (refusal: Refusal) => void
  /** Called once, when the connection to the client is done with this answer. */
  readonly done: (exchange: Exchange) => void
}

/** One request on its way to an app and its answer on the way back, streamed, each side as fast as the slower one. */
export class Exchange implements AnswerHandler, Cuttable {
  readonly task: ExchangeTask
  slot = -1
  bytesIn = 0
  bytesOut = 0
  /** The app failed, before or after it began to answer. */
  failure: Refusal | undefined
  #connection: UpstreamConnection | undefined
  #whole: string | undefined
  #triedAgain = false
  #waitsForDrain = false

  constructor(task: ExchangeTask) {
    this.task = task
    task.res.on('close', this.#onClose)
    task.res.on('error', ignore)
  }

  start(): void {
    this.#send(this.task.pool.take())
  }

  /** Access was withdrawn. */
  cut(): void {
    this.task.req.socket.destroy()
  }

  onHead(head: ResponseHead, alone: boolean): void {
    const { res, shape } = this.task
    res.sendDate = !head.dated
    res.writeHead(
      head.status,
      shape ? responseHeaders(head.headers, head.connection, shape) : endToEnd(head.headers, head.connection),
    )
    // Event streams send a head long before their first byte; others come as one write.
    if (alone) res.flushHeaders()
  }

  onWhole(text: string): void {
    this.bytesOut = text.length
    this.#whole = text
  }

  onData(bytes: Buffer, release: Memory['release'] | undefined): void {
    const { res } = this.task
    this.bytesOut += bytes.length
    if (res.write(bytes, release)) return
    this.#connection?.pause()
    if (this.#waitsForDrain) return
    this.#waitsForDrain = true
    res.on('drain', () => this.#connection?.resume())
  }

  onEnd(): void {
    const { req, res } = this.task
    this.#letGo()
    if (this.#whole === undefined) res.end()
    else res.end(this.#whole, 'latin1')
    discardRest(req)
  }

  onFailure(failure: UpstreamFailure): void {
    const { res, pool, refuse } = this.task
    this.#letGo()
    if (failure.stale && !this.#triedAgain && this.#mayTryAgain()) {
      this.#triedAgain = true
      return this.#send(pool.open())
    }
    this.failure = refusalFor(failure)
    if (res.headersSent) res.destroy()
    else refuse(this.failure)
  }

  #send(connection: UpstreamConnection): void {
    const { req, method, request, body, firstByteTimeoutMs } = this.task
    const task: UpstreamTask = {
      method,
      head: request,
      body: body === 'none' ? undefined : { req, chunked: body === 'chunked' },
      answerTimeoutMs: firstByteTimeoutMs,
      handler: this,
    }
    this.#connection = connection
    connection.start(task)
  }

  #mayTryAgain(): boolean {
    const { method, body } = this.task
    return body === 'none' && (method === 'GET' || method === 'HEAD' || method === 'OPTIONS')
  }

  /** The connection may be somebody else's from now on. */
  #letGo(): void {
    this.bytesIn = this.#connection?.bytesSent ?? 0
    this.#connection = undefined
  }

  #onClose = () => {
    const connection = this.#connection
    if (connection) {
      this.#letGo()
      connection.destroy()
    }
    this.task.done(this)
  }
}

/** Writing to a client that just left is no error of ours; `close` follows. */
function ignore(): void {}

export function refusalFor({ code }: UpstreamFailure): Refusal {
  switch (code) {
    case 'UNREACHABLE':
      return refusals.unreachable
    case 'TOO_SLOW':
      return refusals.tooSlow
    case 'BROKE_OFF':
    case 'MALFORMED':
      return refusals.badAnswer
  }
}
