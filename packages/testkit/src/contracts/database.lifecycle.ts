import { isPortError } from '@mllab/kernel'
import { expect, it } from 'vitest'

import type { OpenDatabase } from '../database.ts'
import { failure, failureOf, insertSetting, settingKeys } from './database.bodies.ts'

export function lifecycle(open: OpenDatabase): void {
  it('keeps what was stored over a restart', async () => {
    const place = await open.place()
    const first = await open.at(place)
    await insertSetting(first, 'a').execute()
    await first.close()
    expect(await settingKeys(await open.at(place))).toEqual(['a'])
  })

  it('settles everything in flight when it is closed, and stores what it acknowledged', async () => {
    const place = await open.place()
    const db = await open.at(place)
    const writes = Array.from({ length: 200 }, (_, index) =>
      insertSetting(db, `k${index}`)
        .execute()
        .then(
          () => `k${index}`,
          (error: unknown) => (isPortError(error, 'UNAVAILABLE') ? undefined : Promise.reject(error)),
        ),
    )
    const hanging = failureOf(db.transaction(() => new Promise(() => undefined), { timeoutMs: 1000 }))
    await insertSetting(db, 'first').execute()
    await db.close()
    const acknowledged = (await Promise.all(writes)).filter((key) => key !== undefined)
    expect(['TIMEOUT', 'UNAVAILABLE']).toContain((await hanging).code)
    expect(await settingKeys(await open.at(place))).toEqual(expect.arrayContaining(['first', ...acknowledged]))
  })

  it('refuses everything once it is closed, and closes twice without harm', async () => {
    const db = await open()
    await Promise.all([db.close(), db.close()])
    await db.close()
    const insert = insertSetting(db, 'a')
    const refused = failure('UNAVAILABLE')
    expect(await failureOf(insert.execute())).toEqual(refused)
    expect(await failureOf(db.sql.selectFrom('setting').selectAll().execute())).toEqual(refused)
    expect(await failureOf(db.batch([{ query: insert.compile() }]))).toEqual(refused)
    expect(await failureOf(db.transaction(async () => undefined))).toEqual(refused)
    expect((await db.health()).ok).toBe(false)
  })

  it('says that it is healthy, and what time it is', async () => {
    const db = await open()
    expect(await db.health()).toEqual({ ok: true, detail: expect.stringMatching(/reads and writes$/) })
    expect(Math.abs((await db.now()) - Date.now())).toBeLessThan(5000)
    expect(Number.isInteger(await db.now())).toBe(true)
  })
}
