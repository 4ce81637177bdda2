/** Numbers that look random and come again with the same seed. */
export interface Random {
  /** From `low` to `high`, both included. */
  integer(low: number, high: number): number
  pick<T>(items: readonly T[]): T
  bytes(length: number): Buffer<ArrayBuffer>
}

/** Mulberry32: 32 bits of state, good enough to choose what a test does next. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const integer: Random['integer'] = (low, high) => low + (next() % (high - low + 1))
  return {
    integer,
    pick: (items) => {
      const item = items[integer(0, items.length - 1)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
    bytes: (length) => {
      const bytes = Buffer.alloc(length)
      for (let at = 0; at < length; at += 4)
        bytes.writeUIntLE(next() >>> (8 * Math.max(0, at + 4 - length)), at, Math.min(4, length - at))
      return bytes
    },
  }
}
