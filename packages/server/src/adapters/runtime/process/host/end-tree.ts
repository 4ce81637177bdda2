import { delay, hasCode } from '@mllab/kernel'

import { isPopulated, killCgroup, setFrozen } from './cgroup.ts'
import { removeGroups } from './controllers.ts'
import { isAlive, type ProcessStat } from './proc.ts'
import type { ProcessTable, Tree } from './process-table.ts'

/** After this long something that cannot be killed (state D) is left behind and reported. */
const KILL_DEADLINE_MS = 10_000

/**
 * Ends a tree: SIGTERM to the command, then, when it has ended or `graceMs` are over, SIGKILL to everything. Returns how many
 * processes are left: 0, unless the kernel does not let go of one. Without a cgroup a process that keeps forking and hides its
 * environment may be missed.
 */
export async function endTree(tree: Tree, graceMs: number, table: ProcessTable, bootId: string): Promise<number> {
  if (graceMs > 0 && tree.wrapper && isAlive(tree.wrapper, bootId)) {
    // Looked at first: who has hidden its environment is known by its parent, and that may be the first to go.
    const members = (await table.look()).members(tree)
    // To the group, not the session: a program takes its own children down (JupyterLab its kernels) better than we can.
    send(-tree.wrapper.pid, 'SIGTERM')
    for (const member of members) send(member.pid, 'SIGCONT')
    if (tree.groups?.main !== undefined) setFrozen(tree.groups.main, false)
    await untilEnded(tree, graceMs, bootId)
  }
  return killTree(tree, table)
}

async function untilEnded(tree: Tree, graceMs: number, bootId: string): Promise<void> {
  const deadline = performance.now() + graceMs
  for (let pauseMs = 2; tree.wrapper && isAlive(tree.wrapper, bootId); pauseMs = Math.min(50, pauseMs * 1.5)) {
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return
    await delay(Math.min(leftMs, pauseMs))
  }
}

async function killTree(tree: Tree, table: ProcessTable): Promise<number> {
  const deadline = performance.now() + KILL_DEADLINE_MS
  const cgroup = tree.groups?.main
  for (;;) {
    if (cgroup !== undefined) killCgroup(cgroup)
    const members = await freeze(tree, table)
    const populated = cgroup !== undefined && isPopulated(cgroup)
    if (members.length === 0 && !populated) break
    if (performance.now() > deadline) return Math.max(1, members.length)
    for (const member of members) send(member.pid, 'SIGKILL')
    await delay(5)
  }
  if (tree.groups) removeGroups(tree.groups)
  return 0
}

/** Stops what can be seen until nothing new turns up: what stands still cannot fork away from the kill. */
async function freeze(tree: Tree, table: ProcessTable): Promise<readonly ProcessStat[]> {
  const stopped = new Set<number>()
  for (let round = 0; ; round += 1) {
    const members = (await table.look()).members(tree)
    const fresh = members.filter((member) => !stopped.has(member.pid))
    if (fresh.length === 0 || round === 10) return members
    for (const member of fresh) {
      send(member.pid, 'SIGSTOP')
      stopped.add(member.pid)
    }
  }
}

export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}
