import type { WorkloadStatus } from '@mllab/contract'
import { sql } from 'kysely'

import type { BatchStep, Database } from '../../ports/database.ts'
import type { Visible } from '../access/access.ts'
import { declaredSpec, waitingSteps, type NextSpec, type Reason, type Workload } from './workload.ts'

export type DeclaringStore = ReturnType<typeof createDeclaringStore>

/** What a new workload brings along; the rest begins empty. */
export type DeclaredWorkload = Omit<
  Workload,
  | 'imageKey'
  | 'reason'
  | 'restarts'
  | 'restartedAt'
  | 'startedAt'
  | 'purgedAt'
  | 'restartFor'
  | 'revision'
  | 'next'
  | 'desired'
  | 'generation'
  | 'status'
>

/** Writes what should be. Steps named `workload` touch one that is visible and not deleted, or fail the batch. */
export function createDeclaringStore(db: Database) {
  const living = (visible: Visible, id: string) => {
    const query = db.sql.updateTable('workload').where('id', '=', id).where('deleted_at', 'is', null)
    return visible.projects === 'all' ? query : query.where('project_id', 'in', visible.projects)
  }

  return {
    createStep: (workload: DeclaredWorkload): BatchStep => ({
      name: 'workload',
      query: db.sql
        .insertInto('workload')
        .values({
          id: workload.id,
          project_id: workload.projectId,
          kind: workload.kind,
          slug: workload.slug,
          name: workload.name,
          owner_id: workload.ownerId,
          desired: 'running',
          generation: 1,
          spec: JSON.stringify(workload.spec),
          revision: 0,
          next: null,
          image_key: null,
          status: 'starting',
          status_since: workload.statusSince,
          reason: null,
          steps: JSON.stringify(workload.steps),
          restarts: 0,
          restarted_at: null,
          started_at: null,
          shard: workload.shard,
          created_at: workload.createdAt,
          updated_at: workload.createdAt,
          deleted_at: null,
          purged_at: null,
        })
        .compile(),
    }),

    /**
     * Declares that it should run, as what it was changed to meanwhile. The generation counts up, so that what still runs of an older one is
     * replaced; `anew` also has the image resolved again. Fails if it was changed since it was read.
     */
    startStep: (
      visible: Visible,
      workload: Workload,
      { anew = false, nowMs }: { anew?: boolean; nowMs: number },
    ): BatchStep => ({
      name: 'workload',
      query: living(visible, workload.id)
        .set((eb) => ({
          desired: 'running' as const,
          generation: eb('generation', '+', 1),
          spec: JSON.stringify(declaredSpec(workload)),
          next: null,
          status: 'starting' as const,
          status_since: nowMs,
          reason: null,
          steps: JSON.stringify(waitingSteps(declaredSpec(workload))),
          restarts: 0,
          updated_at: nowMs,
          ...(anew || declaredSpec(workload).image !== workload.spec.image ? { image_key: null } : {}),
        }))
        .where('revision', '=', workload.revision)
        .returningAll()
        .compile(),
      expect: 1,
    }),

    restStep: (visible: Visible, id: string, reason: Reason | undefined, nowMs: number): BatchStep => ({
      name: 'workload',
      query: living(visible, id)
        .set({
          desired: 'stopped',
          status: sql<WorkloadStatus>`case when status = 'stopped' then 'stopped' else 'stopping' end`,
          status_since: nowMs,
          reason: reason ? JSON.stringify(reason) : null,
          updated_at: nowMs,
        })
        .returningAll()
        .compile(),
      expect: 1,
    }),

    /** What its next start makes of it, and its name from now on. Fails if it was changed or started since it was read. */
    changeStep: (
      visible: Visible,
      workload: Workload,
      { next, name, nowMs }: { next: NextSpec | null; name: string; nowMs: number },
    ): BatchStep => ({
      name: 'workload',
      query: living(visible, workload.id)
        .set((eb) => ({
          revision: eb('revision', '+', 1),
          next: next && JSON.stringify(next),
          name,
          updated_at: nowMs,
        }))
        .where('revision', '=', workload.revision)
        .where('generation', '=', workload.generation)
        .returningAll()
        .compile(),
      expect: 1,
    }),

    /** Nobody deletes it before the batch ends. */
    livingStep: (id: string): BatchStep => ({
      name: 'workload',
      query: living({ projects: 'all' }, id)
        .set((eb) => ({ updated_at: eb.ref('updated_at') }))
        .compile(),
      expect: 1,
    }),

    deleteStep: (visible: Visible, id: string, nowMs: number): BatchStep => ({
      name: 'workload',
      query: living(visible, id).set({ desired: 'deleted', deleted_at: nowMs, updated_at: nowMs }).compile(),
      expect: 1,
    }),
  }
}
