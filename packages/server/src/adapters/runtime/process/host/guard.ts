import { spawn } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { hasCode } from '@mllab/kernel'

import { isAlive, readStat } from './proc.ts'
import { parseIdentity } from './spawn.ts'

export interface GuardRequest {
  /** Where the instances lie. */
  readonly folder: string
  readonly logLimitBytes: number
  /** What stays free of the disk. */
  readonly floorBytes: number
  /** Says who is on guard. */
  readonly pidFile: string
}

const SCRIPT = fileURLToPath(new URL('lab-guard.sh', import.meta.url))

/**
 * Puts somebody on guard over the disk who takes over when this process is gone: nothing to ask him for meanwhile, his pipe closes with
 * us. Whoever stood there before is relieved.
 */
export function postGuard(request: GuardRequest, bootId: string): void {
  const { folder, logLimitBytes, floorBytes, pidFile } = request
  relieveGuard(pidFile, bootId)
  const args = [SCRIPT, folder, String(Math.ceil(logLimitBytes / 1024)), String(Math.ceil(floorBytes / 1024))]
  const child = spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' })
  // Without one the disk is unguarded while no server runs, and everything else works.
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  child.unref()
  const stat = child.pid === undefined ? undefined : readStat(child.pid)
  if (!stat) return
  writeFileSync(`${pidFile}.tmp`, `${stat.pid} ${stat.startTicks} ${bootId}\n`, { mode: 0o600 })
  renameSync(`${pidFile}.tmp`, pidFile)
}

export function relieveGuard(pidFile: string, bootId: string): void {
  const identity = readGuard(pidFile)
  if (!identity || !isAlive(identity, bootId)) return
  try {
    process.kill(-identity.pid, 'SIGKILL')
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

function readGuard(pidFile: string) {
  try {
    return parseIdentity(readFileSync(pidFile, 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
