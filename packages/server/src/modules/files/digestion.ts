import { createHash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What identifies bytes, and what a zip archive needs of them. */
export interface ContentDigest {
  /** Lower-case hex. */
  readonly sha256: string
  /** Unsigned, as zip has it. */
  readonly crc32: number
  readonly sizeBytes: number
}

export interface Digested {
  readonly whole: ContentDigest
  /** Of the pieces the bytes were to be cut into; as many as the bytes reached. */
  readonly pieces: readonly ContentDigest[]
}

/** Digests a sequence of bytes as a whole and cut into pieces of given lengths. Only `node:` imports: it also runs in a worker. */
export class Digestion {
  readonly #whole = new Running()
  readonly #lengths: readonly number[]
  readonly #pieces: ContentDigest[] = []
  #piece = new Running()

  constructor(lengths: readonly number[]) {
    this.#lengths = lengths
    this.#closePieces()
  }

  write(bytes: Uint8Array): void {
    this.#whole.write(bytes)
    let rest = bytes
    while (rest.byteLength > 0 && this.#pieces.length < this.#lengths.length) {
      const missing = (this.#lengths[this.#pieces.length] ?? 0) - this.#piece.sizeBytes
      this.#piece.write(rest.subarray(0, missing))
      rest = rest.subarray(missing)
      this.#closePieces()
    }
  }

  end(): Digested {
    return { whole: this.#whole.end(), pieces: this.#pieces }
  }

  #closePieces(): void {
    while (this.#piece.sizeBytes === this.#lengths[this.#pieces.length]) {
      this.#pieces.push(this.#piece.end())
      this.#piece = new Running()
    }
  }
}

class Running {
  readonly #sha256: Hash = createHash('sha256')
  #crc32 = 0
  sizeBytes = 0

  write(bytes: Uint8Array): void {
    this.#sha256.update(bytes)
    this.#crc32 = crc32(bytes, this.#crc32)
    this.sizeBytes += bytes.byteLength
  }

  end(): ContentDigest {
    return { sha256: this.#sha256.digest('hex'), crc32: this.#crc32, sizeBytes: this.sizeBytes }
  }
}
