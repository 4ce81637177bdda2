/** Bytes of one read at most. */
export const READ_BYTES = 64 * 1024
/** 4 MB; what is released beyond that is left to the collector. */
const KEPT = 64

const free: Buffer[] = []

/**
 * Memory for one read of a large answer. It is used again once it was sent on: to allocate and collect it for each read took half of
 * the time of an answer of 100 kB.
 */
export class Memory {
  readonly bytes: Buffer = free.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES)
  #released = false

  /**
   * Fit for the callback of a write: what was not written stays with whoever may still hold it.
   *
   * Danger: from then on somebody else's answer is read into these bytes.
   */
  readonly release = (error?: Error | null): void => {
    if (error || this.#released) return
    this.#released = true
    if (free.length < KEPT) free.push(this.bytes)
  }
}
