import { newId } from '@mllab/kernel'
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
  release(name: string): Promise<void>
}

export function createLeases({ db, holder = newId() }: { db: Database; holder?: string }): Leases {
  return {
    holder,
    take: async (name, ttlMs) => {
      const now = await db.now()
      const row = await db.sql
        .insertInto('lease')
        .values({ name, holder, epoch: 1, expires_at: now + ttlMs })
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
        .executeTakeFirst()
      return row
    },
    release: async (name) => {
      await db.sql
        .updateTable('lease')
        .set({ expires_at: 0 })
        .where('name', '=', name)
        .where('holder', '=', holder)
        .execute()
    },
  }
}
