import { messageOf, PortError } from '@mllab/kernel'

import type { SqlitePool } from './pool.ts'
import { nextId } from './thread.ts'

const TIMEOUT_MS = 2000

/** A write of four bytes, synced like every other, and a read. */
export async function healthOf(pool: SqlitePool): Promise<{ ok: boolean; detail: string }> {
  if (pool.damage !== undefined) return { ok: false, detail: `the database file is damaged: ${pool.damage}` }
  try {
    await within(
      TIMEOUT_MS,
      'writer',
      pool.write({ kind: 'run', id: nextId(), sql: 'pragma user_version = 1', parameters: [] }),
    )
    await within(TIMEOUT_MS, 'reader', pool.read('quick', 'select 1 from sqlite_schema limit 1', []))
    return { ok: true, detail: 'SQLite reads and writes' }
  } catch (error) {
    return { ok: false, detail: messageOf(error) }
  }
}

async function within(ms: number, who: string, work: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new PortError('TIMEOUT', `the ${who} has not answered for ${ms} ms`)), ms)
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
