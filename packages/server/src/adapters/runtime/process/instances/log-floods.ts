import { sentences } from './shortages.ts'

const WINDOW_MS = 10 * 60_000
const MINUTE_MS = 60_000

/** Tells a flood from a log that grows with the years: more than is kept, within ten minutes. */
export function createLogFloods({ keptBytes }: { readonly keptBytes: number }) {
  const sizes = new Map<string, { readonly at: number; readonly bytes: number }[]>()

  return {
    /** Notes how long the log of a run is now. */
    note: (run: string, bytes: number, at: number) => {
      const known = sizes.get(run) ?? []
      const last = known.at(-1)
      // One value a minute is enough; the latest always counts.
      const kept = last && known.length > 1 && at - (known.at(-2)?.at ?? 0) < MINUTE_MS ? known.slice(0, -1) : known
      sizes.set(run, [...kept.filter((one) => at - one.at < WINDOW_MS), { at, bytes }])
    },
    knows: (run: string): boolean => sizes.has(run),
    /** Only these are still of interest. */
    keep: (runs: ReadonlySet<string>) => {
      for (const run of sizes.keys()) if (!runs.has(run)) sizes.delete(run)
    },
    /** A sentence about it, if its log is flooded. */
    of: (run: string): string | undefined => {
      const known = sizes.get(run) ?? []
      const [first, last] = [known[0], known.at(-1)]
      if (!first || !last || last.bytes - first.bytes <= keptBytes) return undefined
      const minutes = Math.max(1, Math.round((last.at - first.at) / MINUTE_MS))
      return sentences.logFlood(last.bytes - first.bytes, minutes, keptBytes)
    },
  }
}

export type LogFloods = ReturnType<typeof createLogFloods>
