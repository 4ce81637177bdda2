import { malformed } from './failure.ts'

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'trailer-lf' | 'done'

/** Hex digits of a chunk's size: 2^48 bytes. */
const SIZE_DIGITS = 12
const EXTENSION_LIMIT_BYTES = 16 * 1024
const TRAILER_LIMIT_BYTES = 16 * 1024
const CR = 13
const LF = 10
const SEMICOLON = 59

/** Takes chunked framing (RFC 9112, section 7.1) out of a body. Extensions and trailers are checked and dropped. */
export class ChunkedDecoder {
  #state: State = 'size'
  #size = 0
  #digits = 0
  #extensionBytes = 0
  #trailerBytes = 0
  /** Bytes of the trailer's current line, without its end. */
  #lineBytes = 0
  /** Where the body's bytes are after `decode`: between `start` and `end` of what was given. */
  start = 0
  end = 0

  get done(): boolean {
    return this.#state === 'done'
  }

  reset(): void {
    this.#state = 'size'
    this.#size = 0
    this.#digits = 0
    this.#extensionBytes = 0
    this.#trailerBytes = 0
    this.#lineBytes = 0
  }

  /**
   * Decodes `bytes` between `from` and `to`, moving the body's bytes together in place, so that many small chunks are passed on as
   * one. Returns the offset behind what it took. Throws an `UpstreamFailure`.
   */
  decode(bytes: Buffer, from: number, to: number): number {
    this.start = from
    this.end = from
    let at = from
    while (at < to && this.#state !== 'done') {
      if (this.#state === 'data') at = this.#take(bytes, at, to)
      else this.#step(bytes[at++] ?? 0)
    }
    return at
  }

  #take(bytes: Buffer, at: number, to: number): number {
    const until = Math.min(to, at + this.#size)
    this.#size -= until - at
    if (this.end === this.start) {
      this.start = at
      this.end = until
    } else {
      bytes.copyWithin(this.end, at, until)
      this.end += until - at
    }
    if (this.#size === 0) this.#state = 'data-cr'
    return until
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'size':
        return this.#readSize(byte)
      case 'extension':
        if (byte === CR) this.#state = 'size-lf'
        else if (!isText(byte) || (this.#extensionBytes += 1) > EXTENSION_LIMIT_BYTES)
          throw malformed('chunk extension')
        return
      case 'size-lf':
        expect(byte, LF)
        this.#digits = 0
        this.#state = this.#size === 0 ? 'trailer' : 'data'
        return
      case 'data-cr':
        expect(byte, CR)
        this.#state = 'data-lf'
        return
      case 'data-lf':
        expect(byte, LF)
        this.#state = 'size'
        return
      case 'trailer':
        return this.#readTrailer(byte)
      case 'trailer-lf':
        expect(byte, LF)
        this.#state = this.#lineBytes === 0 ? 'done' : 'trailer'
        this.#lineBytes = 0
        return
      default:
        throw new Error(`${this.#state} takes bytes as they come`)
    }
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte)
    if (digit !== -1) {
      if ((this.#digits += 1) > SIZE_DIGITS) throw malformed('chunk size')
      this.#size = this.#size * 16 + digit
    } else if (this.#digits === 0) throw malformed('chunk size')
    else if (byte === CR) this.#state = 'size-lf'
    else if (byte === SEMICOLON) this.#state = 'extension'
    else throw malformed('chunk size')
  }

  #readTrailer(byte: number): void {
    if ((this.#trailerBytes += 1) > TRAILER_LIMIT_BYTES) throw malformed('trailers too long')
    if (byte === CR) this.#state = 'trailer-lf'
    else if (!isText(byte) || (this.#lineBytes === 0 && isBlank(byte))) throw malformed('trailer')
    else this.#lineBytes += 1
  }
}

function expect(byte: number, wanted: number): void {
  if (byte !== wanted) throw malformed('end of a line')
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || byte === 9
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 9
}
