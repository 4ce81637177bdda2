import type { Calls } from './activity.ts'

/** A suspended workspace and who has come since. */
export interface Sleeper {
  /** When it was suspended, or when its last nap ended. */
  calls: Calls
  /** Its open pages ask for news by themselves; every request to another program is somebody's. */
  readonly jupyter: boolean
  /** Since when it answers such questions; undefined while it stands still. */
  awakeSince: number | undefined
  /** Requests that had come when that was last looked at, and when they had. */
  heard: { requests: number; at: number }
}

/** How long it stays awake behind the last question of a page. */
const QUIET_MS = 700
/** An answer that takes longer is somebody's work. */
const LONGEST_MS = 10_000

export type SleepStep = 'stay' | 'resume' | 'answer' | 'stand-still'

export function asleep(calls: Calls, jupyter: boolean): Sleeper {
  return { calls, jupyter, awakeSince: undefined, heard: { requests: calls.requests, at: 0 } }
}

/**
 * What follows from the calls of a suspended workspace. A person who comes has it resumed. A page that was forgotten only gets its answers,
 * so that it shows what it showed and complains of nothing, and the workspace stands still again: nobody has used it.
 */
export function nextStep(sleeper: Sleeper, calls: Calls, now: number): SleepStep {
  const { calls: before, jupyter, awakeSince, heard } = sleeper
  // A gateway that restarted counts from 0.
  const come = calls.requests !== before.requests || calls.touches !== before.touches
  if (!come) return 'stay'
  if (!jupyter || calls.touches > before.touches || calls.requests < before.requests) return 'resume'
  if (awakeSince === undefined) return 'answer'
  if (calls.requests !== heard.requests) sleeper.heard = { requests: calls.requests, at: now }
  if (now - awakeSince > LONGEST_MS) return 'stand-still'
  return now - sleeper.heard.at > QUIET_MS ? 'stand-still' : 'stay'
}
