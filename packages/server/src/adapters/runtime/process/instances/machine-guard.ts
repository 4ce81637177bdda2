import { openFilesOfMachine } from '../host/open-files.ts'
import type { Host } from '../host/host.ts'
import { mostOf } from './disk-guard.ts'
import { runningOf, type EndInstance } from './limits.ts'
import { treeOf, type Entry } from './registry.ts'
import { sentences } from './shortages.ts'
import { FIRST_PORT, LAST_PORT } from './tcp-ports.ts'

/** Above this share of what the machine has somebody is ended. */
const MOST_SHARE = 0.5
/** Who has less is not why there is none left. */
const CULPRIT_SHARE = 0.1

/** What has no limit for each workload, and is one number for the machine: open files, and the ports that workloads listen on. */
export function createMachineGuard(input: { readonly host: Host; readonly end: EndInstance }) {
  const { host, end } = input
  return {
    /** To be called once a second: one small file is read as long as there are enough. */
    files: async (entries: readonly Entry[]): Promise<void> => {
      const { open, most } = openFilesOfMachine()
      if (open < most * MOST_SHARE) return
      const running = runningOf(entries)
      const counts = await host.openFiles(running.map(treeOf))
      const culprit = mostOf(running, (_, index) => counts[index] ?? 0)
      if (culprit && culprit.amount > most * CULPRIT_SHARE)
        await end(culprit.entry, 'open-files', sentences.filesEnded(culprit.amount, most))
    },
    ports: async (entries: readonly Entry[]): Promise<void> => {
      const total = LAST_PORT - FIRST_PORT + 1
      const running = runningOf(entries)
      if (running.length === 0) return
      const { all, each } = await host.listening(running.map(treeOf), FIRST_PORT, LAST_PORT)
      if (all < total * MOST_SHARE) return
      const culprit = mostOf(running, (_, index) => each[index] ?? 0)
      if (culprit && culprit.amount > total * CULPRIT_SHARE)
        await end(culprit.entry, 'too-many-ports', sentences.portsEnded(culprit.amount, FIRST_PORT, LAST_PORT))
    },
  }
}

export type MachineGuard = ReturnType<typeof createMachineGuard>
