import type { Stats } from 'node:fs'
import { chmod, chown, mkdir } from 'node:fs/promises'

import { hasCode } from '@mllab/kernel'

import type { Identity } from './isolation/identities.ts'

/**
 * A volume that only the platform writes. With users of their own for workloads it is root's, and the project's group may enter it: no
 * workload can change a file in it or its rights, put a link in its place, or get at what else lies where the file came from. Without them
 * it is the server's, as everything is.
 */
export async function seal(folder: string, identity: Identity | undefined): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    // As it was made: one from before, that belongs to a user, stays what it is.
    if (hasCode(error, 'EEXIST')) return
    throw error
  }
  if (!identity) return
  await chown(folder, 0, identity.gid)
  await chmod(folder, 0o750)
}

/** Root's alone to change, whoever may read it. */
export function isSealed({ uid, gid, mode }: Stats): boolean {
  return uid === 0 && gid !== 0 && (mode & 0o022) === 0
}
