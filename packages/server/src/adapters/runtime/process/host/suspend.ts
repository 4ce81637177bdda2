import { setFrozen } from './cgroup.ts'
import { send } from './end-tree.ts'
import type { ProcessStat } from './proc.ts'
import type { ProcessTable, Tree } from './process-table.ts'

/**
 * Stops a tree where it stands, or lets it go on. By its cgroup where it has one; else by signals, parents first and last: a shell that
 * is awake while its command is stopped takes the terminal back, as after Ctrl-Z.
 */
export async function suspendTree(tree: Tree, suspended: boolean, table: ProcessTable): Promise<void> {
  if (tree.groups?.main !== undefined) return setFrozen(tree.groups.main, suspended)
  const done = new Set<number>()
  for (let round = 0; round < 10; round += 1) {
    const members = byDepth((await table.look()).members(tree)).filter(({ pid }) => !done.has(pid))
    // What a process started before it stopped turns up in the next look.
    if (members.length === 0) return
    for (const { pid } of suspended ? members : members.toReversed()) {
      send(pid, suspended ? 'SIGSTOP' : 'SIGCONT')
      done.add(pid)
    }
  }
}

/** Parents before their children. */
function byDepth(members: readonly ProcessStat[]): readonly ProcessStat[] {
  const parents = new Map(members.map((member) => [member.pid, member.parent]))
  const depth = (pid: number): number => {
    let steps = 0
    for (let parent = parents.get(pid); parent !== undefined && steps < members.length; steps += 1)
      parent = parents.get(parent)
    return steps
  }
  return members.toSorted((a, b) => depth(a.pid) - depth(b.pid))
}
