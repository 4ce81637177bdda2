import { messageOf, newId, type Log, type Scope } from '@mllab/kernel'
import { sql } from 'kysely'

import type { Database } from '../ports/database.ts'

export interface Lease {
  readonly name: string
  /** Counts up with every new holder. What the holder writes is conditional on it. */
  readonly epoch: number
}

/** Who does a piece of work, when several servers share a database. Time is the database's. */
export interface Leases {
  readonly holder: string
  /** Takes or renews; undefined while somebody else holds it. */
  take(name: string, ttlMs: number): Promise<Lease | undefined>
  /** The same for many in one write; answers those that are ours. */
  takeAll(names: readonly string[], ttlMs: number): Promise<Lease[]>
  release(name: string): Promise<void>
  /** Everything is free: for a server that knows it is the only one. Nobody waits for a dead one then. */
  freeAll(): Promise<void>
  /** Removes leases whose name begins with `prefix` and that ran out `forMs` ago: of names that nobody takes again. */
  forget(prefix: string, forMs: number): Promise<void>
}

const SERVER_PREFIX = 'server:'
const SERVER_TTL_MS = 15_000
const SERVER_FORGOTTEN_MS = 24 * 3600_000

/** Tells the others that this server lives, until the scope closes: what it holds is left to it. */
export async function stayAlive({ leases, scope, log }: { leases: Leases; scope: Scope; log: Log }): Promise<void> {
  const name = SERVER_PREFIX + leases.holder
  await leases.forget(SERVER_PREFIX, SERVER_FORGOTTEN_MS)
  await leases.take(name, SERVER_TTL_MS)
  scope.every(SERVER_TTL_MS / 3, () => {
    leases
      .take(name, SERVER_TTL_MS)
      .catch((error: unknown) => log.warn('server lease was not renewed', { error: messageOf(error) }))
  })
  scope.defer(() => leases.release(name))
}

export function createLeases({ db, holder = newId() }: { db: Database; holder?: string }): Leases {
  const takeAll: Leases['takeAll'] = async (names, ttlMs) => {
    const now = await db.now()
    return db.sql
      .insertInto('lease')
      .values(names.map((name) => ({ name, holder, epoch: 1, expires_at: now + ttlMs })))
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet({
            holder,
            expires_at: now + ttlMs,
            epoch: sql<number>`case when lease.holder = excluded.holder then lease.epoch else lease.epoch + 1 end`,
          })
          .where((eb) => eb.or([eb('lease.holder', '=', holder), eb('lease.expires_at', '<', now)])),
      )
      .returning(['name', 'epoch'])
      .execute()
  }

  return {
    holder,
    takeAll,
    take: async (name, ttlMs) => (await takeAll([name], ttlMs))[0],
    release: async (name) => {
      await db.sql
        .updateTable('lease')
        .set({ expires_at: 0 })
        .where('name', '=', name)
        .where('holder', '=', holder)
        .execute()
    },
    freeAll: async () => {
      await db.sql.updateTable('lease').set({ expires_at: 0 }).execute()
    },
    forget: async (prefix, forMs) => {
      await db.sql
        .deleteFrom('lease')
        .where('name', '>=', prefix)
        .where('name', '<', `${prefix}\u{10ffff}`)
        .where('expires_at', '<', (await db.now()) - forMs)
        .execute()
    },
  }
}
