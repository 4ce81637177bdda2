import type { Clock, Log } from '@mllab/kernel'

import type { Host } from '../host/host.ts'
import { logSize, readLogFloor, writeLogFloor } from './logs.ts'
import { writeNote } from './record.ts'
import { treeOf, type Entry } from './registry.ts'
import { usageOf } from './stats.ts'

/** Holes are made of whole blocks of the file system. */
const BLOCK_BYTES = 4096

export interface Limits {
  /** Gives the front of logs back that grew past their limit. */
  trimLogs(entries: readonly Entry[]): Promise<void>
  /** Ends instances that use more memory than they asked for: there is no hard limit without a memory cgroup. */
  enforceMemory(entries: readonly Entry[]): Promise<void>
}

export function createLimits(input: { host: Host; clock: Clock; log: Log; logLimitBytes: number }): Limits {
  const { host, clock, log, logLimitBytes } = input
  let canPunch = true

  const trimLog = async (entry: Entry) => {
    const { log: file } = entry.files
    const [size, floor] = [await logSize(file), await readLogFloor(file)]
    // A quarter of slack: one call frees a lot instead of many calls a little.
    if (size - floor <= logLimitBytes * 1.25) return
    const newFloor = Math.floor((size - logLimitBytes) / BLOCK_BYTES) * BLOCK_BYTES
    await writeLogFloor(file, newFloor)
    canPunch = await host.punch(file, newFloor)
    if (!canPunch)
      log.warn('logs of workloads cannot be kept small: this file system or fallocate makes no holes', { file })
  }

  const enforce = async (entry: Entry, memoryBytes: number) => {
    const limit = entry.record.spec.resources.memoryBytes
    if (limit === undefined || memoryBytes <= limit || entry.exit) return
    const detail = `it used ${mebibytes(memoryBytes)} MiB of memory, ${mebibytes(limit)} are allowed`
    await writeNote(entry.files, entry.record.run, { reason: 'oom', detail, at: clock.now() })
    await host.end(treeOf(entry), 0)
  }

  return {
    trimLogs: async (entries) => {
      for (const entry of entries) if (canPunch && !entry.exit) await trimLog(entry)
    },
    enforceMemory: async (entries) => {
      const limited = entries.filter((entry) => entry.record.spec.resources.memoryBytes !== undefined)
      if (limited.length === 0) return
      const usage = await usageOf(limited, host, clock.now())
      const byRef = new Map(usage.map((used) => [`${used.workloadId}.${used.replica}`, used.memoryBytes]))
      await Promise.all(limited.map((entry) => enforce(entry, byRef.get(entry.key) ?? 0)))
    },
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}
