import { spawn } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { makeGroups, type InstanceGroups, type ResourceLimits } from './controllers.ts'
import { readStat, type ProcessIdentity } from './proc.ts'

export interface SpawnRequest {
  /** For process lists. */
  readonly name: string
  readonly runFolder: string
  readonly logFile: string
  readonly groups: InstanceGroups | undefined
  readonly limits: ResourceLimits
  /** How many processes its user may have, where no group counts those of the instance. */
  readonly processesOfUser?: number | undefined
  readonly command: readonly string[]
  /** All of it: nothing is inherited from the server. */
  readonly env: Readonly<Record<string, string>>
  readonly workingFolder: string
}

const WRAPPER = fileURLToPath(new URL('lab-run.sh', import.meta.url))

/** Starts the wrapper in a session of its own, with its identity in `<runFolder>/pid` before this returns. */
export function spawnWrapper(request: SpawnRequest, bootId: string, onExit: () => void): ProcessIdentity {
  const { name, runFolder, logFile, groups, limits, processesOfUser, command } = request
  if (groups) makeGroups(groups, limits)
  const joined = groups ? [groups.main ?? '', ...groups.others].filter((folder) => folder !== '') : []
  const child = spawn(
    '/bin/sh',
    [WRAPPER, name, runFolder, logFile, joined.join('\n'), String(processesOfUser ?? ''), ...command],
    {
      detached: true,
      stdio: 'ignore',
      cwd: request.workingFolder,
      env: request.env,
    },
  )
  child.on('exit', onExit)
  // Reported by the missing pid below; without a listener it would end the process.
  child.on('error', () => undefined)
  child.unref()
  const stat = child.pid === undefined ? undefined : readStat(child.pid)
  if (!stat) throw new Error(`/bin/sh could not be started in ${request.workingFolder}`)
  const identity = { pid: stat.pid, startTicks: stat.startTicks, bootId }
  writeIdentity(runFolder, identity)
  return identity
}

/** The wrapper writes the same; whoever comes first, nobody is started without being findable. */
function writeIdentity(runFolder: string, identity: ProcessIdentity): void {
  const temporary = path.join(runFolder, 'pid.server')
  writeFileSync(temporary, `${identity.pid} ${identity.startTicks} ${identity.bootId}\n`, { mode: 0o600 })
  renameSync(temporary, path.join(runFolder, 'pid'))
}

export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [pid, startTicks, bootId] = text.trim().split(' ')
  if (!(Number(pid) > 0) || !(Number(startTicks) >= 0) || !bootId) return undefined
  return { pid: Number(pid), startTicks: Number(startTicks), bootId }
}
