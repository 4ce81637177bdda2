import { statfs } from 'node:fs/promises'

import type { Clock } from '@mllab/kernel'

import type { Host } from '../host/host.ts'
import { runningOf, type EndInstance } from './limits.ts'
import { treeOf, type Entry } from './registry.ts'
import { sentences } from './shortages.ts'

const MEBIBYTE = 1024 * 1024
/** Who wrote less than this within the window is not why the disk is full. */
const CULPRIT_BYTES = 8 * MEBIBYTE
const WINDOW_MS = 60_000
/** While nothing disappears there is no hurry, and a look at all processes costs 10 ms. */
const CALM_LOOK_MS = 2000
/** As many times as much may be lost before the floor is reached. */
const LOOKS_AHEAD = 6

interface Look {
  readonly at: number
  /** Bytes by run. */
  readonly written: ReadonlyMap<string, number>
}

/**
 * Keeps some space free for the platform: ends who wrote most within the last minute while less is left. To be called a few times a second:
 * as long as there is room it asks the file system only.
 */
export function createDiskGuard(input: {
  readonly host: Host
  readonly clock: Clock
  /** A folder on the disk to watch, and how much of it stays free. */
  readonly disk: { readonly folder: string; readonly floorBytes: number }
  readonly end: EndInstance
}) {
  const { host, clock, disk, end } = input
  let looks: readonly Look[] = []
  let freeBefore = 0

  return async (entries: readonly Entry[]): Promise<void> => {
    const { bavail, bsize } = await statfs(disk.folder)
    const freeBytes = bavail * bsize
    const lost = freeBefore - freeBytes
    // Looked at before the floor is reached, so that there is something to compare with then.
    const near = freeBytes < disk.floorBytes * 2 || freeBytes - lost * LOOKS_AHEAD < disk.floorBytes
    if (!near) {
      freeBefore = freeBytes
      looks = []
      return
    }
    const last = looks.at(-1)
    if (last && lost < MEBIBYTE && clock.now() - last.at < CALM_LOOK_MS) return
    freeBefore = freeBytes
    const running = runningOf(entries)
    const now = await host.written(running.map(treeOf))
    looks = [
      ...looks.filter(({ at }) => clock.now() - at < WINDOW_MS),
      { at: clock.now(), written: new Map(running.map(({ record }, index) => [record.run, now[index] ?? 0])) },
    ]
    if (freeBytes > disk.floorBytes) return
    const culprit = mostOf(running, (entry) => writtenOf(entry, looks))
    if (!culprit || culprit.amount < CULPRIT_BYTES) return
    looks = []
    await end(culprit.entry, 'disk-full', sentences.diskEnded(freeBytes, disk.floorBytes))
  }
}

export type DiskGuard = ReturnType<typeof createDiskGuard>

/** Who has most of something. */
export function mostOf(entries: readonly Entry[], amountOf: (entry: Entry, index: number) => number) {
  return entries
    .map((entry, index) => ({ entry, amount: amountOf(entry, index) }))
    .toSorted((a, b) => b.amount - a.amount)[0]
}

/** What ended between two looks takes its bytes with it: steps downwards count for nothing. */
function writtenOf({ record }: Entry, looks: readonly Look[]): number {
  const values = looks.flatMap(({ written }) => written.get(record.run) ?? [])
  return values.reduce((sum, value, index) => sum + Math.max(0, value - (values[index - 1] ?? value)), 0)
}
