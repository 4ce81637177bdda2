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
/** And while there is room: a fast program fills a small disk between two looks, and needs something to be compared with. */
const BASE_LOOK_MS = 10_000
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

  const lookAt = async (running: readonly Entry[]): Promise<Look> => {
    const written = await host.written(running.map(treeOf))
    return { at: clock.now(), written: new Map(running.map(({ record }, index) => [record.run, written[index] ?? 0])) }
  }

  return async (entries: readonly Entry[]): Promise<void> => {
    const { bavail, bsize } = await statfs(disk.folder)
    const freeBytes = bavail * bsize
    const lost = freeBefore - freeBytes
    const last = looks.at(-1)
    // Looked at more often before the floor is reached.
    const near = freeBytes < disk.floorBytes * 2 || freeBytes - lost * LOOKS_AHEAD < disk.floorBytes
    if (!near) {
      freeBefore = freeBytes
      const fresh = last && clock.now() - last.at < BASE_LOOK_MS
      looks = [fresh ? last : await lookAt(runningOf(entries))]
      return
    }
    if (last && lost < MEBIBYTE && clock.now() - last.at < CALM_LOOK_MS) return
    freeBefore = freeBytes
    const running = runningOf(entries)
    looks = [...looks.filter(({ at }) => clock.now() - at < WINDOW_MS), await lookAt(running)]
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

/** What ended between two looks takes its bytes with it: steps downwards count for nothing. What began after the first wrote all of it. */
function writtenOf({ record }: Entry, looks: readonly Look[]): number {
  const values = looks.flatMap(({ written }, index) => written.get(record.run) ?? (index === 0 ? 0 : []))
  return values.reduce((sum, value, index) => sum + Math.max(0, value - (values[index - 1] ?? value)), 0)
}
