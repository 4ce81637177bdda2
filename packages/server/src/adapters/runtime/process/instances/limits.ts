import type { Clock, Log } from '@mllab/kernel'

import type { Host } from '../host/host.ts'
import type { Activities } from './activity.ts'
import type { LogFloods } from './log-floods.ts'
import { logSize, readLogFloor, writeLogFloor } from './logs.ts'
import { writeNote, type EndNote } from './record.ts'
import { treeOf, type Entry } from './registry.ts'
import { sentences } from './shortages.ts'

/** Holes are made of whole blocks of the file system. */
const BLOCK_BYTES = 4096

export interface Limits {
  /** True where the kernel keeps not all of them. */
  readonly areSampled: boolean
  /** Gives the front of logs back that grew past their limit. */
  trimLogs(entries: readonly Entry[]): Promise<void>
  /** Ends instances that use more memory or processes than they may, and notes what they do. */
  enforce(entries: readonly Entry[]): Promise<void>
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
  readonly floods: LogFloods
  readonly end: EndInstance
}

/** Ends an instance that takes what others need, and keeps why for its page. */
export type EndInstance = (entry: Entry, reason: EndNote['reason'], detail: string) => Promise<void>

export function createEndInstance({ host, clock, log }: { host: Host; clock: Clock; log: Log }): EndInstance {
  return async (entry, reason, detail) => {
    log.info('an instance is ended', { instance: entry.record.spec.name, reason, detail })
    await writeNote(entry.files, entry.record.run, { reason, detail, at: clock.now() })
    await host.end(treeOf(entry), 0)
  }
}

/** Those that have processes. */
export function runningOf(entries: readonly Entry[]): Entry[] {
  return entries.filter((entry) => entry.identity && !entry.exit)
}

export function createLimits(input: LimitsInput): Limits {
  const { host, clock, log, logLimitBytes, maxProcesses, floods, end } = input
  let canPunch = true

  const trimLog = async ({ files: { log: file }, record }: Entry) => {
    // A quarter of slack: one call frees a lot instead of many calls a little.
    const most = logLimitBytes * 1.25
    const size = await logSize(file)
    if (!floods.knows(record.run)) floods.note(record.run, record.logFrom ?? size, record.startedAt)
    floods.note(record.run, size, clock.now())
    if (!canPunch || size <= most || size - (await readLogFloor(file)) <= most) return
    const newFloor = Math.floor((size - logLimitBytes) / BLOCK_BYTES) * BLOCK_BYTES
    await writeLogFloor(file, newFloor)
    canPunch = await host.punch(file, newFloor)
    if (!canPunch)
      log.warn('logs of workloads cannot be kept small: this file system or fallocate makes no holes', { file })
  }

  return {
    areSampled: input.sampleMemory || input.sampleProcesses,
    trimLogs: async (entries) => {
      const running = runningOf(entries)
      floods.keep(new Set(running.map(({ record }) => record.run)))
      for (const entry of running) await trimLog(entry)
    },
    enforce: async (entries) => {
      const running = runningOf(entries)
      const usage = await host.usage(running.map(treeOf))
      input.activities.note(running, usage, clock.now())
      await Promise.all(
        running.map(async (entry, index) => {
          const { memoryBytes = 0, processes = 0 } = usage[index] ?? {}
          const limit = entry.record.spec.resources.memoryBytes
          if (entry.exit) return
          if (input.sampleMemory && limit !== undefined && memoryBytes > limit)
            await end(entry, 'oom', sentences.memorySeen(memoryBytes, limit))
          else if (input.sampleProcesses && processes >= maxProcesses)
            await end(entry, 'too-many-processes', sentences.processesSeen(processes, maxProcesses))
        }),
      )
    },
  }
}
