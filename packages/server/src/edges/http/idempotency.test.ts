import { createScope, silentLog, systemClock } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { createLeases, stayAlive } from '../../core/leases.ts'
import type { Database } from '../../ports/database.ts'
import { createIdempotency } from './idempotency.ts'

describeDatabases('idempotency keys', (open) => {
  const server = async (db: Database, holder: string) => {
    const scope = createScope()
    await stayAlive({ leases: createLeases({ db, holder }), scope, log: silentLog })
    return { scope, keys: createIdempotency({ db, clock: systemClock, holder }) }
  }
  const begin = (keys: Awaited<ReturnType<typeof server>>['keys'], request = 'make one') =>
    keys.begin('mara', 'once', request).catch((error: unknown) => (error as { code?: string }).code)

  it('are given again with the answer; whose server has ended before there was one go first again', async () => {
    const db = await open()
    const [first, second] = [await server(db, 'first'), await server(db, 'second')]
    expect(await begin(first.keys)).toBeUndefined()
    expect(await begin(first.keys)).toBe('CONFLICT')
    expect(await begin(second.keys)).toBe('CONFLICT')
    await first.scope.close()
    expect(await begin(second.keys, 'make another')).toBe('IDEMPOTENCY_MISMATCH')
    expect(await begin(second.keys)).toBeUndefined()
    expect(await begin(second.keys)).toBe('CONFLICT')
    await second.keys.keep('mara', 'once', { status: 201, body: '{}' })
    await second.scope.close()
    const third = await server(db, 'third')
    expect(await begin(third.keys)).toEqual({ status: 201, body: '{}' })
    await third.scope.close()
  })
})
