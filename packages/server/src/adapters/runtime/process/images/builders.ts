import { mkdtemp, readdir } from 'node:fs/promises'
import path from 'node:path'

import { isAlive, readBootId, readStat } from '../host/proc.ts'
import { removeTree } from './environment-build.ts'
import { DELETED_PREFIX } from './retention.ts'

/** A folder below `parent` for what is being made there, named after this process. */
export function temporaryFolder(parent: string): Promise<string> {
  return mkdtemp(path.join(parent, `.tmp-${process.pid}_${readStat(process.pid)?.startTicks}_${readBootId()}-`))
}

/** Removes what processes left below `parent` that are gone, half made or half deleted. Others may be at work there. */
export async function sweepTemporaries(parent: string): Promise<void> {
  const bootId = readBootId()
  for (const name of await readdir(parent)) {
    if (name.startsWith(DELETED_PREFIX)) await removeTree(path.join(parent, name))
    const [, pid, startTicks, boot = ''] = /^\.tmp-(\d+)_(\d+)_(.+)-[^-]+$/.exec(name) ?? []
    if (pid === undefined || isAlive({ pid: Number(pid), startTicks: Number(startTicks), bootId: boot }, bootId))
      continue
    await removeTree(path.join(parent, name))
  }
}
