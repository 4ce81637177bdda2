import { eventsOf, NO_EVENTS, type GroupEvents, type InstanceGroups } from './controllers.ts'
import { filesHeldAt, openFilesOf } from './open-files.ts'
import type { ProcessStat } from './proc.ts'

/** What the kernel has kept a tree from, which went on all the same. */
export interface Strain extends GroupEvents {
  /** As many files as one of its processes may have open, if one has. */
  readonly filesHeldAt: number | undefined
}

export function strainOf(members: readonly ProcessStat[], groups: InstanceGroups | undefined): Strain {
  let held: number | undefined
  for (const { pid } of members) held ??= filesHeldAt(pid, openFilesOf(pid))
  return { ...(groups ? eventsOf(groups) : NO_EVENTS), filesHeldAt: held }
}
