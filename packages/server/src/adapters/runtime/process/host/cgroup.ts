import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { hasCode } from '@mllab/kernel'

/** Where cgroup v2 is mounted: alone, or beside v1 as systemd's hybrid layout does. */
const MOUNTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']

/**
 * Folders for the cgroups of one runtime, as far as this machine lets us have some, best first. Tried out, not guessed: a version or a
 * mount says nothing about permissions. They need no controllers, only `cgroup.kill` (Linux 5.14).
 *
 * Below the group that the server is in, beside it, or at the top: v2 gives a group with processes of its own, such as that of the server, no
 * controllers for groups below (cgroups(7), no internal processes), and a service manager ends what lies below the server with the server.
 */
export function probeCgroups(name: string): string[] {
  return MOUNTS.flatMap((mount) => {
    if (!existsSync(path.join(mount, 'cgroup.controllers'))) return []
    const own = path.resolve(mount, `.${ownGroup()}`)
    const parents = new Set([own, own === mount ? mount : path.dirname(own), mount])
    return [...parents].map((parent) => path.join(parent, name)).filter(canHave)
  })
}

function canHave(folder: string): boolean {
  try {
    ensureFolder(folder)
    accessSync(path.join(folder, 'cgroup.kill'), constants.W_OK)
    accessSync(path.join(folder, 'cgroup.procs'), constants.W_OK)
    // Moving a process needs write permission on the common ancestor too (cgroups(7), delegation).
    accessSync(path.join(path.dirname(folder), 'cgroup.procs'), constants.W_OK)
    return true
  } catch {
    removeFolder(folder)
    return false
  }
}

export function ensureFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
}

/** Kills everything inside at once, also what forks faster than anybody can look. A group that is not there is empty. */
export function killCgroup(folder: string): void {
  try {
    writeFileSync(path.join(folder, 'cgroup.kill'), '1')
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENODEV')) throw error
  }
}

/** Stops everything inside where it stands, what comes later included, or lets it go on. A group that is not there is empty. */
export function setFrozen(folder: string, frozen: boolean): void {
  try {
    writeFileSync(path.join(folder, 'cgroup.freeze'), frozen ? '1' : '0')
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENODEV')) throw error
  }
}

export function isPopulated(folder: string): boolean {
  return eventCount(path.join(folder, 'cgroup.events'), 'populated') > 0
}

/** How often the kernel killed something inside for want of memory. */
export function oomKills(folder: string, version: 1 | 2): number {
  return eventCount(path.join(folder, version === 2 ? 'memory.events' : 'memory.oom_control'), 'oom_kill')
}

/** True when it is gone. */
export function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return hasCode(error, 'ENOENT')
  }
}

/** How often a process or thread was refused for reaching the limit. */
export function refusedForks(folder: string): number {
  return eventCount(path.join(folder, 'pids.events'), 'max')
}

function ownGroup(): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('0::'))
  return line?.slice(3) ?? '/'
}

function eventCount(file: string, name: string): number {
  try {
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name} `))
    return Number(line?.slice(name.length + 1) ?? 0)
  } catch {
    return 0
  }
}
