import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

import { hasCode } from '@mllab/kernel'

import type { Endpoint } from '../routes.ts'
import { dial } from './dial.ts'
import { UpstreamFailure } from './failure.ts'
import { Memory, READ_BYTES } from './memory.ts'
import type { ResponseHead } from './response-head.ts'
import { ResponseReader, type ResponseSink } from './response-reader.ts'
import { Upload } from './upload.ts'

/** One request, fit to be written as it is. */
export interface UpstreamTask {
  readonly method: string
  /** Request line and headers with the empty line at their end, latin1. */
  readonly head: string
  readonly body: { readonly req: IncomingMessage; readonly chunked: boolean } | undefined
  /** Fails with `TOO_SLOW` when the app was to read or answer and did neither for this long. 0: never. */
  readonly answerTimeoutMs: number
  readonly handler: AnswerHandler
}

/** Gets one answer: `onHead`, then `onWhole` or any number of `onData`, then `onEnd`; or `onFailure` at any point, as the last. */
export interface AnswerHandler {
  /** `alone`: nothing of its body came with it, and it is not the end. */
  onHead(head: ResponseHead, alone: boolean): void
  /** The whole of a small body, as latin1 text. */
  onWhole(text: string): void
  /** The bytes are the receiver's until it calls `release`. It need not. */
  onData(bytes: Buffer, release: Memory['release'] | undefined): void
  onEnd(): void
  onFailure(failure: UpstreamFailure): void
}

export interface ConnectionOwner {
  /** Fit for another request. `idleLimitMs`: the server drops it after more than that. */
  onIdle(connection: UpstreamConnection, idleLimitMs: number): void
  /** Not fit for any other request. Called once. */
  onGone(connection: UpstreamConnection): void
}

const CONNECT_TIMEOUT_MS = 5000
/** Pieces from this size on are handed over with the memory they were read into; smaller ones are copied out of it. */
const HANDED_OVER_BYTES = 16 * 1024

/** All connections read into this one, because what is small is gone before the next read: memory per connection stays small. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES)

/** A connection to an app, for one request at a time. */
export class UpstreamConnection implements ResponseSink {
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #reader = new ResponseReader(this)
  #task: UpstreamTask | undefined
  #upload: Upload | undefined
  #timer: NodeJS.Timeout | undefined
  #error: unknown
  /** What is read into; undefined: `shared`. */
  #memory: Memory | undefined
  #large = false
  #served = 0
  #heard = false
  #paused = false
  #gone = false
  /** `performance.now()` after which it is not used again. Of the pool. */
  idleUntil = 0

  constructor(endpoint: Endpoint, owner: ConnectionOwner) {
    this.#owner = owner
    this.#socket = dial(endpoint, { onread: { buffer: this.#nextMemory, callback: this.#onRead } })
    this.#timer = setTimeout(this.#onTimeout, CONNECT_TIMEOUT_MS)
    this.#socket.on('connect', this.#onConnect)
    this.#socket.on('drain', this.#onDrain)
    this.#socket.on('end', this.#onEnd)
    this.#socket.on('error', (error) => (this.#error = error))
    this.#socket.on('close', this.#onClose)
  }

  /** Bytes of the request's body that were taken from the client. */
  get bytesSent(): number {
    return this.#upload?.bytes ?? 0
  }

  /** Only for a connection that is new or idle. */
  start(task: UpstreamTask): void {
    const socket = this.#socket
    this.#task = task
    this.#heard = false
    this.#upload = undefined
    this.#reader.begin(task.method === 'HEAD')
    if (task.body === undefined) {
      socket.write(task.head, 'latin1')
      return this.#expectAnswer()
    }
    socket.cork()
    socket.write(task.head, 'latin1')
    this.#upload = new Upload({ ...task.body, socket, onSent: this.#expectAnswer })
    // A body that came with its head leaves with it.
    process.nextTick(() => socket.uncork())
  }

