import type { Hardware } from '@mllab/contract'
import { isPortError, type Clock } from '@mllab/kernel'

import type { Workload, Workloads } from '../workloads/workloads.ts'
import { isUp } from './life.ts'

type Machine = NonNullable<Hardware['machine']>

const TIMEOUT_MS = 5000
const MACHINE_KEPT_MS = 1500
const FILES_KEPT_MS = 60_000

/** Asked where it runs, so that it is about that machine, whichever it is. Processors are looked at twice. */
const LOOK = `
grep '^cpu ' /proc/stat; sleep 0.2; grep '^cpu ' /proc/stat
echo "cpus $(grep -c '^processor' /proc/cpuinfo)"
grep -E '^(MemTotal|MemAvailable):' /proc/meminfo
df -kP . | tail -n 1 | sed 's/^/disk /'
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=index,name,memory.total,memory.used,utilization.gpu --format=csv,noheader,nounits | sed 's/^/gpu /'
exit 0`

/** What the machine of a workspace has and does, and what the workspace uses of it. */
export function createHardware({
  workloads,
  clock,
  storageGb,
}: {
  workloads: Workloads
  clock: Clock
  /** How much its files should take at most. */
  storageGb?: number | undefined
}) {
  const { runtime } = workloads
  const machines = remembering(clock, MACHINE_KEPT_MS, async (workload: Workload): Promise<Machine | null> => {
    try {
      const { output } = await workloads.exec(workload, ['/bin/sh', '-c', LOOK], AbortSignal.timeout(TIMEOUT_MS))
      return parseMachine(output)
    } catch (error) {
      // Suspended, just ending, or too busy to say.
      if (isPortError(error) || (error instanceof Error && error.name === 'TimeoutError')) return null
      throw error
    }
  })
  const files = remembering(clock, FILES_KEPT_MS, (workload: Workload) =>
    runtime.volumes.usage(workload.id).then(
      ({ bytes }) => bytes,
      () => null,
    ),
  )
  const processes = remembering(clock, MACHINE_KEPT_MS, async (workload: Workload) =>
    runtime.capabilities.stats
      ? ((await runtime.instances.stats()).find(({ workloadId }) => workloadId === workload.id)?.processes ?? null)
      : null,
  )

  return async (workload: Workload): Promise<Hardware> => {
    const up = isUp(workload)
    const [machine, filesBytes, count] = await Promise.all([
      up ? machines(workload) : null,
      files(workload),
      up ? processes(workload) : null,
    ])
    const used = up ? workloads.usage.of(workload.id) : undefined
    const { cpus, memoryBytes } = workload.spec.resources
    return {
      machine,
      workspace: {
        cpusInUse: used?.cpu ?? null,
        cpuLimit: cpus ?? null,
        memoryUsedBytes: used?.memoryBytes ?? null,
        memoryLimitBytes: memoryBytes ?? null,
        processes: count,
        filesBytes,
        filesLimitBytes: storageGb === undefined ? null : Math.round(storageGb * 2 ** 30),
      },
    }
  }
}

/** Reads what `LOOK` prints; undefined numbers are 0. */
export function parseMachine(output: string): Machine {
  const lines = output.split('\n')
  const rest = (prefix: string) =>
    lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length).trim())
  const [before, after] = rest('cpu ').map((line) => {
    const ticks = line.split(/\s+/).map(Number)
    const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0)
    return { idle, all: ticks.slice(0, 8).reduce((sum, each) => sum + each, 0) }
  })
  const cpus = Number(rest('cpus ')[0] ?? 0)
  const span = before && after ? after.all - before.all : 0
  const busyShare = before && after && span > 0 ? 1 - (after.idle - before.idle) / span : 0
  const kibibytes = (prefix: string) => Number.parseInt(rest(prefix)[0] ?? '0', 10) * 1024
  const [, blocks, , free] = (rest('disk ')[0] ?? '').split(/\s+/)
  return {
    cpus,
    cpusInUse: Math.max(0, busyShare * cpus),
    memoryBytes: kibibytes('MemTotal:'),
    memoryUsedBytes: Math.max(0, kibibytes('MemTotal:') - kibibytes('MemAvailable:')),
    diskBytes: Number(blocks ?? 0) * 1024,
    diskFreeBytes: Number(free ?? 0) * 1024,
    gpus: rest('gpu ').map((line) => {
      const [index = '', name = '', total = '', used = '', load = ''] = line.split(',').map((part) => part.trim())
      return {
        index: Number(index),
        name,
        memoryBytes: Math.round(Number(total) * 2 ** 20) || 0,
        memoryUsedBytes: Math.round(Number(used) * 2 ** 20) || 0,
        load: Number.isFinite(Number.parseFloat(load)) ? Number.parseFloat(load) / 100 : null,
      }
    }),
  }
}

/** Several pages that ask at once cause one look. */
function remembering<T>(clock: Clock, keptMs: number, look: (workload: Workload) => Promise<T>) {
  const kept = new Map<string, { readonly at: number; readonly value: Promise<T> }>()
  return (workload: Workload): Promise<T> => {
    const now = clock.now()
    for (const [id, { at }] of kept) if (now - at >= keptMs) kept.delete(id)
    const known = kept.get(workload.id)
    if (known) return known.value
    const value = look(workload)
    kept.set(workload.id, { at: now, value })
    value.catch(() => kept.delete(workload.id))
    return value
  }
}
