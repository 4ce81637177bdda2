/**
 * Owns what was opened: timers, sockets, children. Closed in reverse order, safe to close twice; one failing closer does not keep
 * the others from running, and the errors come out together.
 */
export interface Scope {
  readonly signal: AbortSignal
  readonly closed: boolean
  /** Registers a closer and returns a function that takes it out again. */
  defer(close: () => void | Promise<void>): () => void
  /** Registers something that has a `close` and returns it. */
  own<T extends { close(): void | Promise<void> }>(thing: T): T
  /** A timer that never keeps the process alive. */
  every(intervalMs: number, tick: () => void): void
  /** A scope that is closed with this one, or earlier. */
  child(): Scope
  close(): Promise<void>
}

export function createScope(): Scope {
  const closers = new Set<() => void | Promise<void>>()
  const controller = new AbortController()
  let closing: Promise<void> | undefined

  const defer: Scope['defer'] = (close) => {
    if (closing) throw new Error('scope is closed')
    const entry = () => close()
    closers.add(entry)
    return () => closers.delete(entry)
  }

  const closeAll = async () => {
    controller.abort(new Error('closed'))
    const errors: unknown[] = []
    for (const close of [...closers].toReversed()) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    closers.clear()
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} parts failed to close`)
  }

  return {
    signal: controller.signal,
    get closed() {
      return closing !== undefined
    },
    defer,
    own: (thing) => {
      defer(() => thing.close())
      return thing
    },
    every: (intervalMs, tick) => {
      const timer = setInterval(tick, intervalMs)
      timer.unref()
      defer(() => clearInterval(timer))
    },
    child: () => {
      const inner = createScope()
      const forget = defer(() => inner.close())
      return {
        ...inner,
        get closed() {
          return inner.closed
        },
        close: async () => {
          forget()
          await inner.close()
        },
      }
    },
    close: () => (closing ??= closeAll()),
  }
}