  /** No more data until `resume`. */
  pause(): void {
    if (this.#paused || this.#task === undefined) return
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket.resume()
  }

  /** Ends it without a word to the handler. */
  destroy(): void {
    this.#release()
    this.#leave()
    this.#socket.destroy()
  }

  onHead(head: ResponseHead, alone: boolean): void {
    this.#stopTimer()
    this.#task?.handler.onHead(head, alone)
  }

  onWhole(text: string): void {
    this.#task?.handler.onWhole(text)
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    const handler = this.#task?.handler
    if (end - start < HANDED_OVER_BYTES) return handler?.onData(Buffer.from(bytes.subarray(start, end)), undefined)
    this.#large = true
    if (this.#memory) {
      const { release } = this.#memory
      this.#memory = undefined
      handler?.onData(bytes.subarray(start, end), release)
    } else {
      const copy = new Memory()
      handler?.onData(copy.bytes.subarray(0, bytes.copy(copy.bytes, 0, start, end)), copy.release)
    }
  }

  #onRead = (length: number): boolean => {
    // Whoever speaks without being asked would answer the next one's request.
    if (this.#task === undefined) {
      this.destroy()
      return false
    }
    this.#heard = true
    try {
      if (this.#reader.read(this.#memory?.bytes ?? shared, length)) this.#finish(this.#reader.position === length)
    } catch (error) {
      this.#fail(error)
    }
    return !this.#paused
  }

  /** Memory for the next read: large answers get their own, so that it can be handed over instead of copied. */
  #nextMemory = (): Buffer => {
    if (this.#large) return (this.#memory ??= new Memory()).bytes
    this.#memory?.release()
    this.#memory = undefined
    return shared
  }

  #onConnect = () => {
    this.#stopTimer()
    if (this.#task && (this.#upload === undefined || this.#upload.done)) this.#expectAnswer()
  }

  #onDrain = () => {
    if (!this.#upload || this.#upload.done || this.#task === undefined) return
    this.#stopTimer()
    this.#upload.resume()
  }

  #onEnd = () => {
    if (this.#task && this.#reader.readEnd()) this.#finish(false)
    else if (this.#task) this.#fail(undefined)
    else this.destroy()
  }

  #onClose = () => {
    if (this.#task) this.#fail(this.#error)
    else this.#leave()
  }

  #onTimeout = () => {
    this.#fail(new UpstreamFailure('TOO_SLOW', this.#socket.connecting ? 'no connection in time' : 'no answer in time'))
  }

  #expectAnswer = () => {
    const limitMs = this.#task?.answerTimeoutMs ?? 0
    if (limitMs === 0 || this.#socket.connecting || this.#reader.head !== undefined) return
    this.#stopTimer()
    this.#timer = setTimeout(this.#onTimeout, limitMs)
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #finish(clean: boolean): void {
    const task = this.#task
    if (task === undefined) return
    const idleLimitMs = clean ? this.#idleLimit(task) : 0
    this.#release()
    this.resume()
    if (idleLimitMs > 0) {
      this.#served += 1
      this.#owner.onIdle(this, idleLimitMs)
    } else {
      this.#leave()
      this.#socket.destroy()
    }
    task.handler.onEnd()
  }

  /** Milliseconds it may wait for another request; 0 if it must not get one. */
  #idleLimit(task: UpstreamTask): number {
    const head = this.#reader.head
    if (head === undefined || !head.persistent || this.#socket.destroyed) return 0
    if (this.#upload && !(this.#upload.done && this.#socket.writableLength === 0)) return 0
    // Some servers send a body where none belongs; it would become the next answer.
    if (task.method === 'HEAD') return 0
    const bodiless = head.status === 204 || head.status === 304
    if (bodiless && (head.chunked || head.contentLength > 0)) return 0
    return head.keepAliveSeconds === undefined ? Infinity : head.keepAliveSeconds * 1000 - KEEP_ALIVE_MARGIN_MS
  }

  #fail(error: unknown): void {
    const task = this.#task
    const stale = this.#served > 0 && !this.#heard
    this.destroy()
    task?.handler.onFailure(failureOf(error, stale))
  }

  /** Lets go of the request. */
  #release(): void {
    this.#task = undefined
    this.#stopTimer()
    this.#upload?.stop()
    this.#large = false
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#owner.onGone(this)
  }
}

/** A server that says how long it waits is left this much earlier. */
const KEEP_ALIVE_MARGIN_MS = 1000

export function failureOf(error: unknown, stale: boolean): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error
  if (hasCode(error, 'ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EACCES'))
    return new UpstreamFailure('UNREACHABLE', 'no connection', { cause: error })
  if (hasCode(error, 'ETIMEDOUT')) return new UpstreamFailure('TOO_SLOW', 'connection timed out', { cause: error })
  return new UpstreamFailure('BROKE_OFF', 'connection ended before the answer', { stale, cause: error })
}
