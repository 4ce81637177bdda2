import { LabProblem } from './problem.ts'

const FIRST_DELAY_MS = 250
const LAST_DELAY_MS = 8000
const ATTEMPTS = 7
/** An attempt that went on for longer than this before it failed was no hasty one, and is not counted. */
const PATIENT_MS = 60_000

/**
 * Tries again where trying again may help: the network failed, or the server says it is busy or away. Gives up after seven hasty attempts,
 * about 15 s. The task must be safe to repeat, and is told by its signal when it took too long (`deadlineMs`).
 */
export async function persistently<T>(
  task: (signal: AbortSignal) => Promise<T>,
  options: { readonly signal?: AbortSignal | undefined; readonly deadlineMs: number },
): Promise<T> {
  for (let attempt = 1; ;) {
    options.signal?.throwIfAborted()
    const startedAt = performance.now()
    const timeout = AbortSignal.timeout(options.deadlineMs)
    try {
      return await task(options.signal ? AbortSignal.any([options.signal, timeout]) : timeout)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!mayPass(error) || attempt >= ATTEMPTS) throw error
      await pause(delayAfter(attempt), options.signal)
    }
    if (performance.now() - startedAt < PATIENT_MS) attempt++
  }
}

/** Runs the task for each item, so many at a time. The first failure stops the others and is thrown. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  task: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failed = new AbortController()
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const queue = items.values()
  const worker = async () => {
    for (const item of queue) {
      stop.throwIfAborted()
      await task(item, stop)
    }
  }
  const workers = Array.from({ length: Math.min(width, items.length) }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
  )
  await Promise.allSettled(workers)
  stop.throwIfAborted()
}

/** `fetch` fails with a `TypeError` if the network does. */
function mayPass(error: unknown): boolean {
  if (error instanceof LabProblem) return [429, 502, 503, 504].includes(error.status)
  if (error instanceof TypeError) return !isUnreadable(error.cause)
  return error instanceof DOMException && error.name === 'TimeoutError'
}

/** A file that changed since it was chosen can be sent no more. */
function isUnreadable(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'NotReadableError'
}

/** With jitter, so that many clients do not come back at once. */
function delayAfter(attempt: number): number {
  return Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt) * (0.5 + Math.random() / 2)
}

/** Throws the signal's reason. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error) // what `throwIfAborted` would throw
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
