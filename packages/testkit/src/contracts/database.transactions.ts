import type { Database } from '@mllab/server/ports/database'
import { expect, it } from 'vitest'

import type { OpenDatabase } from '../database.ts'
import { failure, failureOf, insertSetting, setting, settingKeys } from './database.bodies.ts'

export function transactions(open: OpenDatabase): void {
  it('commit what they did and answer what they returned', async () => {
    const db = await open()
    const answer = await db.transaction(async (trx) => {
      await trx.insertInto('setting').values(setting('a')).execute()
      return (await trx.selectFrom('setting').select('key').execute()).length
    })
    expect([answer, await settingKeys(db)]).toEqual([1, ['a']])
  })

  it('are undone when the work throws', async () => {
    const db = await open()
    const work = db.transaction(async (trx) => {
      await trx.insertInto('setting').values(setting('a')).execute()
      throw new Error('changed my mind')
    })
    await expect(work).rejects.toThrow('changed my mind')
    expect(await settingKeys(db)).toEqual([])
  })

  it('do not lose updates of each other', async () => {
    const db = await open()
    await insertSetting(db, 'count', '0').execute()
    const increment = () =>
      db.transaction(async (trx) => {
        const { value } = await trx
          .selectFrom('setting')
          .select('value')
          .where('key', '=', 'count')
          .executeTakeFirstOrThrow()
        await trx
          .updateTable('setting')
          .set({ value: String(Number(value) + 1) })
          .where('key', '=', 'count')
          .execute()
      })
    await Promise.all(Array.from({ length: 8 }, increment))
    expect(await valueOf(db, 'count')).toBe('8')
  })

  it('are invisible to others until they commit, and let them go on', async () => {
    const db = await open()
    await db.transaction(async (trx) => {
      await trx.insertInto('setting').values(setting('inside')).execute()
      expect(await settingKeys(db)).toEqual([])
    })
    expect(await settingKeys(db)).toEqual(['inside'])
  })

  it('share the way with single writes, each with its own outcome', async () => {
    const db = await open()
    const failing = (key: string) =>
      db.transaction(async (trx) => {
        await trx.insertInto('setting').values(setting(key)).execute()
        throw new Error('no')
      })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) => {
        const key = `k${String(index).padStart(2, '0')}`
        if (index % 3 === 0) return insertSetting(db, key).execute()
        if (index % 3 === 1) return failing(key)
        return db.transaction((trx) => trx.insertInto('setting').values(setting(key)).execute())
      }),
    )
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(4)
    expect(await settingKeys(db)).toEqual(['k00', 'k02', 'k03', 'k05', 'k06', 'k08', 'k09', 'k11'])
  })

  it('are doomed by a failed statement, even if the work goes on', async () => {
    const db = await open()
    await insertSetting(db, 'taken').execute()
    const work = db.transaction(async (trx) => {
      await trx.insertInto('setting').values(setting('a')).execute()
      await trx
        .insertInto('setting')
        .values(setting('taken'))
        .execute()
        .catch(() => undefined)
      return 'done'
    })
    expect(await failureOf(work)).toEqual(failure('CONFLICT', ['setting.key']))
    expect(await settingKeys(db)).toEqual(['taken'])
  })

  it('are undone at their deadline, while neighbours go on', async () => {
    const db = await open()
    const { promise: never, resolve: finish } = Promise.withResolvers<void>()
    const late = Promise.withResolvers<unknown>()
    const hanging = db.transaction(
      async (trx) => {
        await trx.insertInto('setting').values(setting('late')).execute()
        await never
        trx.insertInto('setting').values(setting('later')).execute().then(late.resolve, late.reject)
        await late.promise
      },
      { timeoutMs: 60 },
    )
    const started = performance.now()
    const [outcome] = await Promise.all([failureOf(hanging), insertSetting(db, 'neighbour').execute()])
    expect(outcome).toEqual({ code: 'TIMEOUT', subjects: [], retryable: true })
    expect(performance.now() - started).toBeLessThan(1500)
    await insertSetting(db, 'after').execute()
    finish()
    expect(await failureOf(late.promise)).toEqual({ code: 'TIMEOUT', subjects: [], retryable: true })
    expect(await settingKeys(db)).toEqual(['after', 'neighbour'])
  })
}

async function valueOf(db: Database, key: string): Promise<string | undefined> {
  return (await db.sql.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst())?.value
}
