const windowMs = 6000

/** Bytes a second over the last seconds, and from that the time left. */
export function createRate(now: () => number) {
  let samples: { at: number; bytes: number }[] = [{ at: now(), bytes: 0 }]
  return {
    /** Tells how many bytes are there by now; the count may fall when a part has to be sent again. */
    add(bytes: number) {
      const at = now()
      const recent = samples.filter((sample) => at - sample.at < windowMs)
      samples = [...(recent.length > 0 ? recent : samples.slice(-1)), { at, bytes }]
    },
    /** Null while too little is known. */
    perSecond(): number | null {
      const first = samples[0]
      const last = samples.at(-1)
      if (!first || !last || last.at - first.at < 500) return null
      return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at))
    },
  }
}
