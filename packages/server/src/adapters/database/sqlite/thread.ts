import { Worker } from 'node:worker_threads'

import { messageOf, PortError } from '@mllab/kernel'

import { receivedError } from './received.ts'
import type { Notice, ThreadMessage, WireError, WireValue } from './protocol.ts'

interface Pending {
  readonly resolve: (value: WireValue) => void
  readonly reject: (error: WireError) => void
  readonly sentAt: number
}

interface Outgoing {
  readonly item: { readonly id: number } | { readonly kind: string }
  readonly transfer: readonly ArrayBuffer[]
}

interface Options {
  readonly name: string
  readonly module: URL
  readonly data: unknown
  readonly onNotice?: (notice: Notice) => void
  /** Called once if the thread ends by itself. */
  readonly onDeath: (error: Error) => void
}

/** The main thread's end of a database thread: collects the requests of a tick into one message, matches answers by id. */
export interface DatabaseThread {
  readonly ready: Promise<void>
  readonly inFlight: number
  /** How long the oldest request has waited for its answer; 0 without one. */
  readonly waitedMs: number
  /** How long ago the last request came in. */
  readonly idleMs: number
  /** Fails with `PortError`, `ExpectationError`, or what a unit threw. `request.id` is from `nextId()`. */
  call(request: { readonly id: number }, transfer?: readonly ArrayBuffer[]): Promise<WireValue>
  /** Sends what has no answer. */
  tell(command: { readonly kind: string }): void
  /** Fails what was sent longer ago with TIMEOUT; the thread goes on with it. */
  giveUpOlderThan(ms: number): void
  /** Ends the thread after what it has; kills it after `patienceMs`. */
  close(patienceMs: number): Promise<void>
}

let lastId = 0

/** Ids are unique in the process, so that a transaction's id never means another one after a thread was replaced. */
export function nextId(): number {
  lastId += 1
  return lastId
}

export function startThread({ name, module, data, onNotice, onDeath }: Options): DatabaseThread {
  // Loaders and flags of the parent (a test runner's, for example) would only make the start slow.
  const worker = new Worker(module, { name, workerData: data, execArgv: [] })
  const pending = new Map<number, Pending>()
  /** Given up here, but the thread is still at it. */
  const abandoned = new Set<number>()
  const { promise: ready, resolve: opened, reject: unopened } = Promise.withResolvers<void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  let outbox: Outgoing[] = []
  let lastCallAt = performance.now()
  let closing = false
  let dead: Error | undefined
  ready.catch(() => undefined)

  const send = () => {
    const outgoing = outbox
    outbox = []
    if (dead) return
    try {
      worker.postMessage(
        outgoing.map(({ item }) => item),
        outgoing.flatMap(({ transfer }) => transfer),
      )
    } catch (error) {
      // One of them cannot be cloned. Only that one shall fail.
      if (outgoing.length > 1) for (const one of outgoing) sendAlone(one)
      else if (outgoing[0]) refuse(outgoing[0], error)
    }
  }
  const sendAlone = (one: Outgoing) => {
    try {
      worker.postMessage([one.item], one.transfer)
    } catch (error) {
      refuse(one, error)
    }
  }
  const refuse = ({ item }: Outgoing, error: unknown) => {
    if (!('id' in item)) throw error
    const request = pending.get(item.id)
    pending.delete(item.id)
    request?.reject({ kind: 'port', code: 'INVALID', message: messageOf(error), retryable: false, subjects: [] })
  }
  const enqueue = (item: Outgoing['item'], transfer: readonly ArrayBuffer[] = []) => {
    outbox.push({ item, transfer })
    if (outbox.length === 1) setImmediate(send)
  }

  worker.on('message', (message: ThreadMessage) => {
    for (const item of message) {
      if ('notice' in item) {
        if (item.notice === 'ready') opened()
        else if (item.notice === 'unopened') unopened(receivedError(item.error))
        else onNotice?.(item)
        continue
      }
      const request = pending.get(item.id)
      if (!request) {
        abandoned.delete(item.id)
        continue
      }
      pending.delete(item.id)
      if (item.error) request.reject(item.error)
      else request.resolve(item.value)
    }
  })
  worker.on('error', (error) => {
    dead = error instanceof Error ? error : new Error(String(error))
  })
  worker.on('exit', () => {
    dead ??= new Error(`the thread ${name} has ended`)
    unopened(new PortError('UNAVAILABLE', dead.message, { cause: dead }))
    for (const request of pending.values()) request.reject(diedWith(dead))
    pending.clear()
    end()
    if (!closing) onDeath(dead)
  })

  return {
    ready,
    get inFlight() {
      return pending.size + abandoned.size
    },
    get waitedMs() {
      const [oldest] = pending.values()
      return oldest ? performance.now() - oldest.sentAt : 0
    },
    get idleMs() {
      return performance.now() - lastCallAt
    },
    async call(request, transfer) {
      try {
        return await new Promise<WireValue>((resolve, reject) => {
          if (dead) return reject(diedWith(dead))
          lastCallAt = performance.now()
          pending.set(request.id, { resolve, reject, sentAt: lastCallAt })
          enqueue(request, transfer)
        })
      } catch (error) {
        // Made here, so that the stack names the caller. Only wire errors are rejected with.
        throw receivedError(error as WireError)
      }
    },
    tell: (command) => enqueue(command),
    giveUpOlderThan(ms) {
      const since = performance.now() - ms
      for (const [id, request] of pending) {
        if (request.sentAt > since) break
        pending.delete(id)
        abandoned.add(id)
        request.reject({
          kind: 'port',
          code: 'TIMEOUT',
          message: `no answer for ${ms} ms`,
          retryable: true,
          subjects: [],
        })
      }
    },
    async close(patienceMs) {
      closing = true
      enqueue({ kind: 'close' })
      const killer = setTimeout(() => void worker.terminate(), patienceMs)
      await ended
      clearTimeout(killer)
    },
  }
}

/** Whether a write was stored before the thread died is not known, so it is not marked as safe to repeat. */
function diedWith(error: Error): WireError {
  return { kind: 'port', code: 'UNAVAILABLE', message: error.message, retryable: false, subjects: [] }
}
