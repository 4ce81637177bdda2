import { subscribe } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

import { CRASH_POINTS } from '@mllab/kernel'

/** `point` may end in `*`; the process ends the `nth` time one that fits is reached. */
export interface Arming {
  readonly point: string
  readonly nth: number
}

// Loaded with `--import` before the program: ends it with SIGKILL where its parent says.
if (isMainThread && process.send) {
  let armed: Arming | undefined
  let reached = 0
  process.on('message', (message: Arming) => {
    armed = message
    reached = 0
    process.send?.('armed')
  })
  // A parent that is gone must not keep the program alive.
  process.channel?.unref()
  subscribe(CRASH_POINTS, (name) => {
    if (!armed || typeof name !== 'string' || !fits(armed.point, name)) return
    reached += 1
    if (reached < armed.nth) return
    writeSync(2, `crash point ${name}\n`)
    process.kill(process.pid, 'SIGKILL')
  })
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
