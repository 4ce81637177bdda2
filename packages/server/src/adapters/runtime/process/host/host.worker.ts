import { execFile } from 'node:child_process'
import { parentPort } from 'node:worker_threads'

import { hasCode, messageOf } from '@mllab/kernel'

import { eventsOf, joinGroups, makeGroups } from './controllers.ts'
import { endTree } from './end-tree.ts'
import { postGuard } from './guard.ts'
import type { HostCalls, HostMessage, HostReply, TreeUsage } from './host.ts'
import { listeners, listensOn, socketsOf } from './listening.ts'
import { openFilesOf } from './open-files.ts'
import { isAlive, readBootId, readPrivateBytes, readWrittenBytes, TICKS_PER_SECOND, type ProcessStat } from './proc.ts'
import { createProcessTable } from './process-table.ts'
import { spawnWrapper } from './spawn.ts'
import { strainOf } from './strain.ts'
import { suspendTree } from './suspend.ts'

if (!parentPort) throw new Error('host.worker.ts runs as a worker only')
const port = parentPort
const bootId = readBootId()
const table = createProcessTable()
const reply = (message: HostReply) => port.postMessage(message)

const calls: HostCalls = {
  spawn: async (request) => spawnWrapper(request, bootId, () => reply({ exited: request.runFolder })),
  alive: async (identities) => identities.map((identity) => isAlive(identity, bootId)),
  end: (tree, graceMs) => endTree(tree, graceMs, table, bootId),
  events: async (groups) => eventsOf(groups),
  openFiles: async (trees) => {
    const snapshot = await table.look()
    return trees.map((tree) => snapshot.members(tree).reduce((sum, { pid }) => sum + openFilesOf(pid), 0))
  },
  listening: async (trees, first, last) => {
    const inRange = listeners().filter(({ port }) => port >= first && port <= last)
    // Whose they are is asked only where it matters: that means reading what every process has open.
    if (inRange.length < (last - first) / 10) return { all: inRange.length, each: trees.map(() => 0) }
    const inodes = new Set(inRange.map(({ inode }) => inode))
    const snapshot = await table.look()
    const each = trees.map((tree) => {
      const own = new Set(snapshot.members(tree).flatMap(({ pid }) => socketsOf(pid)))
      return own.intersection(inodes).size
    })
    return { all: inRange.length, each }
  },
  usage: async (trees) => {
    const snapshot = await table.look()
    return trees.map((tree) => usageOf(snapshot.members(tree)))
  },
  measure: async (trees) => {
    const snapshot = await table.look()
    return trees.map((tree) => {
      const members = snapshot.members(tree)
      return { ...usageOf(members), strain: strainOf(members, tree.groups) }
    })
  },
  suspend: (tree, suspended) => suspendTree(tree, suspended, table),
  written: async (trees) => {
    const snapshot = await table.look()
    return trees.map((tree) => snapshot.members(tree).reduce((sum, { pid }) => sum + readWrittenBytes(pid), 0))
  },
  listens: async (tree, port) => listensOn((await table.look()).members(tree), port),
  enroll: async (tree, limits) => {
    if (!tree.groups) return
    makeGroups(tree.groups, limits)
    joinGroups(
      tree.groups,
      (await table.look()).members(tree).map(({ pid }) => pid),
    )
  },
  guard: async (request) => postGuard(request, bootId),
  punch: (file, bytes) =>
    new Promise((resolve) => {
      const args = ['--punch-hole', '--offset', '0', '--length', String(bytes), file]
      execFile('fallocate', args, { timeout: 30_000 }, (error) => resolve(error === null))
    }),
}

port.on('message', (message: HostMessage) => void answer(message))

function usageOf(members: readonly ProcessStat[]): TreeUsage {
  // Whoever leads a session with a terminal is its shell; with another group in front it waits for a command.
  const shells = members.filter((stat) => stat.terminal !== 0 && stat.pid === stat.session)
  return {
    cpuSeconds: members.reduce((sum, stat) => sum + stat.cpuTicks, 0) / TICKS_PER_SECOND,
    memoryBytes: members.reduce((sum, stat) => sum + readPrivateBytes(stat.pid), 0),
    processes: members.length,
    terminals: shells.length,
    busyTerminals: shells.filter((stat) => stat.foreground !== stat.group).length,
  }
}

async function answer({ id, method, args }: HostMessage): Promise<void> {
  try {
    // The types of a method and its arguments were checked on the sending side; a message cannot carry that.
    const call = calls[method] as (...values: unknown[]) => Promise<unknown>
    reply({ id, value: await call(...args) })
  } catch (error) {
    const code = hasCode(error, 'ENOSPC', 'EDQUOT') ? 'STORAGE_FULL' : 'UNAVAILABLE'
    reply({ id, error: { code, message: messageOf(error) } })
  }
}
