import { isPortError, messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { startReconcileLoop, type ReconcileLoop } from '../../core/reconcile.ts'
import { systemActor, visible } from '../access/access.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import type { Activity, Calls } from './activity.ts'
import { DAY_MS, dueOf, isUp } from './life.ts'
import { linkDatasets } from './link-datasets.ts'
import type { Repositories } from './repository.ts'
import { asleep, nextStep, type Sleeper } from './sleep.ts'
import type { WorkspaceRow, WorkspacesStore } from './workspaces.store.ts'

export interface KeeperOptions {
  readonly workloads: Workloads
  readonly store: WorkspacesStore
  readonly activity: Activity
  readonly repositories: Repositories
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
}

export type Keeper = ReturnType<typeof createKeeper>

const LOOK_EVERY_MS = 60_000
const RESYNC_MS = 30_000
const LISTEN_MS = 25
const RETRY_MS = 500
/** How exact the time of the last use is kept, so that not every look is a write. */
const ACTIVE_PRECISION_MS = 20_000

/** Looks after workspaces: prepares those that came up, suspends and stops unused ones, ends those whose days are over. */
export function createKeeper({ workloads, store, activity, repositories, outbox, clock, log }: KeeperOptions) {
  const canSuspend = workloads.runtime.capabilities.suspend
  const suspended = new Map<string, Turning>()
  let loop: ReconcileLoop | undefined

  const event = (type: `workspace.${string}`, workload: Workload, payload: Record<string, unknown> = {}): NewEvent => ({
    type,
    projectId: workload.projectId,
    subject: { kind: 'workspace', id: workload.id },
    actorId: undefined,
    payload: { slug: workload.slug, name: workload.name, owner: workload.ownerId, ...payload },
  })

  const change = async (
    workload: Workload,
    row: WorkspaceRow,
    changed: Partial<WorkspaceRow>,
    events: NewEvent[] = [],
  ) => {
    await outbox.commit([store.changeStep(workload.id, changed)], events)
    return { ...row, ...changed }
  }

  const stop = async (workload: Workload, code: string, detail: string) => {
    suspended.delete(workload.id)
    const seen = visible(systemActor, 'workspaces:write')
    await workloads.desire(systemActor, seen, workload, 'stopped', { code, detail, exitCode: null, lastLines: [] })
  }

  /** After each start: what its person finds there, and that its time counts anew. */
  const prepare = async (workload: Workload, row: WorkspaceRow): Promise<WorkspaceRow> => {
    suspended.delete(workload.id)
    await linkDatasets(workloads, workload, log)
    const now = clock.now()
    const prepared = await change(workload, row, {
      prepared_generation: workload.generation,
      active_at: now,
      busy: '',
      suspended_at: null,
      stop_warned_at: null,
    })
    return (await repositories.begin(workload, prepared)) ? { ...prepared, git_status: 'cloning' } : prepared
  }

  const look = async (workload: Workload, row: WorkspaceRow): Promise<WorkspaceRow> => {
    const { at = 0, busy } = await activity.look(workload)
    const newer = at - row.active_at > ACTIVE_PRECISION_MS || (busy !== '' && at > row.active_at)
    if (!newer && busy === row.busy) return row
    return change(workload, row, {
      busy,
      ...(at > row.active_at ? { active_at: at, stop_warned_at: null } : {}),
    })
  }

  const resume = async (workload: Workload): Promise<void> => {
    await workloads.suspend(workload, false)
    suspended.delete(workload.id)
    await outbox.commit(
      [store.changeStep(workload.id, { suspended_at: null, active_at: clock.now(), stop_warned_at: null })],
      [event('workspace.resumed', workload)],
    )
    loop?.wake(workload.id)
  }

  const keepAsleep = (workload: Workload, calls: Calls, jupyter: boolean) =>
    suspended.set(workload.id, { workload, turning: false, notBefore: 0, ...asleep(calls, jupyter) })

  const suspend = async (workload: Workload, row: WorkspaceRow): Promise<WorkspaceRow> => {
    const jupyter = await activity.isJupyter(workload)
    keepAsleep(workload, activity.callsOf(workload), jupyter)
    await workloads.suspend(workload, true)
    return change(workload, row, { suspended_at: clock.now(), busy: '' }, [event('workspace.suspended', workload)])
  }

  /** Its days to live: a warning, the end, and a week later its files. Answers the row, or undefined once it is gone. */
  const age = async (workload: Workload, row: WorkspaceRow): Promise<WorkspaceRow | undefined> => {
    const now = clock.now()
    const due = dueOf(row, workload, canSuspend)
    if (due.deleteAt !== null && due.deleteAt <= now) {
      await workloads.remove(systemActor, visible(systemActor, 'workspaces:write'), workload)
      return undefined
    }
    if (due.expireAt !== null && due.expireAt <= now) {
      if (workload.desired === 'running') await stop(workload, 'expired', 'Its days to live are over.')
      return change(workload, row, { expired_at: now }, [event('workspace.expired', workload)])
    }
    if (due.warnExpiryAt !== null && due.warnExpiryAt <= now && row.expiry_warned_at === null)
      return change(workload, row, { expiry_warned_at: now }, [
        event('workspace.expiring', workload, { expiresAt: due.expireAt }),
      ])
    return row
  }

  /** One that is up: prepared, looked at, suspended, warned, stopped. */
  const mind = async (workload: Workload, given: WorkspaceRow): Promise<WorkspaceRow> => {
    let row = given.prepared_generation === workload.generation ? given : await prepare(workload, given)
    if (row.suspended_at === null) row = await look(workload, row)
    // By the server before this one: whoever came since waits.
    else if (!suspended.has(workload.id)) {
      // It may have been answering a page just then.
      await workloads.suspend(workload, true)
      keepAsleep(workload, { touches: 0, requests: 0 }, false)
    }
    const now = clock.now()
    const due = dueOf(row, workload, canSuspend)
    if (due.stopAt !== null && due.stopAt <= now) {
      await stop(workload, 'idle', `Nobody used it for ${spanText(now - row.active_at)}.`)
      return row
    }
    if (due.warnStopAt !== null && due.warnStopAt <= now && row.stop_warned_at === null)
      row = await change(workload, row, { stop_warned_at: now }, [
        event('workspace.idle', workload, { stopsAt: due.stopAt }),
      ])
    return due.suspendAt !== null && due.suspendAt <= now && row.busy === '' ? suspend(workload, row) : row
  }

  const step = async (id: string): Promise<number | undefined> => {
    const workload = await workloads.byId(id)
    const found = await store.get(id)
    if (!workload || !found || workload.desired === 'deleted') {
      suspended.delete(id)
      activity.forget(id)
      return undefined
    }
    if (!workloads.isOurs(workload)) return RESYNC_MS
    try {
      let row = await age(workload, found)
      if (!isUp(workload)) suspended.delete(workload.id)
      if (row && row.expired_at === null && isUp(workload)) row = await mind(workload, row)
      return row && nextLook(row, workload)
    } catch (error) {
      // It ended while it was looked at: its next status brings us back.
      if (isPortError(error, 'UNAVAILABLE') || isPortError(error, 'NOT_FOUND')) return 1000
      throw error
    }
  }

  const nextLook = (row: WorkspaceRow, workload: Workload): number => {
    const now = clock.now()
    const { warnStopAt, warnExpiryAt, ...due } = dueOf(row, workload, canSuspend)
    const times = [
      ...Object.values(due),
      row.stop_warned_at === null ? warnStopAt : null,
      row.expiry_warned_at === null ? warnExpiryAt : null,
    ]
    const soonest = Math.min(...times.filter((at) => at !== null))
    return Math.max(50, Math.min(LOOK_EVERY_MS, soonest - now))
  }

  /** What comes waits at the socket of a suspended workspace; we see that it came. */
  const listen = () => {
    const now = clock.now()
    for (const sleeper of suspended.values()) if (!sleeper.turning && sleeper.notBefore <= now) turn(sleeper)
  }

  const turn = (sleeper: Turning) => {
    const { workload } = sleeper
    const calls = activity.callsOf(workload)
    const step = nextStep(sleeper, calls, clock.now())
    if (step === 'stay') return
    sleeper.turning = true
    const done = async () => {
      if (step === 'resume') return resume(workload)
      await workloads.suspend(workload, step === 'stand-still')
      sleeper.awakeSince = step === 'answer' ? clock.now() : undefined
      sleeper.heard = { requests: calls.requests, at: clock.now() }
      if (step === 'stand-still') sleeper.calls = calls
    }
    done()
      .catch((error: unknown) => {
        log.warn('a suspended workspace was not turned', { workload: workload.id, step, error: messageOf(error) })
        // Whoever waits goes on waiting, until it works or is found to have ended.
        sleeper.notBefore = clock.now() + RETRY_MS
        loop?.wake(workload.id)
      })
      .finally(() => (sleeper.turning = false))
  }

  return {
    suspend,
    resume,
    wake: (workloadId: string) => loop?.wake(workloadId),
    start: (scope: Scope): void => {
      loop = startReconcileLoop({
        name: 'workspaces',
        scope,
        log,
        resyncMs: RESYNC_MS,
        concurrency: 8,
        keys: store.watched,
        step,
      })
      workloads.onStatus('workspace', (workload) => loop?.wake(workload.id))
      if (canSuspend) scope.every(LISTEN_MS, listen)
    },
  }
}

interface Turning extends Sleeper {
  readonly workload: Workload
  /** It is being woken or stopped this moment. */
  turning: boolean
  notBefore: number
}

function spanText(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)} days`
  const minutes = Math.round(ms / 60_000)
  return minutes >= 120 ? `${Math.round(minutes / 60)} hours` : `${minutes} minutes`
}
