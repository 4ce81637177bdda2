/** How the innocent fared while something happened beside them. */
export interface Testimony {
  readonly answers: number
  /** What went wrong, the first few. */
  readonly failures: readonly string[]
  readonly slowestMs: number
}

export interface Witness {
  /** Ends it. */
  end(): Promise<Testimony>
}

const EVERY_MS = 100
const PATIENCE_MS = 10_000
const TOLD = 5

/** Asks again and again, one question after the other, until it is ended. A question that fails throws. */
export function watchOver(name: string, ask: (signal: AbortSignal) => Promise<void>): Witness {
  let ended = false
  let answers = 0
  let slowestMs = 0
  const failures: string[] = []
  const watching = (async () => {
    while (!ended) {
      const begin = performance.now()
      try {
        await ask(AbortSignal.timeout(PATIENCE_MS))
        answers += 1
      } catch (error) {
        if (failures.length < TOLD) failures.push(`${name}: ${String(error)}`)
      }
      slowestMs = Math.max(slowestMs, performance.now() - begin)
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  })()
  return {
    end: async () => {
      ended = true
      await watching
      return { answers, failures, slowestMs: Math.round(slowestMs) }
    },
  }
}
