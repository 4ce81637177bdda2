import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/**
 * The body of a request, handed to the client that talks to the app. It stands between because that client destroys what it was
 * given when the app fails, and the request's connection must stay to carry the answer.
 */
export class RequestBody extends Readable {
  readonly #req: IncomingMessage
  bytes = 0

  constructor(req: IncomingMessage) {
    super({ highWaterMark: 64 * 1024 })
    this.#req = req
    this.on('error', () => undefined)
    req.on('data', this.#onData)
    req.on('end', this.#onEnd)
    req.on('close', this.#onClose)
    req.pause()
  }

  override _read(): void {
    this.#req.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#req.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    discardRest(this.#req)
    done(error)
  }

  #onData = (chunk: Buffer) => {
    this.bytes += chunk.length
    if (!this.push(chunk)) this.#req.pause()
  }

  #onEnd = () => {
    this.push(null)
  }

  #onClose = () => {
    if (!this.#req.complete) this.destroy(new Error('client went away'))
  }
}

const DISCARD_MS = 5000

/** Reads on for a while, so that a client that is still sending gets to see its answer; then the connection ends. */
export function discardRest(req: IncomingMessage): void {
  if (!isStillSending(req) || req.destroyed) return
  const timer = setTimeout(() => req.socket.destroy(), DISCARD_MS)
  timer.unref()
  req.once('close', () => clearTimeout(timer))
  req.once('end', () => clearTimeout(timer))
  req.resume()
}

/** A request without a body is `complete` only after its handler ran, so its framing is asked too. */
export function isStillSending(req: IncomingMessage): boolean {
  if (req.complete) return false
  const { 'content-length': length = '0', 'transfer-encoding': coding } = req.headers
  return coding !== undefined || length !== '0'
}
