import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { ensureFolder, oomKills, refusedForks, removeFolder } from './cgroup.ts'

type Name = 'memory' | 'pids' | 'cpu'

/** Where the kernel takes limits from us. In v2 all are set in the instance's one group, in v1 each controller has groups of its own. */
export interface Controllers {
  readonly v2: ReadonlySet<Name>
  /** Parent folders. */
  readonly v1: ReadonlyMap<Name, string>
}

export interface ResourceLimits {
  readonly memoryBytes?: number | undefined
  readonly cpus?: number | undefined
  readonly processes: number
}

/** The groups that one instance is in. */
export interface InstanceGroups {
  /** v2: whole trees are ended here. */
  readonly main?: string
  readonly others: readonly string[]
  /** Counts what the kernel ended for want of memory. */
  readonly memory?: string
  /** Counts what the kernel did not start. */
  readonly pids?: string
}

export const NO_CONTROLLERS: Controllers = { v2: new Set(), v1: new Map() }

const CONTROLLERS: readonly Name[] = ['memory', 'pids', 'cpu']
const V1_FILES = { memory: 'memory.limit_in_bytes', pids: 'pids.max', cpu: 'cpu.cfs_quota_us' } as const
const CPU_PERIOD_US = 100_000

/** Of the folders we may have, the one where most limits can be set; the others are removed. */
export function chooseBase(bases: readonly string[], name: string): { base?: string; controllers: Controllers } {
  const tried = bases.map((base) => ({ base, controllers: probeControllers(base, name) }))
  const [best, ...rest] = tried.toSorted((a, b) => b.controllers.v2.size - a.controllers.v2.size)
  for (const { base } of rest) removeFolder(base)
  return best ?? { controllers: NO_CONTROLLERS }
}

/** Tries which limits can be set: in `base`, our folder in v2, and beside it in v1, as far as this machine has it. */
function probeControllers(base: string, name: string): Controllers {
  const v2 = new Set(CONTROLLERS.filter((controller) => canEnable(base, controller)))
  const v1 = new Map<Name, string>()
  for (const controller of CONTROLLERS) {
    const folder = v2.has(controller) ? undefined : v1Folder(controller, name)
    if (folder !== undefined) v1.set(controller, folder)
  }
  return { v2, v1 }
}

export function has(controllers: Controllers, name: Name): boolean {
  return controllers.v2.has(name) || controllers.v1.has(name)
}

/** Where the groups of an instance will be. */
export function groupsOf(base: string | undefined, controllers: Controllers, run: string): InstanceGroups {
  const main = base === undefined ? undefined : path.join(base, run)
  const others = [...controllers.v1.values()].map((folder) => path.join(folder, run))
  const folderWith = (name: Name) => {
    const v1 = controllers.v1.get(name)
    return controllers.v2.has(name) ? main : v1 && path.join(v1, run)
  }
  const [memory, pids] = [folderWith('memory'), folderWith('pids')]
  return {
    ...(main !== undefined && { main }),
    others,
    ...(memory !== undefined && { memory }),
    ...(pids !== undefined && { pids }),
  }
}

/** Makes them, with their limits. */
export function makeGroups(groups: InstanceGroups, limits: ResourceLimits): void {
  const { memoryBytes, cpus, processes } = limits
  for (const folder of [...(groups.main === undefined ? [] : [groups.main]), ...groups.others]) {
    ensureFolder(folder)
    const write = (file: string, value: number | string) => writeIfThere(path.join(folder, file), String(value))
    write('pids.max', processes)
    if (memoryBytes !== undefined) {
      write('memory.max', memoryBytes)
      write('memory.limit_in_bytes', memoryBytes)
    }
    if (cpus !== undefined) {
      const quota = Math.max(1000, Math.round(cpus * CPU_PERIOD_US))
      write('cpu.max', `${quota} ${CPU_PERIOD_US}`)
      write('cpu.cfs_quota_us', quota)
    }
  }
}

export function joinGroups(groups: InstanceGroups, pids: readonly number[]): void {
  for (const folder of [groups.main ?? [], groups.others].flat())
    for (const pid of pids) writeFileSync(path.join(folder, 'cgroup.procs'), String(pid))
}

export interface GroupEvents {
  readonly oomKills: number
  readonly refusedForks: number
}

export const NO_EVENTS: GroupEvents = { oomKills: 0, refusedForks: 0 }

/** What the kernel kept the instance from. To be asked before its groups go. */
export function eventsOf({ main, memory, pids }: InstanceGroups): GroupEvents {
  return {
    oomKills: memory === undefined ? 0 : oomKills(memory, memory === main ? 2 : 1),
    refusedForks: pids === undefined ? 0 : refusedForks(pids),
  }
}

export function removeGroups(groups: InstanceGroups): void {
  for (const folder of [...(groups.main === undefined ? [] : [groups.main]), ...groups.others]) removeFolder(folder)
}

/** Fails where processes live in the parent (the rule of no inner processes) or where it is somebody else's. */
function canEnable(base: string, controller: Name): boolean {
  try {
    for (const folder of [path.dirname(base), base])
      writeFileSync(path.join(folder, 'cgroup.subtree_control'), `+${controller}`)
    return true
  } catch {
    return false
  }
}

function v1Folder(controller: Name, name: string): string | undefined {
  const folder = path.join('/sys/fs/cgroup', controller, ownV1Group(controller), name)
  // Without a mount of it this would be a plain folder.
  if (!existsSync(path.join('/sys/fs/cgroup', controller, 'cgroup.procs'))) return undefined
  try {
    ensureFolder(folder)
    accessSync(path.join(folder, V1_FILES[controller]), constants.W_OK)
    return folder
  } catch {
    removeFolder(folder)
    return undefined
  }
}

function ownV1Group(controller: Name): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((entry) => entry.split(':'))
    .find(([, controllers]) => controllers?.split(',').includes(controller))
  return line?.slice(2).join(':') ?? '/'
}

function writeIfThere(file: string, value: string): void {
  try {
    accessSync(file, constants.W_OK)
  } catch {
    return
  }
  writeFileSync(file, value)
}
