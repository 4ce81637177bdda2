import { readFileSync } from 'node:fs'

import type { InstanceGroups } from './controllers.ts'
import {
  isDead,
  readAllStats,
  readEnviron,
  readUser,
  TICKS_PER_SECOND,
  type ProcessIdentity,
  type ProcessStat,
} from './proc.ts'

/** Name of the variable by which a process is known to belong to a workload. Inherited by everything it starts. */
export const MARKER_VARIABLE = 'LAB_WORKLOAD'

/** All processes of one instance, however they were started. */
export interface Tree {
  /** Value of `LAB_WORKLOAD`, unique on this machine. */
  readonly marker: string
  readonly wrapper?: ProcessIdentity
  /** Number of the user it runs as, if that is one of its own: the marker can be read by all, and written by all into what they start. */
  readonly user?: number
  readonly groups?: InstanceGroups
}

/** The processes of one moment. */
export interface Snapshot {
  readonly processes: ReadonlyMap<number, ProcessStat>
  /** Living members of a tree, the wrapper included. */
  members(tree: Tree): readonly ProcessStat[]
}

export interface ProcessTable {
  /** A look that began after the call; callers of the same turn share one. */
  look(): Promise<Snapshot>
}

/** What is known of a process. `user` is who says so, and undefined where its parents tell. */
interface Known {
  readonly startTicks: number
  readonly marker: string | undefined
  readonly user: number | undefined
}

/** A process this young may still be on its way from fork to exec, with its parent's environment. */
const SETTLED_AFTER_TICKS = 2 * TICKS_PER_SECOND

export function createProcessTable(): ProcessTable {
  const markers = new Map<number, Known>()
  let pending: Promise<Snapshot> | undefined

  const knownOf = (stat: ProcessStat, nowTicks: number): Known => {
    const before = markers.get(stat.pid)
    if (before?.startTicks === stat.startTicks) return before
    const marker = readMarker(stat.pid)
    const user = marker === undefined ? undefined : readUser(stat.pid)
    const known = { startTicks: stat.startTicks, marker, user }
    // Remembered for good once seen: `env -i` takes it out of the environment, not out of the tree.
    if (marker !== undefined || nowTicks - stat.startTicks > SETTLED_AFTER_TICKS) markers.set(stat.pid, known)
    return known
  }

  const take = (): Snapshot => {
    const nowTicks = uptimeTicks()
    const processes = new Map(readAllStats().map((stat) => [stat.pid, stat]))
    for (const pid of markers.keys()) if (!processes.has(pid)) markers.delete(pid)

    const byMarker = new Map<string, { stat: ProcessStat; user: number | undefined }[]>()
    const bySession = new Map<number, ProcessStat[]>()
    const byParent = new Map<number, ProcessStat[]>()
    for (const stat of processes.values()) {
      const { marker, user } = knownOf(stat, nowTicks)
      if (marker !== undefined) push(byMarker, marker, { stat, user })
      push(bySession, stat.session, stat)
      push(byParent, stat.parent, stat)
    }

    const members = (tree: Tree): ProcessStat[] => {
      const found = new Map<number, ProcessStat>()
      const queue = (byMarker.get(tree.marker) ?? [])
        .filter(({ user }) => tree.user === undefined || user === undefined || user === 0 || user === tree.user)
        .map(({ stat }) => stat)
      const wrapper = tree.wrapper && processes.get(tree.wrapper.pid)
      // A session's number can be used again once it is empty, so it counts only while its leader is the one we know.
      if (wrapper && wrapper.startTicks === tree.wrapper?.startTicks) queue.push(...(bySession.get(wrapper.pid) ?? []))
      for (let stat = queue.pop(); stat; stat = queue.pop()) {
        if (found.has(stat.pid) || stat.pid === process.pid || stat.pid === 1) continue
        found.set(stat.pid, stat)
        markers.set(stat.pid, { startTicks: stat.startTicks, marker: tree.marker, user: undefined })
        queue.push(...(byParent.get(stat.pid) ?? []))
      }
      return [...found.values()].filter((stat) => !isDead(stat))
    }
    return { processes, members }
  }

  const look = () =>
    (pending ??= new Promise<Snapshot>((resolve, reject) => {
      setImmediate(() => {
        pending = undefined
        try {
          resolve(take())
        } catch (error) {
          reject(error)
        }
      })
    }))
  return { look }
}

function readMarker(pid: number): string | undefined {
  const entry = readEnviron(pid)
    ?.split('\0')
    .find((variable) => variable.startsWith(`${MARKER_VARIABLE}=`))
  return entry?.slice(MARKER_VARIABLE.length + 1)
}

function uptimeTicks(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * TICKS_PER_SECOND
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
