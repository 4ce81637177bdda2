import { readFileSync } from 'node:fs'
import path from 'node:path'

import { isDead, readAllStats, readEnviron, readStat } from '@mllab/server/adapters/runtime/process/host/proc'
import { MARKER_VARIABLE } from '@mllab/server/adapters/runtime/process/host/process-table'
import { hashName } from '@mllab/server/adapters/runtime/process/layout'

/** The living processes of one start of a workload, as the kernel sees them. */
export interface Running {
  readonly workloadId: string
  readonly marker: string
  readonly pids: readonly number[]
  /** The token it was given. */
  readonly token: string
}

/** Every process that a server on this data root has started for a workload and that is still there. */
export function runningOn(dataRoot: string): Running[] {
  const prefix = `${hashName(path.resolve(dataRoot, 'runtime'))}-`
  const found = readAllStats().flatMap((stat) => {
    if (isDead(stat)) return []
    const variables = readEnviron(stat.pid)?.split('\0') ?? []
    const marker = valueOf(variables, MARKER_VARIABLE)
    return marker?.startsWith(prefix)
      ? [{ pid: stat.pid, marker, token: valueOf(variables, 'LAB_API_TOKEN') ?? '' }]
      : []
  })
  return [...Map.groupBy(found, ({ marker }) => marker)].map(([marker, processes]) => ({
    workloadId: marker.slice(prefix.length).replace(/\.\d+-[0-9a-f]+$/, ''),
    marker,
    pids: processes.map(({ pid }) => pid).toSorted((a, b) => a - b),
    token: processes[0]?.token ?? '',
  }))
}

/** For people: its number, state and command. */
export function describeProcess(pid: number): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 100)
    return `${pid} ${readStat(pid)?.state} ${command}`
  } catch {
    return `${pid} (gone)`
  }
}

/** As if the kernel had ended them: nobody is asked before. */
export function endProcesses(running: readonly Running[]): void {
  for (const { pids } of running) for (const pid of pids) endOne(pid)
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function valueOf(variables: readonly string[], name: string): string | undefined {
  return variables.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1)
}
