import { PortError, type Log } from '@mllab/kernel'

import type { ReaderData, RunRequest, WireValue } from './protocol.ts'
import { startThread, type DatabaseThread } from './thread.ts'

interface Options {
  readonly name: string
  readonly data: ReaderData
  /** Threads that stay when there is nothing to do. A thread costs 8 MB. */
  readonly least: number
  readonly most: number
  readonly log: Log
}

/** Reader threads of one kind. The first starts with the first read (or `warm`), the next when all are busy; those too many end. */
export interface Readers {
  warm(): void
  read(request: RunRequest): Promise<WireValue>
  /** Until the returned function is called, new reads wait; resolves to true when the running ones are done within `patienceMs`. */
  hold(): { readonly release: () => void; readonly drained: (patienceMs: number) => Promise<boolean> }
  giveUpOlderThan(ms: number): void
  /** Ends one of the threads that had nothing to do for a minute. */
  tidy(): void
  close(patienceMs: number): Promise<void>
}

const module = new URL('./reader.worker.ts', import.meta.url)

/** A reader with fewer in flight than this is not busy, nor one that answers them at once. */
const BUSY = 2
const BUSY_MS = 4
const IDLE_MS = 60_000

export function createReaders({ name, data, least: fewest, most, log }: Options): Readers {
  /** Those that have opened the file; while one starts, the others do its work. */
  const open: DatabaseThread[] = []
  let starting: DatabaseThread | undefined
  let held: Promise<void> | undefined
  let running = 0
  let closing = false
  let look: NodeJS.Timeout | undefined
  const whenIdle = new Set<() => void>()

  const start = (): DatabaseThread => {
    const thread = startThread({
      name,
      module,
      data,
      onDeath: (error) => {
        log.error('a reader of the database has ended', { reader: name, error: error.message })
        forget(thread)
      },
    })
    starting = thread
    thread.ready.then(
      () => {
        open.push(thread)
        starting = undefined
      },
      () => forget(thread),
    )
    return thread
  }
  const forget = (thread: DatabaseThread) => {
    const index = open.indexOf(thread)
    if (index >= 0) open.splice(index, 1)
    if (starting === thread) starting = undefined
  }

  const startIfBusy = () => {
    look = undefined
    if (!closing && !starting && open.every(({ inFlight, waitedMs }) => inFlight >= BUSY && waitedMs > BUSY_MS)) start()
  }

  const choose = (): DatabaseThread => {
    let least: DatabaseThread | undefined
    for (const thread of open) if (!least || thread.inFlight < least.inFlight) least = thread
    if (!least) return starting ?? start()
    if (least.inFlight >= BUSY && open.length < most && !starting && !look) look = setTimeout(startIfBusy, BUSY_MS)
    return least
  }

  return {
    warm: () => void choose(),
    async read(request) {
      while (held) await held
      if (closing) throw new PortError('UNAVAILABLE', 'the database is closed', { retryable: false })
      running += 1
      try {
        return await choose().call(request)
      } finally {
        running -= 1
        if (running === 0) for (const idle of whenIdle) idle()
      }
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return {
        release: () => {
          if (held === promise) held = undefined
          resolve()
        },
        drained: (patienceMs) =>
          new Promise((settle) => {
            const done = (idle: boolean) => {
              clearTimeout(timer)
              whenIdle.delete(onIdle)
              settle(idle)
            }
            const onIdle = () => done(true)
            const timer = setTimeout(() => done(false), patienceMs)
            whenIdle.add(onIdle)
            if (running === 0) done(true)
          }),
      }
    },
    giveUpOlderThan: (ms) => [...open, ...(starting ? [starting] : [])].forEach((thread) => thread.giveUpOlderThan(ms)),
    tidy() {
      const idle = open.length > fewest && open.findLast((thread) => thread.inFlight === 0 && thread.idleMs > IDLE_MS)
      if (!idle) return
      forget(idle)
      void idle.close(1000)
    },
    async close(patienceMs) {
      closing = true
      clearTimeout(look)
      await Promise.all([...open, ...(starting ? [starting] : [])].map((thread) => thread.close(patienceMs)))
    },
  }
}
