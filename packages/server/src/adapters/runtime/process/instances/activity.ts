import type { InstanceActivity } from '../../../../ports/runtime.ts'
import type { TreeUsage } from '../host/host.ts'
import { observe, type Entry } from './registry.ts'

/** Over how long the use of processors is averaged. */
const WINDOW_MS = 60_000

interface Sample {
  readonly at: number
  readonly cpuSeconds: number
}

/** The last minute of every running instance, from looks that are taken anyway. */
export function createActivities() {
  const samples = new Map<string, Sample[]>()

  return {
    /** Notes a look at these instances; what is known of others is forgotten. */
    note: (entries: readonly Entry[], usage: readonly TreeUsage[], at: number) => {
      const runs = new Set(entries.map((entry) => entry.record.run))
      for (const run of samples.keys()) if (!runs.has(run)) samples.delete(run)
      for (const [index, entry] of entries.entries()) {
        const cpuSeconds = usage[index]?.cpuSeconds
        if (cpuSeconds === undefined) continue
        const known = samples.get(entry.record.run) ?? []
        // One before the window stays, so that the window is always whole.
        while (known[1] && at - known[1].at >= WINDOW_MS) known.shift()
        samples.set(entry.record.run, [...known, { at, cpuSeconds }])
      }
    },
    of: (entry: Entry, usage: TreeUsage, at: number): InstanceActivity => {
      const first = samples.get(entry.record.run)?.[0]
      const windowMs = first ? at - first.at : 0
      // A child that ended unseen takes its seconds with it.
      const seconds = first ? Math.max(0, usage.cpuSeconds - first.cpuSeconds) : 0
      const { workloadId, replica, suspended } = observe(entry)
      return {
        workloadId,
        replica,
        at,
        suspended,
        windowMs,
        cpuCores: windowMs > 0 ? (seconds * 1000) / windowMs : 0,
        terminals: usage.terminals,
        busyTerminals: usage.busyTerminals,
      }
    },
  }
}

export type Activities = ReturnType<typeof createActivities>
