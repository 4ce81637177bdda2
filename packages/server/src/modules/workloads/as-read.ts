import { LabError } from '@mllab/contract'

import { ExpectationError, type StepResult } from '../../ports/database.ts'
import type { Workload } from './workload.ts'
import { workloadOf } from './workloads.store.ts'

const TRIES = 5

/** Writes what follows from a workload as it was read; tries again with what it is by now if somebody was faster. Throws `NOT_FOUND`. */
export async function asRead(
  read: (workloadId: string) => Promise<Workload | undefined>,
  given: Workload,
  write: (workload: Workload) => Promise<Workload>,
): Promise<Workload> {
  let workload = given
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write(workload)
    } catch (error) {
      if (!(error instanceof ExpectationError) || attempt === TRIES) throw error
      const now = await read(given.id)
      if (!now || now.desired === 'deleted') throw new LabError('NOT_FOUND', { what: given.kind }, { cause: error })
      workload = now
    }
  }
}

/** The workload that a step of a batch has written and answered with all its columns. */
export function returned(results: readonly StepResult[], step: number): Workload {
  const row = results[step]?.rows[0]
  if (!row) throw new Error('a step that touches one row answered none')
  return workloadOf(row as unknown as Parameters<typeof workloadOf>[0]) // `returning` gave all columns
}
