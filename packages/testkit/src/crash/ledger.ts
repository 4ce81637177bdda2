import { LabProblem } from '@mllab/sdk'

import { Refused } from './mlflow.ts'

/** What there is, by name, each thing written down so that two states are equal when their texts are. */
export type State = ReadonlyMap<string, string>

/** By name: how it is afterwards, or undefined for what is gone. */
export type Change = Readonly<Record<string, string | undefined>>

/**
 * What one client knows of the server: what was acknowledged, and at most one change he has no answer to. He sends one after another.
 */
export interface Ledger {
  readonly known: State
  /** Names that a change was sent for since `calm`. */
  readonly touched: ReadonlySet<string>
  calm(): void
  /** Sends a change. Resolves when it was acknowledged; fails if there was no answer. */
  change(change: Change, send: () => Promise<unknown>): Promise<void>
  /**
   * Compares with what is there now: all that was acknowledged, and a change without an answer wholly or not at all. Throws otherwise.
   * From here on what is there is what is known.
   */
  settle(observed: State): void
}

export function createLedger(name: string): Ledger {
  let known: State = new Map()
  let unanswered: State | undefined
  const touched = new Set<string>()

  return {
    get known() {
      return known
    },
    touched,
    calm: () => touched.clear(),
    change: async (change, send) => {
      if (unanswered) throw new Error(`${name} has a change without an answer already`)
      const after = new Map(known)
      for (const [thing, how] of Object.entries(change)) {
        touched.add(thing)
        if (how === undefined) after.delete(thing)
        else after.set(thing, how)
      }
      unanswered = after
      try {
        await send()
      } catch (error) {
        // An answer all the same: nothing has changed, and nothing here should have been refused.
        if (error instanceof LabProblem || error instanceof Refused) unanswered = undefined
        throw error
      }
      known = after
      unanswered = undefined
    },
    settle: (observed) => {
      const differences = differencesOf(known, observed)
      if (differences.length > 0 && (!unanswered || differencesOf(unanswered, observed).length > 0))
        throw new Error(
          [
            `${name} is not what was acknowledged:`,
            ...differences,
            ...(unanswered ? ['nor what was sent last:', ...differencesOf(unanswered, observed)] : []),
          ].join('\n  '),
        )
      known = observed
      unanswered = undefined
    },
  }
}

function differencesOf(expected: State, observed: State): string[] {
  const names = new Set([...expected.keys(), ...observed.keys()])
  return [...names]
    .filter((name) => expected.get(name) !== observed.get(name))
    .map((name) => `${name}: expected ${expected.get(name) ?? 'nothing'}, found ${observed.get(name) ?? 'nothing'}`)
}
