import { ChunkedDecoder } from './chunked.ts'
import { malformed } from './failure.ts'
import { HeadReader } from './head-reader.ts'
import { INFORMATIONAL_LIMIT, type ResponseHead } from './response-head.ts'

/** Gets the parts of one answer. Bytes are lent for the time of the call. */
export interface ResponseSink {
  /** Never an informational one, but for 101 if that was asked for. `alone`: nothing of its body came with it. */
  onHead(head: ResponseHead, alone: boolean): void
  /** A whole small body, as latin1 text: goes out in one write with its head. Comes instead of `onBytes`. */
  onWhole(text: string): void
  onBytes(bytes: Buffer, start: number, end: number): void
}

/** What is up to this long and there at once is given as a whole. */
const WHOLE_LIMIT_BYTES = 16 * 1024

type Body = 'none' | 'length' | 'chunked' | 'until-close'

/** Reads one answer after the other from the bytes of a connection: framing as in RFC 9112, section 6.3. */
export class ResponseReader {
  readonly #sink: ResponseSink
  readonly #heads = new HeadReader()
  readonly #chunks = new ChunkedDecoder()
  #head: ResponseHead | undefined
  #body: Body = 'none'
  #missing = 0
  #informational = 0
  #ofHead = false
  /** Offset in the last piece behind the answer, when `read` said that it is whole. */
  position = 0

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  get head(): ResponseHead | undefined {
    return this.#head
  }

  /** `ofHead`: the request is a HEAD, whose answer has no body whatever it says. */
  begin(ofHead: boolean): void {
    this.#head = undefined
    this.#informational = 0
    this.#ofHead = ofHead
  }

  /** True when the answer is whole. Throws an `UpstreamFailure`. */
  read(bytes: Buffer, to: number): boolean {
    if (this.#head) return this.#readBody(bytes, 0, to)
    for (let from = 0; ;) {
      const head = this.#heads.read(bytes, from, to)
      if (head === undefined) return false
      from = this.#heads.position
      if (head.status >= 200) return this.#start(head, bytes, from, to)
      if (head.status === 101) throw malformed('upgrade that nobody asked for')
      if ((this.#informational += 1) > INFORMATIONAL_LIMIT) throw malformed('too many informational answers')
    }
  }

  /** The connection ended. True if that is the end of the answer. */
  readEnd(): boolean {
    return this.#head !== undefined && this.#body === 'until-close'
  }

  #start(head: ResponseHead, bytes: Buffer, from: number, to: number): boolean {
    this.#head = head
    this.#body = bodyOf(head, this.#ofHead)
    this.#missing = head.contentLength
    if (this.#body === 'chunked') this.#chunks.reset()
    if (this.#body === 'none' || (this.#body === 'length' && this.#missing === 0)) {
      this.position = from
      this.#sink.onHead(head, false)
      return true
    }
    this.#sink.onHead(head, from === to)
    return from < to && this.#readBody(bytes, from, to, true)
  }

  #readBody(bytes: Buffer, from: number, to: number, first = false): boolean {
    switch (this.#body) {
      case 'chunked': {
        const behind = this.#chunks.decode(bytes, from, to)
        this.position = behind
        this.#pass(bytes, this.#chunks.start, this.#chunks.end, first && this.#chunks.done)
        return this.#chunks.done
      }
      case 'length': {
        const end = Math.min(to, from + this.#missing)
        this.#missing -= end - from
        this.position = end
        this.#pass(bytes, from, end, first && this.#missing === 0)
        return this.#missing === 0
      }
      default:
        this.#pass(bytes, from, to, false)
        return false
    }
  }

  #pass(bytes: Buffer, start: number, end: number, whole: boolean): void {
    if (whole && end - start <= WHOLE_LIMIT_BYTES) this.#sink.onWhole(bytes.toString('latin1', start, end))
    else if (end > start) this.#sink.onBytes(bytes, start, end)
  }
}

function bodyOf(head: ResponseHead, ofHead: boolean): Body {
  if (ofHead || head.status === 204 || head.status === 304) return 'none'
  if (head.chunked) return 'chunked'
  return head.contentLength === -1 ? 'until-close' : 'length'
}
