import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import type { Scope } from '@mllab/kernel'

const LOOK_MS = 5000
/** A collection of 20 ms is worth it from here on. */
const WORTH_BYTES = 4 * 1024 * 1024
/** Share of a core below which nobody waits for us. */
const IDLE_SHARE = 0.05

/**
 * Gives back what the start, or a busy hour, has left behind: V8 collects when something is allocated, so a server with
 * nothing to do would keep its garbage (20 MB after the start) for as long as it has nothing to do.
 */
export function returnMemoryWhenIdle(scope: Scope): void {
  setFlagsFromString('--expose-gc')
  // V8 gives the function to contexts made from here on; its options are V8's own.
  const collect = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void
  let heapAfter = 0
  let cpu = process.cpuUsage()
  scope.every(LOOK_MS, () => {
    const { user, system } = process.cpuUsage(cpu)
    const idle = user + system < IDLE_SHARE * LOOK_MS * 1000
    if (idle && getHeapStatistics().total_heap_size - heapAfter > WORTH_BYTES) {
      collect({ type: 'major', flavor: 'last-resort' })
      heapAfter = getHeapStatistics().total_heap_size
    }
    cpu = process.cpuUsage()
  })
}
