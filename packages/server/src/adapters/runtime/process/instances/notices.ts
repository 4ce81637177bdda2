import type { InstanceNotice } from '../../../../ports/runtime.ts'
import type { Strain } from '../host/strain.ts'
import type { LogFloods } from './log-floods.ts'
import type { Entry } from './registry.ts'
import { noticeOf, sentences } from './shortages.ts'

/** What running instances were held back from since they started, for people. */
export function createNotices({ maxProcesses, floods }: { readonly maxProcesses: number; readonly floods: LogFloods }) {
  /** A process that was at its limit may be gone at the next look. */
  const filesHeld = new Map<string, number>()

  const noticesOf = ({ record }: Entry, strain: Strain): InstanceNotice[] => {
    if (strain.filesHeldAt !== undefined) filesHeld.set(record.run, strain.filesHeldAt)
    const files = filesHeld.get(record.run)
    const flood = floods.of(record.run)
    return [
      ...(strain.oomKills > 0
        ? [noticeOf('oom', sentences.memoryHeld(strain.oomKills, record.spec.resources.memoryBytes))]
        : []),
      ...(strain.refusedForks > 0 ? [noticeOf('too-many-processes', sentences.processesHeld(maxProcesses))] : []),
      ...(files === undefined ? [] : [noticeOf('open-files', sentences.filesHeld(files))]),
      ...(flood === undefined ? [] : [noticeOf('log-flood', flood)]),
    ]
  }

  /** In the order of the entries, which are all that run. */
  return (running: readonly Entry[], strains: readonly Strain[]): InstanceNotice[][] => {
    const runs = new Set(running.map(({ record }) => record.run))
    for (const run of filesHeld.keys()) if (!runs.has(run)) filesHeld.delete(run)
    return running.map((entry, index) => {
      const strain = strains[index]
      return strain ? noticesOf(entry, strain) : []
    })
  }
}

export type Notices = ReturnType<typeof createNotices>
