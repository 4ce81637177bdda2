import type { Clock, Scope } from '@mllab/kernel'

import type { Runtime } from '../../ports/runtime.ts'

export interface WorkloadUsage {
  /** Cores in use over the last interval. */
  readonly cpu: number
  readonly memoryBytes: number
}

/** CPU and memory of what runs, from one pass over all instances each few seconds. Nothing is kept for later here. */
export interface Usage {
  of(workloadId: string): WorkloadUsage | undefined
  start(scope: Scope): void
}

const EVERY_MS = 5000

export function createUsage({ runtime, clock }: { runtime: Runtime; clock: Clock }): Usage {
  let current = new Map<string, WorkloadUsage>()
  let before = new Map<string, { cpuSeconds: number; at: number }>()
  let measuring = false

  const measure = async () => {
    if (measuring || !runtime.capabilities.stats) return
    measuring = true
    try {
      const next = new Map<string, WorkloadUsage>()
      const seen = new Map<string, { cpuSeconds: number; at: number }>()
      for (const stats of await runtime.instances.stats()) {
        const last = before.get(stats.workloadId)
        const elapsedMs = last ? stats.at - last.at : 0
        const cpu = last && elapsedMs > 0 ? Math.max(0, ((stats.cpuSeconds - last.cpuSeconds) * 1000) / elapsedMs) : 0
        next.set(stats.workloadId, { cpu, memoryBytes: stats.memoryBytes })
        seen.set(stats.workloadId, { cpuSeconds: stats.cpuSeconds, at: stats.at })
      }
      current = next
      before = seen
    } catch {
      current = new Map() // Unknown is better than old; the next pass tries again.
    } finally {
      measuring = false
    }
  }

  let lastAsked = 0
  return {
    of: (workloadId) => {
      lastAsked = clock.now()
      return current.get(workloadId)
    },
    start: (scope) => {
      // Measured only while somebody looks, and a little longer.
      scope.every(EVERY_MS, () => (clock.now() - lastAsked < 60_000 ? void measure() : undefined))
    },
  }
}
