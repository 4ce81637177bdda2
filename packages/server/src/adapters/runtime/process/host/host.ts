import { Worker } from 'node:worker_threads'

import { PortError, type PortErrorCode } from '@mllab/kernel'

import type { GroupEvents, InstanceGroups, ResourceLimits } from './controllers.ts'
import type { GuardRequest } from './guard.ts'
import type { ProcessIdentity } from './proc.ts'
import type { Tree } from './process-table.ts'
import type { SpawnRequest } from './spawn.ts'
import type { Strain } from './strain.ts'

export interface TreeUsage {
  readonly cpuSeconds: number
  readonly memoryBytes: number
  readonly processes: number
  readonly terminals: number
  readonly busyTerminals: number
}

/** What blocks whoever asks for it: fork (14 ms in a server of 600 MB), looks at all of /proc. */
export interface HostCalls {
  spawn(request: SpawnRequest): Promise<ProcessIdentity>
  alive(identities: readonly ProcessIdentity[]): Promise<readonly boolean[]>
  /** Ends a tree and says how many processes are left; see `endTree`. */
  end(tree: Tree, graceMs: number): Promise<number>
  usage(trees: readonly Tree[]): Promise<readonly TreeUsage[]>
  events(groups: InstanceGroups): Promise<GroupEvents>
  /** The same, with what they were held back from: see `strainOf`. */
  measure(trees: readonly Tree[]): Promise<readonly (TreeUsage & { readonly strain: Strain })[]>
  /** Files that the processes of a tree have open. */
  openFiles(trees: readonly Tree[]): Promise<readonly number[]>
  /** On how many ports from `first` to `last` somebody listens, and on how many each tree does. */
  listening(trees: readonly Tree[], first: number, last: number): Promise<{ all: number; each: readonly number[] }>
  suspend(tree: Tree, suspended: boolean): Promise<void>
  /** Bytes that the living processes of a tree had written to disks. */
  written(trees: readonly Tree[]): Promise<readonly number[]>
  /** Whether something in the tree listens on a TCP port. */
  listens(tree: Tree, port: number): Promise<boolean>
  /** Puts a living tree into its groups. */
  enroll(tree: Tree, limits: ResourceLimits): Promise<void>
  /** See `postGuard`. */
  guard(request: GuardRequest): Promise<void>
  /** Gives the first bytes of a file back to the file system; false where that cannot be done. */
  punch(file: string, bytes: number): Promise<boolean>
}

export interface Host extends HostCalls {
  /** Called with the run folder of a wrapper that this host started, when it has ended. */
  onExit(listener: (runFolder: string) => void): void
  close(): Promise<void>
}

export interface HostMessage {
  readonly id: number
  readonly method: keyof HostCalls
  readonly args: readonly unknown[]
}

export type HostReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: PortErrorCode; readonly message: string } }
  | { readonly exited: string }

interface Waiting {
  resolve(value: never): void
  reject(error: Error): void
}

/** Where the tools of the system are; nothing is looked up in the server's own PATH. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The operating system behind a thread of its own, so that the event loop that proxies never waits for a fork. The thread
 * starts with the first call (a server without workloads has none), and again after it died: what it was asked then fails.
 */
export function createHost(): Host {
  const waiting = new Map<number, Waiting>()
  const listeners = new Set<(runFolder: string) => void>()
  let lastId = 0
  let running: Worker | undefined
  let closed = false

  const start = (): Worker => {
    const worker = new Worker(new URL('host.worker.ts', import.meta.url), {
      name: 'runtime-host',
      env: { PATH: SYSTEM_PATH },
      execArgv: [],
    })
    let cause: unknown
    worker.on('message', (message: HostReply) => {
      if ('exited' in message) for (const listener of listeners) listener(message.exited)
      else answer(worker, message)
    })
    worker.on('error', (error) => (cause = error))
    worker.on('exit', () => {
      running = undefined
      const error = closed
        ? closedError()
        : new PortError('UNAVAILABLE', 'the thread that starts processes failed', { cause })
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    })
    return worker
  }
  const answer = (worker: Worker, message: Exclude<HostReply, { readonly exited: string }>) => {
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if (waiting.size === 0) worker.unref()
    if ('error' in message) call?.reject(new PortError(message.error.code, message.error.message))
    // The worker answers with what `HostCalls` promises for the method that was asked for.
    else call?.resolve(message.value as never)
  }

  const call =
    <M extends keyof HostCalls>(method: M) =>
    (...args: Parameters<HostCalls[M]>): ReturnType<HostCalls[M]> =>
      new Promise((resolve, reject) => {
        if (closed) return reject(closedError())
        running ??= start()
        const message: HostMessage = { id: (lastId += 1), method, args }
        waiting.set(message.id, { resolve, reject })
        running.ref()
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        running.postMessage(message)
      }) as ReturnType<HostCalls[M]> // A promise of what the method answers; generics cannot say so.

  const alive = call('alive')
  const usage = call('usage')
  const measure = call('measure')
  return {
    spawn: call('spawn'),
    // With nothing to look at, no thread is started for it.
    alive: (identities) => (identities.length > 0 ? alive(identities) : Promise.resolve([])),
    end: call('end'),
    usage: (trees) => (trees.length > 0 ? usage(trees) : Promise.resolve([])),
    events: call('events'),
    measure: (trees) => (trees.length > 0 ? measure(trees) : Promise.resolve([])),
    openFiles: call('openFiles'),
    listening: call('listening'),
    suspend: call('suspend'),
    written: call('written'),
    listens: call('listens'),
    enroll: call('enroll'),
    guard: call('guard'),
    punch: call('punch'),
    onExit: (listener) => void listeners.add(listener),
    close: async () => {
      closed = true
      await running?.terminate()
    },
  }
}

function closedError(): PortError {
  return new PortError('UNAVAILABLE', 'the runtime is closed', { retryable: false })
}
