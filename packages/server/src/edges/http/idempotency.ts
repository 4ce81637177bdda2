import { LabError } from '@mllab/contract'
import { sha256Hex, type Clock } from '@mllab/kernel'

import type { Database } from '../../ports/database.ts'

const KEEP_MS = 24 * 3600_000

export interface KeptAnswer {
  readonly status: number
  readonly body: string
}

/**
 * `Idempotency-Key`: the first answer is kept for a day and given again to whoever repeats the request. What a server did not answer before
 * it was killed is carried out again.
 */
export interface Idempotency {
  /** The kept answer, or undefined if the caller goes first. Throws `CONFLICT` while the first is still under way. */
  begin(actorId: string, key: string, request: unknown): Promise<KeptAnswer | undefined>
  keep(actorId: string, key: string, answer: KeptAnswer): Promise<void>
  /** The request failed: it may be tried again under the same key. */
  forget(actorId: string, key: string): Promise<void>
}

export function createIdempotency({
  db,
  clock,
  holder,
}: {
  db: Database
  clock: Clock
  /** Names this server in its lease. */
  holder: string
}): Idempotency {
  /** Ours from now on, if the server that began has ended. Until there is an answer, the place for it says who that is. */
  const takeOver = async (actorId: string, key: string): Promise<boolean> => {
    const now = await db.now()
    const taken = await db.sql
      .updateTable('idempotency')
      .set({ body: holder })
      .where('actor_id', '=', actorId)
      .where('key', '=', key)
      .where('status', 'is', null)
      .where((eb) =>
        eb.or([
          eb('body', 'is', null),
          eb.and([
            eb('body', '<>', holder),
            eb(
              'body',
              'not in',
              eb.selectFrom('lease').select('holder').where('name', 'like', 'server:%').where('expires_at', '>', now),
            ),
          ]),
        ]),
      )
      .returning('key')
      .executeTakeFirst()
    return taken !== undefined
  }

  return {
    begin: async (actorId, key, request) => {
      const fingerprint = sha256Hex(JSON.stringify(request))
      const now = clock.now()
      await db.sql
        .deleteFrom('idempotency')
        .where('actor_id', '=', actorId)
        .where('created_at', '<', now - KEEP_MS)
        .execute()
      const inserted = await db.sql
        .insertInto('idempotency')
        .values({ actor_id: actorId, key, fingerprint, status: null, body: holder, created_at: now })
        .onConflict((conflict) => conflict.columns(['actor_id', 'key']).doNothing())
        .returning('key')
        .executeTakeFirst()
      if (inserted) return undefined
      const row = await db.sql
        .selectFrom('idempotency')
        .selectAll()
        .where('actor_id', '=', actorId)
        .where('key', '=', key)
        .executeTakeFirst()
      if (row && row.fingerprint !== fingerprint) throw new LabError('IDEMPOTENCY_MISMATCH')
      if (row?.status === null && (await takeOver(actorId, key))) return undefined
      if (!row || row.status === null)
        throw new LabError('CONFLICT', { reason: 'The same request is still under way.' })
      return { status: row.status, body: row.body ?? '' }
    },
    keep: async (actorId, key, { status, body }) => {
      await db.sql
        .updateTable('idempotency')
        .set({ status, body })
        .where('actor_id', '=', actorId)
        .where('key', '=', key)
        .execute()
    },
    forget: async (actorId, key) => {
      await db.sql.deleteFrom('idempotency').where('actor_id', '=', actorId).where('key', '=', key).execute()
    },
  }
}
