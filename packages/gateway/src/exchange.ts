import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import { hasCode } from '@mllab/kernel'
import type { Dispatcher, Pool } from 'undici'

import type { Cuttable } from './grants.ts'
import { refusals, type Refusal } from './refusals.ts'
import { discardRest, RequestBody } from './request-body.ts'
import { responseHeaders, type ResponseShape } from './response-headers.ts'
import type { UpstreamRequest } from './upstream-request.ts'

export interface ExchangeTask {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly pool: Pool
  readonly request: UpstreamRequest
  readonly hasBody: boolean
  readonly shape: ResponseShape
  readonly firstByteTimeoutMs: number
  /** The app failed before it answered. */
  readonly refuse: (refusal: Refusal) => void
  /** Called once, when the connection to the client is done with this answer. */
  readonly done: (exchange: Exchange) => void
}

/** One request on its way to an app and its answer on the way back, streamed, each side as fast as the slower one. */
export class Exchange implements Dispatcher.DispatchHandler, Cuttable {
  readonly task: ExchangeTask
  bytesOut = 0
  /** The app failed, before or after it began to answer. */
  failure: Refusal | undefined
  #controller: Dispatcher.DispatchController | undefined
  #body: RequestBody | undefined
  #answering = false
  #ended = false
  #over = false
  #flushed = false
  #triedAgain = false
  #wholeBytes = -1
  #whole: Buffer | undefined

  constructor(task: ExchangeTask) {
    this.task = task
    task.res.on('close', this.#onClose)
    task.res.on('error', ignore)
  }

  get bytesIn(): number {
    return this.#body?.bytes ?? 0
  }

  start(): void {
    const { pool, request, req, hasBody, firstByteTimeoutMs } = this.task
    this.#body = hasBody ? new RequestBody(req) : undefined
    pool.dispatch({ ...request, body: this.#body ?? null, headersTimeout: firstByteTimeoutMs }, this)
  }

  /** Access was withdrawn. */
  cut(): void {
    this.task.req.socket.destroy()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(new Error('client went away'))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#over) return
    const { res, shape } = this.task
    this.#answering = true
    this.#wholeBytes = wholeBytes(headers)
    res.sendDate = headers.date === undefined
    res.writeHead(status, responseHeaders(headers, shape))
    res.on('drain', () => controller.resume())
    process.nextTick(this.#flushHead)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytesOut += chunk.length
    this.#flushed = true
    if (chunk.length === this.#wholeBytes) this.#whole = chunk
    else if (!this.task.res.write(chunk)) controller.pause()
  }

  /** Comes only after a paused answer was resumed, so what goes back to the pool is never paused. */
  onResponseEnd(): void {
    this.#ended = true
    if (this.#whole === undefined) this.task.res.end()
    else this.task.res.end(this.#whole.toString('latin1'), 'latin1')
    discardRest(this.task.req)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return
    if (!this.#answering && !this.#triedAgain && this.#mayTryAgain(error)) {
      this.#triedAgain = true
      this.start()
      return
    }
    this.failure = refusalFor(error)
    if (this.#answering) this.task.res.destroy()
    else this.task.refuse(this.failure)
  }

  /** The connection may have been kept too long by us; a fresh one tells whether the app is there. */
  #mayTryAgain(error: Error): boolean {
    const { method } = this.task.request
    const harmless = method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
    return harmless && !this.task.hasBody && hasCode(error, 'UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE')
  }

  /** Event streams send a head long before their first byte; others come as one write. */
  #flushHead = () => {
    if (!this.#flushed && !this.#ended && !this.#over) this.task.res.flushHeaders()
  }

  #onClose = () => {
    this.#over = true
    if (!this.#ended) this.#controller?.abort(new Error('client went away'))
    this.task.done(this)
  }
}

const ONE_WRITE_BYTES = 16 * 1024

/** Length of a small body that may come in one piece. As text it leaves in one write with its head, which is half the cost. */
function wholeBytes(headers: IncomingHttpHeaders): number {
  const length = headers['content-length']
  return length !== undefined && length.length < 6 && Number(length) <= ONE_WRITE_BYTES ? Number(length) : -1
}

/** Writing to a client that just left is no error of ours; `close` follows. */
function ignore(): void {}

export function refusalFor(error: Error): Refusal {
  if (hasCode(error, 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'))
    return refusals.tooSlow
  if (hasCode(error, 'ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EACCES'))
    return refusals.unreachable
  return refusals.badAnswer
}
