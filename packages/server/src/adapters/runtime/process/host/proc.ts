import { readdirSync, readFileSync } from 'node:fs'

import { hasCode } from '@mllab/kernel'

/** A process told apart from every other one, reboots and reused numbers included. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot at which it started. */
  readonly startTicks: number
  readonly bootId: string
}

/** One line of `/proc/<pid>/stat`, as far as we look at it (proc(5)). */
export interface ProcessStat {
  readonly pid: number
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** Controlling terminal; 0 without. */
  readonly terminal: number
  /** The group in the foreground of the terminal. */
  readonly foreground: number
  /** User and system time, that of waited-for children included, in clock ticks. */
  readonly cpuTicks: number
  readonly startTicks: number
}

/** `USER_HZ`: what the kernel reports times in, 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100

export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

export function parseStat(line: string): ProcessStat | undefined {
  // The name stands in brackets and may hold anything, brackets and newlines too.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const at = (index: number) => Number(fields[index - 3])
  const pid = Number.parseInt(line, 10)
  if (!(pid > 0) || fields.length < 20) return undefined
  return {
    pid,
    state: fields[0] ?? '',
    parent: at(4),
    group: at(5),
    session: at(6),
    terminal: at(7),
    foreground: at(8),
    cpuTicks: at(14) + at(15) + at(16) + at(17),
    startTicks: at(22),
  }
}

/** Undefined if there is no such process. */
export function readStat(pid: number): ProcessStat | undefined {
  const line = readProc(pid, 'stat')
  return line === undefined ? undefined : parseStat(line)
}

/** Every process on the machine: 0.02 ms each. */
export function readAllStats(): ProcessStat[] {
  const stats: ProcessStat[] = []
  for (const pid of pidsAmong(readdirSync('/proc'))) {
    const stat = readStat(pid)
    if (stat) stats.push(stat)
  }
  return stats
}

/** The numbers among the names of `/proc`. */
export function pidsAmong(names: readonly string[]): number[] {
  return names.filter((name) => /^\d/.test(name)).map(Number)
}

/** False for zombies: they have ended, and only wait for somebody to ask how. */
export function isAlive(identity: ProcessIdentity, bootId: string): boolean {
  if (identity.bootId !== bootId) return false
  const stat = readStat(identity.pid)
  return stat !== undefined && stat.startTicks === identity.startTicks && !isDead(stat)
}

export function isDead(stat: ProcessStat): boolean {
  return stat.state === 'Z' || stat.state === 'X'
}

/** The environment a process was started with; undefined if it is gone or belongs to somebody else. */
export function readEnviron(pid: number): string | undefined {
  return readProc(pid, 'environ')
}

/** The number of the user a process runs as; undefined if it is gone. */
export function readUser(pid: number): number | undefined {
  const uid = /^Uid:\s+(\d+)/m.exec(readProc(pid, 'status') ?? '')?.[1]
  return uid === undefined ? undefined : Number(uid)
}

/** Bytes of memory that are the process's own: resident without file pages and shared memory. */
export function readPrivateBytes(pid: number): number {
  const [, resident, shared] = (readProc(pid, 'statm') ?? '').split(' ').map(Number)
  return Math.max(0, (resident ?? 0) - (shared ?? 0)) * 4096
}

/** Bytes that a process has sent to disks. */
export function readWrittenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readProc(pid, 'io') ?? '')?.[1] ?? 0)
}

function readProc(pid: number, file: 'stat' | 'status' | 'environ' | 'statm' | 'io'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return undefined
    throw error
  }
}
