import { messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { Point, Samples } from '../../core/samples.ts'
import type { InstanceNotice, Runtime } from '../../ports/runtime.ts'

export interface WorkloadUsage {
  /** Cores in use over the last interval. */
  readonly cpu: number
  readonly memoryBytes: number
  /** What it was held back from. */
  readonly notices: readonly InstanceNotice[]
}

export interface UsageHistory {
  readonly stepMs: number
  readonly cpu: readonly Point[]
  readonly memoryBytes: readonly Point[]
}

/** CPU and memory of what runs: one pass over all instances every few seconds, kept as samples. */
export interface Usage {
  of(workloadId: string): WorkloadUsage | undefined
  history(workloadId: string, since: number): Promise<UsageHistory>
  /** Of several at once, as `RECENT_VALUES` means over the last `spanMs`, null where nothing was measured. */
  recent(workloadIds: readonly string[], spanMs: number): Promise<RecentUsage>
  start(scope: Scope): void
}

export interface RecentUsage {
  readonly stepMs: number
  readonly items: { id: string; cpu: (number | null)[]; memoryBytes: (number | null)[] }[]
}

const EVERY_MS = 5000
/** A sparkline is 72 pixels wide. */
const RECENT_VALUES = 60

export function createUsage({
  runtime,
  clock,
  samples,
  log,
}: {
  runtime: Runtime
  clock: Clock
  samples: Samples
  log: Log
}): Usage {
  let current = new Map<string, WorkloadUsage>()
  let before = new Map<string, { cpuSeconds: number; at: number }>()
  let measuring = false

  const measure = async () => {
    if (measuring || !runtime.capabilities.stats) return
    measuring = true
    try {
      const next = new Map<string, WorkloadUsage>()
      const seen = new Map<string, { cpuSeconds: number; at: number }>()
      for (const { workloadId, cpuSeconds, memoryBytes, notices, at } of await runtime.instances.stats()) {
        seen.set(workloadId, { cpuSeconds, at })
        const last = before.get(workloadId)
        samples.record(memorySeries(workloadId), memoryBytes)
        // After a restart of the instance its CPU counts from zero again.
        const used =
          last && at > last.at && cpuSeconds >= last.cpuSeconds
            ? ((cpuSeconds - last.cpuSeconds) * 1000) / (at - last.at)
            : undefined
        if (used !== undefined) samples.record(cpuSeries(workloadId), used)
        next.set(workloadId, { cpu: used ?? 0, memoryBytes, notices })
      }
      current = next
      before = seen
    } catch (error) {
      current = new Map() // Unknown is better than old; the next pass tries again.
      log.warn('usage could not be measured', { error: messageOf(error) })
    } finally {
      measuring = false
    }
  }

  return {
    of: (workloadId) => current.get(workloadId),
    history: async (workloadId, since) => {
      const names = [cpuSeries(workloadId), memorySeries(workloadId)] as const
      const { stepMs, points } = await samples.read(names, Math.max(since, clock.now() - 400 * 24 * 3600_000))
      const at = Math.floor(clock.now() / stepMs) * stepMs
      const now = current.get(workloadId)
      return {
        stepMs,
        cpu: upToNow(points.get(names[0]) ?? [], at, now?.cpu),
        memoryBytes: upToNow(points.get(names[1]) ?? [], at, now?.memoryBytes),
      }
    },
    recent: async (workloadIds, spanMs) => {
      const stepMs = Math.ceil(spanMs / RECENT_VALUES)
      const until = Math.ceil(clock.now() / stepMs) * stepMs
      const since = until - RECENT_VALUES * stepMs
      const { points } = await samples.read(
        workloadIds.flatMap((id) => [cpuSeries(id), memorySeries(id)]),
        since,
      )
      const spread = (series: string, now: number | undefined) =>
        means(upToNow(points.get(series) ?? [], until - stepMs, now), since, stepMs)
      return {
        stepMs,
        items: workloadIds.map((id) => ({
          id,
          cpu: spread(cpuSeries(id), current.get(id)?.cpu),
          memoryBytes: spread(memorySeries(id), current.get(id)?.memoryBytes),
        })),
      }
    },
    start: (scope) => scope.every(EVERY_MS, () => void measure()),
  }
}

/** The interval that goes on is not stored yet; its last measurement stands for it. */
function upToNow(points: readonly Point[], at: number, now: number | undefined): readonly Point[] {
  const last = points.at(-1)
  return now === undefined || (last && last.at >= at) ? points : [...points, { at, value: now }]
}

/** Points as evenly spaced means. */
function means(points: readonly Point[], since: number, stepMs: number): (number | null)[] {
  const sums = Array.from({ length: RECENT_VALUES }, () => ({ sum: 0, count: 0 }))
  for (const { at, value } of points) {
    const into = sums[Math.floor((at - since) / stepMs)]
    if (!into) continue
    into.sum += value
    into.count += 1
  }
  return sums.map(({ sum, count }) => (count === 0 ? null : sum / count))
}

function cpuSeries(workloadId: string): string {
  return `workload:${workloadId}:cpu`
}

function memorySeries(workloadId: string): string {
  return `workload:${workloadId}:memory`
}
