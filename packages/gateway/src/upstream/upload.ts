import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

export interface UploadOptions {
  readonly req: IncomingMessage
  readonly socket: Socket
  readonly chunked: boolean
  /** It is the app's turn now: to read on, or to answer. */
  readonly onSent: () => void
}

/** The body of a request on its way to an app, as fast as the app reads it. */
export class Upload {
  readonly #options: UploadOptions
  /** Of the body, without framing. */
  bytes = 0
  done = false

  constructor(options: UploadOptions) {
    this.#options = options
    const { req } = options
    req.on('data', this.#onData)
    req.on('end', this.#onEnd)
  }

  /** The app reads again. */
  resume(): void {
    if (!this.done) this.#options.req.resume()
  }

  /** Lets go of the request, whose rest is somebody else's. */
  stop(): void {
    this.#options.req.off('data', this.#onData).off('end', this.#onEnd)
  }

  #onData = (chunk: Buffer) => {
    const { req, socket, chunked, onSent } = this.#options
    this.bytes += chunk.length
    if (chunked) {
      socket.cork()
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
      socket.write(chunk)
    }
    const goesOn = chunked ? socket.write('\r\n', 'latin1') : socket.write(chunk)
    if (chunked) socket.uncork()
    if (goesOn) return
    req.pause()
    onSent()
  }

  #onEnd = () => {
    this.done = true
    this.stop()
    if (this.#options.chunked) this.#options.socket.write('0\r\n\r\n', 'latin1')
    this.#options.onSent()
  }
}
