import { messageOf, type Log, type Scope } from '@mllab/kernel'

import type { Leases } from './leases.ts'

/** Work that comes round by itself: purges, sweeps. Of several servers one does it at a time. */
export interface Rounds {
  /**
   * Does the task each `everyMs` and five minutes after the start, never twice at once: a server on a laptop may not run for a day. Its signal is aborted when the scope closes, which waits for the task, or when another
   * server has taken the work. What fails is tried again the next time; the task must be safe to begin again.
   */
  every(scope: Scope, round: { readonly name: string; readonly everyMs: number }, task: Task): void
}

type Task = (signal: AbortSignal) => Promise<void>

const LEASE_MS = 60_000
const FIRST_MS = 5 * 60_000

export function createRounds({ leases, log }: { leases: Leases; log: Log }): Rounds {
  /** Holds the lease while the task runs. Nothing is done while somebody else has it. */
  const once = async (name: string, task: Task, stopping: AbortSignal) => {
    const lease = `round:${name}`
    if (!(await leases.take(lease, LEASE_MS))) return
    const lost = new AbortController()
    const renewal = setInterval(() => {
      leases
        .take(lease, LEASE_MS)
        .then((held) => (held ? undefined : lost.abort(new Error('another server has taken this work'))))
        .catch((error: unknown) => log.warn('lease was not renewed', { lease, error: messageOf(error) }))
    }, LEASE_MS / 3)
    try {
      await task(AbortSignal.any([stopping, lost.signal]))
    } finally {
      clearInterval(renewal)
      await leases.release(lease)
    }
  }

  return {
    every: (scope, { name, everyMs }, task) => {
      let running: Promise<void> | undefined
      const run = () =>
        once(name, task, scope.signal)
          .catch((error: unknown) => {
            if (!scope.closed) log.warn('a round failed', { round: name, error: messageOf(error) })
          })
          .finally(() => {
            running = undefined
          })
      const start = () => {
        running ??= run()
      }
      scope.every(everyMs, start)
      const first = setTimeout(start, FIRST_MS).unref()
      scope.defer(() => clearTimeout(first))
      scope.defer(() => running)
    },
  }
}
