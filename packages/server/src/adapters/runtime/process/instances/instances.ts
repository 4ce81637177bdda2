import { lstat } from 'node:fs/promises'

import { PortError, type Clock } from '@mllab/kernel'

import type { Endpoint, InstanceRef, Instances } from '../../../../ports/runtime.ts'
import type { Host } from '../host/host.ts'
import type { Isolation } from '../isolation/isolation.ts'
import { instanceKey, type Layout } from '../layout.ts'
import type { Activities } from './activity.ts'
import { execInInstance } from './exec.ts'
import type { createLifecycle } from './lifecycle.ts'
import { readLog } from './logs.ts'
import type { Notices } from './notices.ts'
import { instanceFolder } from './record.ts'
import { observe, treeOf, type Entry, type Registry } from './registry.ts'
import { usageOf } from './stats.ts'

export interface InstancesInput {
  readonly layout: Layout
  readonly host: Host
  readonly clock: Clock
  readonly registry: Registry
  readonly lifecycle: ReturnType<typeof createLifecycle>
  readonly isolation: Isolation
  readonly activities: Activities
  readonly notices: Notices
}

const LISTENING_MS = 5000

/** The instances of the port, over what is on disk and in the kernel. */
export function createInstances({
  layout,
  host,
  clock,
  registry,
  lifecycle,
  isolation,
  activities,
  notices,
}: InstancesInput): Instances {
  const find = (ref: InstanceRef): Entry => {
    const entry = registry.get(instanceKey(ref))
    if (!entry) throw new PortError('NOT_FOUND', `there is no instance ${ref.workloadId}.${ref.replica}`)
    return entry
  }
  const isLive = (key: string) => {
    const entry = registry.get(key)
    return entry !== undefined && entry.exit === undefined
  }

  const seenListening = new Map<string, number>()
  /** Looked at anew after a while: a program may give its port up, and a stranger take it. */
  const listens = async (entry: Entry, port: number) => {
    const id = `${entry.record.run}:${port}`
    const now = performance.now()
    if (now - (seenListening.get(id) ?? -Infinity) < LISTENING_MS) return true
    for (const [other, at] of seenListening) if (now - at >= LISTENING_MS) seenListening.delete(other)
    if (!(await host.listens(treeOf(entry), port))) return false
    seenListening.set(id, now)
    return true
  }

  return {
    apply: lifecycle.apply,
    remove: lifecycle.remove,
    list: async () => {
      await registry.refresh()
      return registry.all().map(observe)
    },
    watch: (onChange, signal) => {
      if (signal.aborted) return
      signal.addEventListener('abort', registry.onChange(onChange), { once: true })
    },
    logs: (ref, query) => {
      const key = instanceKey(ref)
      return readLog(instanceFolder(layout.instances, key).log, query, () => isLive(key))
    },
    endpoint: async (ref, port) => {
      const entry = registry.get(instanceKey(ref))
      if (!entry?.identity || entry.exit) return undefined
      const endpoint: Endpoint | undefined =
        typeof port === 'number' ? { kind: 'tcp', host: '127.0.0.1', port } : entry.record.endpoints[port]
      if (!endpoint) return undefined
      const answers = endpoint.kind === 'unix' ? await isSocket(endpoint.path) : await listens(entry, endpoint.port)
      return answers ? endpoint : undefined
    },
    stats: () => usageOf(registry.all(), { host, notices }, clock.now()),
    exec: async (ref, command, { signal }) => execInInstance(find(ref), command, signal, isolation),
    suspend: lifecycle.suspend,
    activity: async () => {
      const running = registry.all().filter((entry) => entry.identity && !entry.exit)
      const usage = await host.usage(running.map(treeOf))
      return running.flatMap((entry, index) => {
        const used = usage[index]
        return used ? [activities.of(entry, used, clock.now())] : []
      })
    },
  }
}

/** A link there would lead to a socket of somebody else. */
async function isSocket(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isSocket()
  } catch {
    return false
  }
}
