import type { Clock } from '@mllab/kernel'

import type { Database } from '../ports/database.ts'

/** Small facts of the instance that outlive a restart: whether setup is done, when a sweep ran last. */
export interface Settings {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string): Promise<void>
  remove(key: string): Promise<void>
}

export function createSettings({ db, clock }: { db: Database; clock: Clock }): Settings {
  return {
    get: async (key) =>
      (await db.sql.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst())?.value,
    set: async (key, value) => {
      await db.sql
        .insertInto('setting')
        .values({ key, value, updated_at: clock.now() })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, updated_at: clock.now() }))
        .execute()
    },
    remove: async (key) => {
      await db.sql.deleteFrom('setting').where('key', '=', key).execute()
    },
  }
}
