import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'

import { hasCode, type Clock } from '@mllab/kernel'

import { mapConcurrent } from '../concurrent.ts'
import type { Layout } from './layout.ts'

const HOUR_MS = 3_600_000

/** Nobody writes one body for longer. */
export const STAGING_AGE_MS = 24 * HOUR_MS
/** An upload whose last part is older was given up; who still wants it begins anew. */
export const UPLOAD_AGE_MS = 7 * 24 * HOUR_MS

/**
 * Removes what crashes left: bodies that were never published, uploads that were neither completed nor aborted. Only what is old,
 * because another process may be writing at this moment. Returns how many entries went.
 */
export async function sweepLeftovers(layout: Layout, clock: Clock): Promise<number> {
  const staged = await removeOlderThan(layout.staging, clock.now() - STAGING_AGE_MS)
  const uploads = await removeOlderThan(layout.uploads, clock.now() - UPLOAD_AGE_MS)
  return staged + uploads
}

async function removeOlderThan(folder: string, limitMs: number): Promise<number> {
  const names = await readdir(folder)
  const removed = await mapConcurrent(names, 16, async (name) => {
    const entry = path.join(folder, name)
    if (!(await isOlderThan(entry, limitMs))) return 0
    await rm(entry, { recursive: true, force: true })
    return 1
  })
  return removed.reduce<number>((sum, one) => sum + one, 0)
}

async function isOlderThan(entry: string, limitMs: number): Promise<boolean> {
  try {
    return (await stat(entry)).mtimeMs < limitMs
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
