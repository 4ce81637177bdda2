import { open, rename, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'

import { hasCode, messageOf, type Log } from '@mllab/kernel'

const BALLAST_BYTES = 32 * 1024 * 1024
/** With less free than this it would do more harm than good. */
const ROOMY_BYTES = 20 * BALLAST_BYTES
const LOOK_MS = 30_000

/** A file that is given up when the disk is full: on a full disk SQLite cannot delete, nor empty its log. */
export interface Ballast {
  /** Makes room, once; says whether there is more than before. */
  drop(): Promise<boolean>
  close(): void
}

/** Written when the disk has room for it, not at the start. */
export function keepBallast(databaseFile: string, log: Log, lookMs = LOOK_MS): Ballast {
  const file = `${databaseFile}.ballast`
  let there = false
  let busy = false

  const look = async () => {
    if (there || busy) return
    busy = true
    try {
      there = (await sizeOf(file)) === BALLAST_BYTES || (await hasRoom(file, write))
    } catch (error) {
      log.warn('no room could be set aside for deleting on a full disk', { file, error: messageOf(error) })
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => void look(), lookMs).unref()

  return {
    async drop() {
      const dropped = there
      there = false
      await rm(file, { force: true })
      if (dropped) log.error('the disk is full: what was set aside for deleting is free now', { file })
      return dropped
    },
    close: () => clearInterval(timer),
  }
}

async function hasRoom(file: string, then: (file: string) => Promise<void>): Promise<boolean> {
  const { bavail, bsize } = await statfs(path.dirname(file))
  if (bavail * bsize < ROOMY_BYTES) return false
  await then(file)
  return true
}

/** Real bytes: a file with holes keeps nothing free. */
async function write(file: string): Promise<void> {
  const handle = await open(`${file}.tmp`, 'w', 0o600)
  try {
    const chunk = Buffer.alloc(1024 * 1024)
    for (let written = 0; written < BALLAST_BYTES; written += chunk.length) await handle.write(chunk)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.tmp`, file)
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
