import type { InstanceStats } from '../../../../ports/runtime.ts'
import type { Host } from '../host/host.ts'
import { runningOf } from './limits.ts'
import type { Notices } from './notices.ts'
import { treeOf, type Entry } from './registry.ts'

/** CPU and private memory of every running instance, and what it was held back from: one look at /proc for all of them. */
export async function usageOf(
  entries: readonly Entry[],
  { host, notices }: { readonly host: Host; readonly notices: Notices },
  at: number,
): Promise<InstanceStats[]> {
  const running = runningOf(entries)
  const usage = await host.measure(running.map(treeOf))
  const held = notices(
    running,
    usage.map(({ strain }) => strain),
  )
  return running.flatMap((entry, index) => {
    const used = usage[index]
    const { workloadId, replica } = entry.record.spec
    if (!used) return []
    const { cpuSeconds, memoryBytes, processes } = used
    return [{ workloadId, replica, cpuSeconds, memoryBytes, processes, notices: held[index] ?? [], at }]
  })
}
