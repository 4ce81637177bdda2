import { readdir } from 'node:fs/promises'

import type { Clock, Log } from '@mllab/kernel'

import type { InstanceRef, ObservedInstance } from '../../../../ports/runtime.ts'
import { NO_EVENTS } from '../host/controllers.ts'
import type { Host } from '../host/host.ts'
import type { ProcessIdentity } from '../host/proc.ts'
import type { Tree } from '../host/process-table.ts'
import type { Layout } from '../layout.ts'
import { readExit, type InstanceExit } from './exit.ts'
import {
  instanceFolder,
  isSuspended,
  readNote,
  readRecord,
  removeInstance,
  type InstanceFolder,
  type InstanceRecord,
} from './record.ts'

export interface Entry {
  readonly key: string
  readonly files: InstanceFolder
  readonly record: InstanceRecord
  /** An earlier server started it: nobody reports its end. */
  readonly adopted?: true
  /** Undefined while it is being started, and when it could not be. */
  identity: ProcessIdentity | undefined
  exit: InstanceExit | undefined
  suspended: boolean
  /** In progress: what is left of it is being ended, and how it ended is being read. */
  settling: Promise<void> | undefined
}

/** What this runtime knows of its instances; the disk and the kernel are asked whenever it matters. */
export interface Registry {
  get(key: string): Entry | undefined
  all(): readonly Entry[]
  set(entry: Entry): void
  delete(entry: Entry): void
  /** Tells those who watch. */
  changed(entry: Entry): void
  /** Notices who has ended, and takes their left-over processes down. */
  refresh(entries?: readonly Entry[]): Promise<void>
  onChange(listener: (ref: InstanceRef) => void): () => void
}

export interface RegistryInput {
  readonly layout: Layout
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly bootId: string
  readonly maxProcesses: number
}

export function createRegistry(input: RegistryInput): Registry {
  const { host, clock, log, bootId, maxProcesses } = input
  const entries = new Map<string, Entry>()
  const listeners = new Set<(ref: InstanceRef) => void>()

  const announce = ({ workloadId, replica }: InstanceRef) => {
    for (const listener of listeners) listener({ workloadId, replica })
  }

  const settle = async (entry: Entry) => {
    const { groups } = entry.record
    const events = groups ? await host.events(groups) : NO_EVENTS
    // An instance that has ended leaves nothing behind, as a container would not.
    const left = await host.end(treeOf(entry), 0)
    if (left > 0) log.warn('processes of an ended instance do not go away', { instance: entry.key, left })
    const sameBoot = entry.identity?.bootId === bootId
    entry.exit = await readExit(entry.files, entry.record.run, {
      clock,
      sameBoot,
      events,
      record: entry.record,
      maxProcesses,
    })
    if (entries.get(entry.key) === entry) announce(entry.record.spec)
  }

  const settleOnce = (entry: Entry) =>
    (entry.settling ??= settle(entry).finally(() => {
      entry.settling = undefined
    }))

  return {
    get: (key) => entries.get(key),
    all: () => [...entries.values()],
    set: (entry) => {
      entries.set(entry.key, entry)
      announce(entry.record.spec)
    },
    delete: (entry) => {
      if (entries.get(entry.key) === entry) entries.delete(entry.key)
      announce(entry.record.spec)
    },
    changed: (entry) => announce(entry.record.spec),
    refresh: async (some = [...entries.values()]) => {
      const open = some.flatMap((entry) => (entry.exit || !entry.identity ? [] : [{ entry, identity: entry.identity }]))
      if (open.length === 0) return
      const alive = await host.alive(open.map(({ identity }) => identity))
      // Somebody else may have settled it while the question was out, and its folder may be going already.
      const ended = open.filter(({ entry }, index) => !alive[index] && !entry.exit)
      await Promise.all(ended.map(({ entry }) => settleOnce(entry)))
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function treeOf(entry: Entry): Tree {
  const { marker, groups, place } = entry.record
  return {
    marker,
    ...(entry.identity && { wrapper: entry.identity }),
    ...(place.identity && { user: place.identity.uid }),
    ...(groups && { groups }),
  }
}

export function observe(entry: Entry): ObservedInstance {
  const { spec, startedAt } = entry.record
  return {
    workloadId: spec.workloadId,
    replica: spec.replica,
    generation: spec.generation,
    phase: entry.exit ? 'exited' : entry.identity ? 'running' : 'starting',
    startedAt,
    ...(entry.exit && { exit: entry.exit }),
    suspended: entry.suspended && !entry.exit,
  }
}

/** Finds what an earlier server left. What it was just about to start is ended and forgotten: its secrets are gone. */
export async function adoptInstances(input: RegistryInput, registry: Registry): Promise<void> {
  for (const key of await readdir(input.layout.instances)) {
    const files = instanceFolder(input.layout.instances, key)
    const record = await readRecord(files)
    if (!record) continue
    const identity = await files.run(record.run).readIdentity()
    const entry: Entry = {
      key,
      files,
      record,
      adopted: true,
      identity,
      exit: undefined,
      suspended: await isSuspended(files, record.run),
      settling: undefined,
    }
    if (identity) {
      // Anew: the server may have ended between its note and the deed.
      if (entry.suspended) await input.host.suspend(treeOf(entry), true)
      registry.set(entry)
    } else if (await readNote(files, record.run)) {
      entry.exit = await readExit(files, record.run, { ...input, sameBoot: true, events: NO_EVENTS, record })
      registry.set(entry)
    } else {
      await input.host.end(treeOf(entry), 0)
      await removeInstance(files, true)
    }
  }
  await registry.refresh()
}
