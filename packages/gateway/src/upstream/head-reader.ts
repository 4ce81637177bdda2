import { malformed } from './failure.ts'
import { HEAD_LIMIT_BYTES, parseResponseHead, type ResponseHead } from './response-head.ts'

const HEAD_END = Buffer.from('\r\n\r\n', 'latin1')
const CR = 13
const LF = 10

/** Finds heads in what a connection gives, piece by piece. */
export class HeadReader {
  /** Offset in the last piece behind the head that `read` returned. */
  position = 0
  #held: Buffer | undefined
  #length = 0

  /** Undefined: it goes on in the next piece. Throws an `UpstreamFailure` when it is too long or malformed. */
  read(bytes: Buffer, from: number, to: number): ResponseHead | undefined {
    if (this.#held) return this.#readOn(this.#held, bytes, from, to)
    const end = bytes.indexOf(HEAD_END, from)
    // The buffer is larger than what was read into it, and old bytes may lie behind that.
    if (end === -1 || end + 4 > to) return this.#hold(bytes, from, to)
    if (end - from > HEAD_LIMIT_BYTES) throw malformed('head too long')
    this.position = end + 4
    return parseResponseHead(bytes.toString('latin1', from, end))
  }

  reset(): void {
    this.#held = undefined
    this.#length = 0
  }

  #hold(bytes: Buffer, from: number, to: number): undefined {
    if (to === from) return undefined
    if (to - from > HEAD_LIMIT_BYTES) throw malformed('head too long')
    if (bytes[from] !== 0x48) throw malformed('no status line')
    this.#held = Buffer.allocUnsafe(HEAD_LIMIT_BYTES + HEAD_END.length)
    this.#length = bytes.copy(this.#held, 0, from, to)
    checkLineEnds(this.#held.subarray(0, this.#length), 0)
    return undefined
  }

  #readOn(held: Buffer, bytes: Buffer, from: number, to: number): ResponseHead | undefined {
    const before = this.#length
    const copied = bytes.copy(held, before, from, to)
    this.#length = before + copied
    const known = held.subarray(0, this.#length)
    const end = known.indexOf(HEAD_END, Math.max(0, before - 3))
    if (end === -1) {
      checkLineEnds(known, before)
      if (this.#length === held.length) throw malformed('head too long')
      return undefined
    }
    this.position = from + (end + 4 - before)
    this.reset()
    return parseResponseHead(held.toString('latin1', 0, end))
  }
}

/** A head whose lines end otherwise would never be whole: its sender waits for us, and we for him. Looks at what is new. */
function checkLineEnds(head: Buffer, from: number): void {
  for (let at = head.indexOf(LF, from); at !== -1; at = head.indexOf(LF, at + 1))
    if (head[at - 1] !== CR) throw malformed('bare line feed in a head')
}
