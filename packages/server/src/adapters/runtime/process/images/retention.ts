import { randomBytes } from 'node:crypto'
import { readdir, rename, stat, utimes } from 'node:fs/promises'
import path from 'node:path'

import { hasCode, type Clock } from '@mllab/kernel'

import { removeTree } from './environment-build.ts'

const DAY_MS = 24 * 3600_000
/** How long what nobody names is kept: coming back from a holiday costs no new build. */
export const KEPT_UNUSED_MS = 30 * DAY_MS

/** Begins the names of what is on its way out: never found again, gone at the latest when the next server starts. */
export const DELETED_PREFIX = '.del-'

/**
 * Notes that something is in use, as the time of its marker file: servers that share a cache see each other's notes. To the day, so that
 * looking is cheap.
 */
export async function markUsed(markerFile: string, clock: Clock): Promise<void> {
  const now = clock.now()
  try {
    if (now - (await stat(markerFile)).mtimeMs > DAY_MS) await utimes(markerFile, now / 1000, now / 1000)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

/** Removes the folders below `parent` whose marker says that they were last used 30 days ago, but for those in `keep`. Returns how many. */
export async function removeUnused(
  parent: string,
  marker: string,
  clock: Clock,
  keep: ReadonlySet<string> = new Set(),
): Promise<number> {
  let removed = 0
  for (const name of await readdir(parent)) {
    if (name.startsWith('.') || keep.has(path.join(parent, name))) continue
    if (clock.now() - (await lastUsed(path.join(parent, name, marker))) <= KEPT_UNUSED_MS) continue
    await removeWhole(path.join(parent, name))
    removed += 1
  }
  return removed
}

async function removeWhole(folder: string): Promise<void> {
  const aside = path.join(path.dirname(folder), DELETED_PREFIX + randomBytes(6).toString('hex'))
  try {
    await rename(folder, aside)
  } catch (error) {
    // Another server was faster.
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  await removeTree(aside)
}

/** Infinity for what has no marker: not ours, so not ours to remove. */
async function lastUsed(markerFile: string): Promise<number> {
  try {
    return (await stat(markerFile)).mtimeMs
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return Number.POSITIVE_INFINITY
    throw error
  }
}
