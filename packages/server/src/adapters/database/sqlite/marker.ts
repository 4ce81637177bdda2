import { open, rename, stat } from 'node:fs/promises'
import path from 'node:path'

import { hasCode, PortError } from '@mllab/kernel'

const HEADER = 'SQLite format 3\0'

/**
 * SQLite opens a missing or emptied file as a new database, without a word. A marker beside the file remembers that there was one,
 * so that a lost disk or a wrong mount is refused with `CORRUPT` and never silently replaced by an empty platform.
 */
export async function checkDatabaseFile(file: string): Promise<void> {
  const state = await inspect(file)
  if (state === 'foreign')
    throw new PortError(
      'CORRUPT',
      `${file} is no SQLite database or its beginning was overwritten. Restore it from a backup.`,
    )
  if (state === 'database' || !(await exists(markerOf(file)))) return
  throw new PortError(
    'CORRUPT',
    `${file} is ${state}, but there was a database: ${markerOf(file)} says so. Restore it from a backup; ` +
      'or, to begin with an empty database, delete that marker.',
  )
}

/** Call when the database has been opened; written aside and synced, so it is there or not. */
export async function markDatabaseFile(file: string): Promise<void> {
  const marker = markerOf(file)
  if (await exists(marker)) return
  const aside = await open(`${marker}.tmp`, 'w', 0o600)
  try {
    await aside.writeFile(
      `A database was made here. While this file exists, an empty ${path.basename(file)} is refused.\n`,
    )
    await aside.sync()
  } finally {
    await aside.close()
  }
  await rename(`${marker}.tmp`, marker)
  await syncFolder(path.dirname(file))
}

function markerOf(file: string): string {
  return `${file}.marker`
}

async function inspect(file: string): Promise<'missing' | 'empty' | 'database' | 'foreign'> {
  try {
    const handle = await open(file, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER.length), 0, HEADER.length, 0)
      if (bytesRead === 0) return 'empty'
      return buffer.toString('latin1') === HEADER ? 'database' : 'foreign'
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'missing'
    throw error
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return false
      throw error
    },
  )
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
