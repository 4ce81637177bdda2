import { LabError, type Workspace } from '@mllab/contract'
import type { Clock } from '@mllab/kernel'

import type { Database } from '../../ports/database.ts'
import type { Actor, ProjectRef, Visible } from '../access/access.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import type { Keeper } from './keeper.ts'
import { DAY_MS, HOUR_MS, isUp } from './life.ts'
import type { Snapshots } from './snapshots.ts'
import type { WorkspaceAction } from './workspaces.policy.ts'
import type { WorkspaceRow, WorkspacesStore } from './workspaces.store.ts'

export interface RunningOptions {
  readonly db: Database
  readonly clock: Clock
  readonly workloads: Workloads
  readonly store: WorkspacesStore
  readonly keeper: Keeper
  readonly snapshots: Snapshots
  readonly forAction: (
    actor: Actor,
    project: ProjectRef,
    slug: string,
    action: WorkspaceAction,
  ) => Promise<{ seen: Visible; workload: Workload; row: WorkspaceRow }>
  readonly presentOne: (actor: Actor, workload: Workload) => Promise<Workspace>
  readonly announce: (workload: Workload, type: `workspace.${string}`, actor: Actor) => Promise<unknown>
}

/** Whether workspaces run, rest or wait, and for how long. */
export function createRunning({
  db,
  clock,
  workloads,
  store,
  keeper,
  snapshots,
  forAction,
  presentOne,
  announce,
}: RunningOptions) {
  const requireAlive = (row: { readonly expired_at: number | null }) => {
    if (row.expired_at !== null)
      throw new LabError('CONFLICT', { reason: 'Its days to live are over. Keep it for some more first.' })
  }

  /** Has one run that rests, for whoever may. */
  const begin = async (actor: Actor, seen: Visible, workload: Workload): Promise<Workload> => {
    const row = await store.get(workload.id)
    if (!row) throw new LabError('NOT_FOUND', { what: 'workspace' })
    requireAlive(row)
    await snapshots.requireWhole(workload)
    return workloads.desire(actor, seen, workload, 'running')
  }

  return {
    begin,

    start: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forAction(actor, project, slug, 'start')
      return presentOne(actor, await begin(actor, seen, workload))
    },

    /** One call for a stop and a start, with what was changed meanwhile. */
    restart: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload, row } = await forAction(actor, project, slug, 'start')
      requireAlive(row)
      await snapshots.requireWhole(workload)
      return presentOne(actor, await workloads.restart(actor, seen, workload))
    },

    update: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload, row } = await forAction(actor, project, slug, 'start')
      requireAlive(row)
      await snapshots.requireWhole(workload)
      return presentOne(actor, await workloads.update(actor, seen, workload))
    },

    stop: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forAction(actor, project, slug, 'stop')
      return presentOne(actor, await workloads.desire(actor, seen, workload, 'stopped'))
    },

    suspend: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { workload, row } = await forAction(actor, project, slug, 'suspend')
      if (!workloads.runtime.capabilities.suspend)
        throw new LabError('UNSUPPORTED', { reason: 'This runtime cannot suspend what runs.' })
      requireUp(workload)
      if (row.suspended_at === null) await keeper.suspend(workload, row)
      return presentOne(actor, workload)
    },

    resume: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { workload, row } = await forAction(actor, project, slug, 'suspend')
      requireUp(workload)
      if (row.suspended_at !== null) await keeper.resume(workload)
      return presentOne(actor, workload)
    },

    keep: async (actor: Actor, project: ProjectRef, slug: string, input: { hours: number; days: number }) => {
      const { workload, row } = await forAction(actor, project, slug, 'keep')
      const now = clock.now()
      if (row.expired_at !== null && input.days === 0)
        throw new LabError('INVALID_INPUT', { reason: 'It has expired: say for how many days it is kept.' })
      const longer = input.days > 0 && (row.expires_at !== null || row.expired_at !== null)
      await db.batch([
        store.changeStep(workload.id, {
          active_at: now,
          stop_warned_at: null,
          ...(input.hours > 0 ? { keep_until: now + Math.round(input.hours * HOUR_MS) } : {}),
          ...(longer
            ? {
                expires_at: Math.max(now, row.expires_at ?? now) + Math.round(input.days * DAY_MS),
                expiry_warned_at: null,
                expired_at: null,
              }
            : {}),
        }),
      ])
      await announce(workload, 'workspace.kept', actor)
      keeper.wake(workload.id)
      return presentOne(actor, workload)
    },
  }
}

/** Throws `NOT_RUNNING`. */
export function requireUp(workload: Workload): void {
  if (!isUp(workload)) throw new LabError('NOT_RUNNING', { name: workload.name, status: workload.status })
}
