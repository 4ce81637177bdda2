import type { Workspace } from '@mllab/contract'
import { isoTime, isoTimeOrNull } from '@mllab/kernel'

import type { Workload } from '../workloads/workloads.ts'
import type { WorkspaceRow } from './workspaces.store.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** What becomes of workspaces that nobody uses; 0 is never. */
export interface LifeSpans {
  readonly suspendAfterMinutes: number
  readonly stopAfterHours: number
  readonly daysToLive: number
}

/** How long files of an expired workspace can be brought back. */
export const GRACE_MS = 7 * DAY_MS
const WARN_BEFORE_STOP_MS = 10 * MINUTE_MS
const WARN_BEFORE_EXPIRY_MS = DAY_MS

/** When things happen to a workspace if nobody uses it from now on. */
export interface Due {
  readonly suspendAt: number | null
  readonly warnStopAt: number | null
  readonly stopAt: number | null
  readonly warnExpiryAt: number | null
  readonly expireAt: number | null
  readonly deleteAt: number | null
}

export function dueOf(row: WorkspaceRow, workload: Workload, canSuspend: boolean): Due {
  const runs = isUp(workload)
  const idleFrom = Math.max(row.active_at, row.keep_until)
  const after = (spanMs: number, condition: boolean) => (condition && spanMs > 0 ? idleFrom + spanMs : null)
  const stopAt = after(row.stop_after_ms, runs)
  const alive = row.expired_at === null
  return {
    suspendAt: after(row.suspend_after_ms, runs && canSuspend && row.suspended_at === null),
    stopAt,
    warnStopAt: stopAt === null ? null : stopAt - Math.min(WARN_BEFORE_STOP_MS, row.stop_after_ms / 2),
    expireAt: alive ? row.expires_at : null,
    warnExpiryAt: alive && row.expires_at !== null ? row.expires_at - warningSpan(row.expires_at, workload) : null,
    deleteAt: row.expired_at === null ? null : row.expired_at + GRACE_MS,
  }
}

export function isUp(workload: Workload): boolean {
  return workload.desired === 'running' && (workload.status === 'running' || workload.status === 'unhealthy')
}

export function presentLife(row: WorkspaceRow, workload: Workload, canSuspend: boolean): Workspace['life'] {
  const due = dueOf(row, workload, canSuspend)
  return {
    suspendAfterMinutes: row.suspend_after_ms / MINUTE_MS,
    stopAfterHours: row.stop_after_ms / HOUR_MS,
    activeAt: isoTime(row.active_at),
    busy: isUp(workload) ? row.busy : '',
    suspendedAt: isUp(workload) ? isoTimeOrNull(row.suspended_at) : null,
    suspendsAt: timeOrNull(due.suspendAt),
    stopsAt: timeOrNull(due.stopAt),
    expiresAt: isoTimeOrNull(row.expires_at),
    expiredAt: isoTimeOrNull(row.expired_at),
    deletedAt: timeOrNull(due.deleteAt),
  }
}

/** A day before, or half of a short life. */
function warningSpan(expiresAt: number, workload: Workload): number {
  return Math.min(WARN_BEFORE_EXPIRY_MS, (expiresAt - workload.createdAt) / 2)
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(Math.round(ms))
}
