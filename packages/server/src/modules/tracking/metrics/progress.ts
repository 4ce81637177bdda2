import { messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../../core/outbox.ts'
import { wireRunId } from '../values.ts'

const TICK_MS = 1000
/** So many runs are announced a tick; with more at work each is announced less often. */
const RUNS_A_TICK = 50
const FORGET_AFTER_MS = 60_000

interface Seen {
  readonly projectId: string
  dirty: boolean
  at: number
  /** The event it announced last, which the next one replaces. */
  eventId: string | undefined
}

export interface Progress {
  /** Something was logged to the run. Costs a map entry. */
  note(projectId: string, runId: string): void
  /** Announces what was noted since the last time. */
  announce(): Promise<void>
  start(scope: Scope): void
}

/**
 * `run.progressed`, which keeps pages live while something trains. A training logs many times a second for days, so: at most one a
 * second and run, for 50 runs a second in all, and each one replaces the one before it. The event table holds one row a run,
 * whoever reads events late learns the same, and logging itself waits for nothing.
 */
export function createProgress({ outbox, clock, log }: { outbox: Outbox; clock: Clock; log: Log }): Progress {
  const runs = new Map<string, Seen>()

  const announce = async () => {
    const now = clock.now()
    const due: [string, Seen][] = []
    for (const [runId, seen] of runs) {
      if (seen.dirty) due.push([runId, seen])
      else if (now - seen.at > FORGET_AFTER_MS) runs.delete(runId)
      if (due.length === RUNS_A_TICK) break
    }
    if (due.length === 0) return
    for (const [runId, seen] of due) {
      seen.dirty = false
      seen.at = now
      // At the end of the map: the next tick begins with those that wait longest.
      runs.delete(runId)
      runs.set(runId, seen)
    }
    const ids = await outbox.replace(
      due.map(([runId, { projectId, eventId }]) => ({ previousId: eventId, event: progressed(projectId, runId) })),
    )
    due.forEach(([, seen], index) => {
      seen.eventId = ids[index]
    })
  }

  return {
    note: (projectId, runId) => {
      const seen = runs.get(runId)
      if (seen) seen.dirty = true
      else runs.set(runId, { projectId, dirty: true, at: 0, eventId: undefined })
    },
    announce,
    start: (scope) =>
      scope.every(TICK_MS, () => {
        announce().catch((error: unknown) =>
          log.warn('progress of runs was not announced', { error: messageOf(error) }),
        )
      }),
  }
}

function progressed(projectId: string, runId: string): NewEvent {
  return { type: 'run.progressed', projectId, subject: { kind: 'run', id: wireRunId(runId) }, actorId: undefined }
}
