import { messageOf, type Log, type Scope } from '@mllab/kernel'

/**
 * The loop that makes declared state true. A key (a workload, an operation) is looked at when it was woken and at every resync; never
 * twice at once; after a failure again with growing delay. What to do is read from the truth each time, so a lost wake-up costs a
 * delay and nothing else.
 */
export interface ReconcileLoop {
  /** Look at this key soon. */
  wake(key: string): void
  /** Look at all keys soon. */
  wakeAll(): void
  /** Resolves when nothing is waiting or running, delayed retries aside. */
  idle(): Promise<void>
}

export interface ReconcileOptions {
  readonly name: string
  readonly scope: Scope
  readonly log: Log
  /** Keys that may need work, read from the database. */
  readonly keys: () => Promise<readonly string[]>
  /** One step towards the declared state. Answers in how many ms to look again, or undefined. */
  readonly step: (key: string, signal: AbortSignal) => Promise<number | undefined>
  readonly resyncMs: number
  readonly concurrency: number
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 60_000

export function startReconcileLoop(options: ReconcileOptions): ReconcileLoop {
  const { scope, log } = options
  const waiting = new Set<string>()
  const running = new Set<string>()
  const failures = new Map<string, number>()
  const timers = new Map<string, NodeJS.Timeout>()
  const idlers = new Set<() => void>()
  let listing = false
  let listAgain = false

  const wake = (key: string) => {
    if (scope.closed) return
    clearTimeout(timers.get(key))
    timers.delete(key)
    waiting.add(key)
    queueMicrotask(drain)
  }

  const wakeLater = (key: string, delayMs: number) => {
    if (scope.closed) return
    clearTimeout(timers.get(key))
    const timer = setTimeout(() => wake(key), delayMs)
    timer.unref()
    timers.set(key, timer)
  }

  const drain = () => {
    for (const key of waiting) {
      if (running.size >= options.concurrency || scope.closed) break
      if (running.has(key)) continue
      waiting.delete(key)
      running.add(key)
      void run(key)
    }
    if (waiting.size === 0 && running.size === 0 && !listing) for (const done of idlers) done()
  }

  const run = async (key: string) => {
    try {
      const againMs = await options.step(key, scope.signal)
      failures.delete(key)
      if (againMs !== undefined && !waiting.has(key)) wakeLater(key, againMs)
    } catch (error) {
      if (scope.closed) return
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (count - 1))
      log.warn('reconcile step failed', {
        loop: options.name,
        key,
        attempt: count,
        retryMs: delayMs,
        error: messageOf(error),
      })
      wakeLater(key, delayMs)
    } finally {
      running.delete(key)
      drain()
    }
  }

  const wakeAll = () => {
    if (listing) {
      listAgain = true
      return
    }
    if (scope.closed) return
    listing = true
    void options
      .keys()
      .then((keys) => keys.forEach((key) => (timers.has(key) ? undefined : wake(key))))
      .catch((error: unknown) => log.warn('reconcile list failed', { loop: options.name, error: messageOf(error) }))
      .finally(() => {
        listing = false
        if (listAgain) {
          listAgain = false
          wakeAll()
        } else drain()
      })
  }

  scope.every(options.resyncMs, wakeAll)
  scope.defer(async () => {
    for (const timer of timers.values()) clearTimeout(timer)
    while (running.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })
  wakeAll()

  return {
    wake,
    wakeAll,
    idle: () =>
      new Promise((resolve) => {
        const done = () => {
          idlers.delete(done)
          resolve()
        }
        idlers.add(done)
        queueMicrotask(drain)
      }),
  }
}
