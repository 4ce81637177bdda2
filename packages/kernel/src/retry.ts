import { delay } from './time.ts'

export interface RetryOptions {
  readonly attempts: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  readonly signal?: AbortSignal
  /** Which errors are worth another try. */
  readonly when: (error: unknown) => boolean
}

/** Runs `task` until it succeeds, waiting twice as long each time, with jitter. Throws the last error. */
export async function retry<T>(task: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task()
    } catch (error) {
      if (attempt >= options.attempts || !options.when(error)) throw error
      const backoffMs = Math.min(options.maxDelayMs, options.firstDelayMs * 2 ** (attempt - 1))
      await delay(backoffMs * (0.5 + Math.random() / 2), options.signal)
    }
  }
}
