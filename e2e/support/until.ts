import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks until the answer is not undefined, and answers it. Rejects after the deadline (default 20 s) with what was waited for, and at
 * once if `ask` throws.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  { timeoutMs = 20_000, intervalMs = 50 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s in vain until ${what}`)
    await pause(intervalMs)
  }
}
