import { createScope, silentLog } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { createLeases } from './leases.ts'
import { createRounds } from './rounds.ts'

describeDatabases('rounds', (open) => {
  it('are done by one server at a time, again and again, and closing waits for the one under way', async () => {
    const db = await open()
    const scope = createScope()
    let [atOnce, most, done] = [0, 0, 0]
    for (const holder of ['one', 'other'])
      createRounds({ leases: createLeases({ db, holder }), log: silentLog }).every(
        scope,
        { name: 'x', everyMs: 5 },
        async () => {
          most = Math.max(most, (atOnce += 1))
          await db.now()
          await db.now()
          atOnce -= 1
          done += 1
          if (done % 3 === 0) throw new Error('tried again the next time')
        },
      )
    await expect.poll(() => done, { timeout: 20_000, interval: 10 }).toBeGreaterThan(10)
    await scope.close()
    const before = done
    expect([most, atOnce]).toEqual([1, 0])
    await db.now()
    expect(done).toBe(before)
  })

  it('stop what they do when the scope closes', async () => {
    const db = await open()
    const scope = createScope()
    let began = false
    const stopped: unknown[] = []
    createRounds({ leases: createLeases({ db }), log: silentLog }).every(scope, { name: 'x', everyMs: 5 }, (signal) => {
      began = true
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped.push(signal.reason)
          reject(new Error('stopped'))
        })
      })
    })
    await expect.poll(() => began, { timeout: 20_000, interval: 10 }).toBe(true)
    await scope.close()
    expect(stopped).toHaveLength(1)
  })
})
