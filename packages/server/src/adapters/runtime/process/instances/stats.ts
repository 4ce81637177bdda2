import type { InstanceStats } from '../../../../ports/runtime.ts'
import type { Host } from '../host/host.ts'
import { treeOf, type Entry } from './registry.ts'

/** CPU and private memory of every running instance: one look at /proc for all of them. */
export async function usageOf(entries: readonly Entry[], host: Host, at: number): Promise<InstanceStats[]> {
  const running = entries.filter((entry) => entry.identity && !entry.exit)
  const usage = await host.usage(running.map(treeOf))
  return running.flatMap((entry, index) => {
    const used = usage[index]
    const { workloadId, replica } = entry.record.spec
    if (!used) return []
    const { cpuSeconds, memoryBytes, processes } = used
    return [{ workloadId, replica, cpuSeconds, memoryBytes, processes, at }]
  })
}
