import { LabError } from '@mllab/contract'
import type { Clock } from '@mllab/kernel'

import type { AccountsStore } from './accounts.store.ts'

/** Free failures and what follows: every further one doubles the wait, from one second to a quarter of an hour. */
const MAX_WAIT_MS = 15 * 60_000
const FORGET_AFTER_MS = 24 * 3600_000

interface Subject {
  readonly key: string
  readonly free: number
}

/** Slows guessing down, per account and address: a stranger elsewhere cannot lock somebody out, nor try many accounts from one place. */
export interface Throttle {
  /** Throws `TOO_MANY_REQUESTS` while the wait lasts. */
  check(username: string, address: string): Promise<void>
  failed(username: string, address: string): Promise<void>
  succeeded(username: string, address: string): Promise<void>
}

export function createThrottle({ store, clock }: { store: AccountsStore; clock: Clock }): Throttle {
  return {
    check: async (username, address) => {
      const blockedUntil = await store.blockedUntil(subjects(username, address).map(({ key }) => key))
      const waitMs = blockedUntil - clock.now()
      if (waitMs > 0) throw new LabError('TOO_MANY_REQUESTS', { seconds: Math.ceil(waitMs / 1000) })
    },
    failed: async (username, address) => {
      const now = clock.now()
      for (const { key, free } of subjects(username, address)) {
        const failures = await store.countFailure(key, now, now - FORGET_AFTER_MS)
        if (failures > free) await store.block(key, now + Math.min(MAX_WAIT_MS, 1000 * 2 ** (failures - free - 1)))
      }
    },
    succeeded: (username, address) => store.forgetFailures(pair(username, address)),
  }
}

function subjects(username: string, address: string): Subject[] {
  return [
    { key: pair(username, address), free: 5 },
    { key: `address:${address}`, free: 50 },
    { key: `account:${username}`, free: 100 },
  ]
}

function pair(username: string, address: string): string {
  return `pair:${username}|${address}`
}
