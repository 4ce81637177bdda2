import { crashPoint, type Clock, type Log } from '@mllab/kernel'

import type { Lease } from '../../core/leases.ts'
import type { ObservedInstance, Runtime } from '../../ports/runtime.ts'
import type { Routes } from '../routes/routes.ts'
import { lastLines } from './last-lines.ts'
import type { Observe } from './starting.ts'
import { endSteps, refOf, type Reason, type Workload } from './workload.ts'

const MAX_RESTARTS = 5
/** A program ends with it if it was set up wrong (`EX_CONFIG` of sysexits.h): another start would end the same. */
const MISCONFIGURED = 78
const RESTART_WINDOW_MS = 10 * 60_000
const FIRST_RESTART_PAUSE_MS = 1000

/** What follows when the process of a workload has ended by itself: a service starts again, everything else has ended for a reason. */
export function createEnding(
  { runtime, routes, clock, log }: { runtime: Runtime; routes: Routes; clock: Clock; log: Log },
  observe: Observe,
) {
  /** Makes room for another start of a service that ended, unless that happened too often: then false. */
  const restarts = async (workload: Workload, lease: Lease, seen: ObservedInstance): Promise<boolean> => {
    const recent = workload.restartedAt !== null && clock.now() - workload.restartedAt < RESTART_WINDOW_MS
    const count = (recent ? workload.restarts : 0) + 1
    if (count > MAX_RESTARTS) return false
    routes.report(workload.id, { state: 'starting' })
    const reason = await exitReason(workload, seen)
    await observe(workload, lease, { status: 'starting', reason, restarts: count, restartedAt: clock.now() })
    crashPoint('restart/counted')
    await runtime.instances.remove(refOf(workload), { keepLog: true })
    crashPoint('restart/removed')
    log.info('service is restarted', { workload: workload.id, restarts: count })
    return true
  }

  const exitReason = async (workload: Workload, seen: ObservedInstance): Promise<Reason> => {
    const code = seen.exit?.code ?? null
    const details: Readonly<Record<string, string>> = {
      oom: 'It used more memory than it may and was ended.',
      killed: 'It was killed.',
      lost: 'Nobody saw how it ended, probably because the machine was restarted.',
      'start-failed': 'It could not be started.',
    }
    const reason = seen.exit?.reason ?? 'lost'
    const lines = await lastLines(runtime, workload.id)
    const said = isMisconfigured(seen) ? lines.at(-1)?.replace(/^execute_code: /, '') : undefined
    return {
      code: said === undefined ? reason : 'setup',
      detail: said ?? seen.exit?.detail ?? details[reason] ?? `It ended with code ${code}.`,
      exitCode: code,
      lastLines: lines,
    }
  }

  return async (workload: Workload, lease: Lease, seen: ObservedInstance): Promise<number | undefined> => {
    const cleanEnd = seen.exit?.reason === 'exit' && seen.exit.code === 0
    if (workload.kind === 'service' && !isMisconfigured(seen) && (await restarts(workload, lease, seen))) return 0
    routes.report(workload.id, { state: cleanEnd && workload.kind === 'workspace' ? 'stopped' : 'failed' })
    if (cleanEnd && workload.kind === 'workspace') {
      await observe(workload, lease, {
        status: 'stopped',
        reason: { code: 'exit', detail: 'It was shut down from inside.', exitCode: 0, lastLines: [] },
        steps: endSteps(workload.steps, 'done', clock),
      })
      return undefined
    }
    await observe(workload, lease, {
      status: 'failed',
      reason: await exitReason(workload, seen),
      steps: endSteps(workload.steps, 'failed', clock),
    })
    return undefined
  }
}

function isMisconfigured({ exit }: ObservedInstance): boolean {
  return exit?.reason === 'exit' && exit.code === MISCONFIGURED
}

/**
 * How long a service that ended has to wait for its next start: not at all the first time, 8 s the fifth. When somebody asks for a start,
 * counting begins anew.
 */
export function restartDueInMs({ status, restarts, restartedAt }: Workload, clock: Clock): number {
  if (status !== 'starting' || restarts < 2 || restartedAt === null) return 0
  return restartedAt + FIRST_RESTART_PAUSE_MS * 2 ** (restarts - 2) - clock.now()
}
