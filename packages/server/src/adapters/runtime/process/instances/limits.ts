import { statfs } from 'node:fs/promises'

import type { Clock, Log } from '@mllab/kernel'

import type { Host } from '../host/host.ts'
import type { Activities } from './activity.ts'
import { logSize, readLogFloor, writeLogFloor } from './logs.ts'
import { writeNote, type EndNote } from './record.ts'
import { treeOf, type Entry } from './registry.ts'

/** Holes are made of whole blocks of the file system. */
const BLOCK_BYTES = 4096
const MEBIBYTE = 1024 * 1024
/** Who wrote less than this since the last look is not why the disk is full. */
const CULPRIT_BYTES = 8 * MEBIBYTE

export interface Limits {
  /** True where the kernel keeps not all of them. */
  readonly areSampled: boolean
  /** Gives the front of logs back that grew past their limit. */
  trimLogs(entries: readonly Entry[]): Promise<void>
  /** Ends instances that use more memory or processes than they may, and notes what they do. */
  enforce(entries: readonly Entry[]): Promise<void>
  /** Keeps some space free for the platform: ends who writes most while less is left. */
  guardDisk(entries: readonly Entry[]): Promise<void>
}

export interface LimitsInput {
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly logLimitBytes: number
  /** False: the kernel does it, by a memory cgroup. */
  readonly sampleMemory: boolean
  /** False: the kernel does it. */
  readonly sampleProcesses: boolean
  readonly maxProcesses: number
  readonly activities: Activities
  /** A folder on the disk to watch, and how much of it stays free. */
  readonly disk: { readonly folder: string; readonly floorBytes: number }
}

export function createLimits(input: LimitsInput): Limits {
  const { host, clock, log, logLimitBytes, maxProcesses, disk } = input
  let canPunch = true
  let written = new Map<string, number>()

  const trimLog = async (entry: Entry) => {
    const { log: file } = entry.files
    // A quarter of slack: one call frees a lot instead of many calls a little.
    const most = logLimitBytes * 1.25
    const size = await logSize(file)
    if (size <= most || size - (await readLogFloor(file)) <= most) return
    const newFloor = Math.floor((size - logLimitBytes) / BLOCK_BYTES) * BLOCK_BYTES
    await writeLogFloor(file, newFloor)
    canPunch = await host.punch(file, newFloor)
    if (!canPunch)
      log.warn('logs of workloads cannot be kept small: this file system or fallocate makes no holes', { file })
  }

  const end = async (entry: Entry, reason: EndNote['reason'], detail: string) => {
    log.info('an instance is ended', { instance: entry.record.spec.name, reason, detail })
    await writeNote(entry.files, entry.record.run, { reason, detail, at: clock.now() })
    await host.end(treeOf(entry), 0)
  }

  return {
    areSampled: input.sampleMemory || input.sampleProcesses,
    trimLogs: async (entries) => {
      for (const entry of entries) if (canPunch && !entry.exit) await trimLog(entry)
    },
    enforce: async (entries) => {
      const running = entries.filter((entry) => entry.identity && !entry.exit)
      const usage = await host.usage(running.map(treeOf))
      input.activities.note(running, usage, clock.now())
      await Promise.all(
        running.map(async (entry, index) => {
          const { memoryBytes = 0, processes = 0 } = usage[index] ?? {}
          const limit = entry.record.spec.resources.memoryBytes
          if (entry.exit) return
          if (input.sampleMemory && limit !== undefined && memoryBytes > limit)
            await end(entry, 'oom', `it used ${mebibytes(memoryBytes)} of memory, ${mebibytes(limit)} are allowed`)
          // One less: where the kernel keeps the limit, it is never passed.
          else if (processes >= maxProcesses)
            await end(entry, 'too-many-processes', `it had ${processes} processes, ${maxProcesses} are allowed`)
        }),
      )
    },
    guardDisk: async (entries) => {
      const { bavail, bsize } = await statfs(disk.folder)
      const freeBytes = bavail * bsize
      // Looked at from twice the floor on, so that there is something to compare with when it is reached.
      if (freeBytes > disk.floorBytes * 2) return written.clear()
      const running = entries.filter((entry) => entry.identity && !entry.exit)
      const now = await host.written(running.map(treeOf))
      const before = written
      written = new Map(running.map((entry, index) => [entry.record.run, now[index] ?? 0]))
      if (freeBytes > disk.floorBytes) return
      const [culprit] = running
        .map((entry, index) => ({ entry, bytes: (now[index] ?? 0) - (before.get(entry.record.run) ?? Infinity) }))
        .toSorted((a, b) => b.bytes - a.bytes)
      if (!culprit || culprit.bytes < CULPRIT_BYTES) return
      const detail = `the disk is almost full (${mebibytes(freeBytes)} left, ${mebibytes(disk.floorBytes)} are kept for the platform), and it wrote the most`
      await end(culprit.entry, 'disk-full', detail)
    },
  }
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`
}
