import { messageOf, type Log } from '@mllab/kernel'

import type { Readers } from './readers.ts'

interface Parts {
  readonly quick: Readers
  readonly scans: Readers
  readonly scanTimeoutMs: number
  readonly log: Log
  /** `wal_checkpoint(truncate)` in the writer; true if the log was emptied. */
  readonly checkpoint: () => Promise<boolean>
}

/** Quick reads are held back this long at most. */
const QUICK_PATIENCE_MS = 500

/**
 * Overlapping reads keep the write-ahead log from being reset, and it grows without end. So when it is too long: let the scans run
 * dry, then, for a moment, the quick reads as well, and empty it. Quick reads never wait behind a scan here.
 */
export function createWalGate({ quick, scans, scanTimeoutMs, log, checkpoint }: Parts) {
  let relieving = false

  const relieve = async (): Promise<boolean> => {
    const scansHeld = scans.hold()
    try {
      if (!(await scansHeld.drained(scanTimeoutMs))) return false
      const quickHeld = quick.hold()
      try {
        return (await quickHeld.drained(QUICK_PATIENCE_MS)) && (await checkpoint())
      } finally {
        quickHeld.release()
      }
    } finally {
      scansHeld.release()
    }
  }

  return {
    /** The writer says the log is `sizeBytes` long. Never throws; says in the log what went wrong. */
    async tooLong(sizeBytes: number): Promise<void> {
      if (relieving) return
      relieving = true
      try {
        if (!(await relieve()))
          log.warn('reads keep the write-ahead log of the database from being emptied', { sizeBytes })
      } catch (error) {
        log.warn('the write-ahead log of the database could not be emptied', { sizeBytes, error: messageOf(error) })
      } finally {
        relieving = false
      }
    },
  }
}
