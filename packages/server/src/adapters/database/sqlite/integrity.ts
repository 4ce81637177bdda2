import { stat } from 'node:fs/promises'

import { hasCode, isPortError, messageOf, type Log } from '@mllab/kernel'

import type { SqlitePool } from './pool.ts'

/** After the first requests; the pages it reads are those everybody needs next. */
const AFTER_MS = 5000

/** Whether a write-ahead log lies beside the file: whoever closes the last connection properly takes it away. Ask before opening. */
export async function hasLog(file: string): Promise<boolean> {
  try {
    return (await stat(`${file}-wal`)).size > 0
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Reads all pages once after an unclean stop, beside the work: half a second for 170 MB. Damage stops all writes, as ever. The timer may be cleared. */
export function verifySoon(pool: SqlitePool, log: Log, afterMs = AFTER_MS): NodeJS.Timeout {
  return setTimeout(() => {
    pool.verify().then(
      () => log.info('the database was not closed properly last time, and is whole'),
      (error: unknown) => {
        if (!isPortError(error, 'CORRUPT')) log.warn('the database could not be verified', { error: messageOf(error) })
      },
    )
  }, afterMs).unref()
}
