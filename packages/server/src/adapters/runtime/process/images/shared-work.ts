interface Shared<P> {
  readonly listeners: Set<(progress: P) => void>
  readonly controller: AbortController
  readonly done: Promise<void>
  last: P | undefined
}

export interface SharedOptions<P> {
  readonly onProgress: (progress: P) => void
  readonly signal: AbortSignal
}

/**
 * Work of one key is done once for all who ask meanwhile. Each hears the progress, a late one from where it is; each may leave by its
 * own signal, and the work is given up when the last one has left.
 */
export function createSharedWork<P>() {
  const running = new Map<string, Shared<P>>()

  return async function share(
    key: string,
    work: (options: SharedOptions<P>) => Promise<void>,
    options: SharedOptions<P>,
  ): Promise<void> {
    options.signal.throwIfAborted()
    const shared = running.get(key) ?? start(running, key, work)
    shared.listeners.add(options.onProgress)
    if (shared.last !== undefined) options.onProgress(shared.last)
    const left = new Promise<never>((_, reject) => {
      options.signal.addEventListener('abort', () => reject(options.signal.reason), {
        once: true,
        signal: shared.controller.signal,
      })
    })
    try {
      await Promise.race([shared.done, left])
    } finally {
      shared.listeners.delete(options.onProgress)
      if (shared.listeners.size === 0) {
        if (running.get(key) === shared) running.delete(key)
        shared.controller.abort(new Error('nobody waits for this any more'))
        await shared.done.catch(() => undefined)
      }
    }
  }
}

function start<P>(
  running: Map<string, Shared<P>>,
  key: string,
  work: (options: SharedOptions<P>) => Promise<void>,
): Shared<P> {
  const listeners = new Set<(progress: P) => void>()
  const controller = new AbortController()
  const onProgress = (progress: P) => {
    shared.last = progress
    for (const listener of listeners) listener(progress)
  }
  // On the next turn, when `shared` exists.
  const done = Promise.resolve().then(() => work({ onProgress, signal: controller.signal }))
  const shared: Shared<P> = { listeners, controller, done, last: undefined }
  running.set(key, shared)
  return shared
}
