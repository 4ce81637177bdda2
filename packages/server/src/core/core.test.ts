import { createScope, newId, silentLog, systemClock } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { describe, expect, it, vi } from 'vitest'

import { createLocalChanges } from '../adapters/changes/local.ts'
import { ExpectationError } from '../ports/database.ts'
import type { KeyStore } from '../ports/keys.ts'
import { createLeases, stayAlive } from './leases.ts'
import { createOperations, type OperationContext } from './operations.ts'
import { createOutbox } from './outbox.ts'
import { startReconcileLoop } from './reconcile.ts'
import { createSecrets } from './secrets.ts'

const key = (fill: number): KeyStore => ({ instanceKey: async () => new Uint8Array(32).fill(fill) })

describeDatabases('outbox', (open) => {
  it('stores events with their change or not at all, and reads them in order', async () => {
    const db = await open()
    const outbox = createOutbox({ db, clock: systemClock, changes: createLocalChanges() })
    const event = (id: string) => ({ type: 'thing.made', subject: { kind: 'thing', id }, actorId: undefined }) as const
    await outbox.commit([], [event('a'), event('b')])
    const impossible = { query: db.sql.deleteFrom('setting').where('key', '=', 'none').compile(), expect: 1 as const }
    await expect(outbox.commit([impossible], [event('c')])).rejects.toThrow()
    await vi.waitFor(async () =>
      expect((await outbox.after(0, 10)).map((stored) => stored.subject.id)).toEqual(['a', 'b']),
    )
    const [first] = await outbox.after(0, 1)
    expect((await outbox.after(first?.seq ?? 0, 10)).map((stored) => stored.subject.id)).toEqual(['b'])
  })

  it('never lets a reader run past an event that is not committed yet', async () => {
    const db = await open()
    const outbox = createOutbox({ db, clock: systemClock, changes: createLocalChanges() })
    const seen: number[] = []
    let last = 0
    const read = async () => {
      for (const event of await outbox.after(last, 1000)) {
        seen.push(event.seq)
        last = event.seq
      }
    }
    const writes = Array.from({ length: 100 }, (_, n) =>
      outbox.commit([], [{ type: 'thing.made', subject: { kind: 'thing', id: String(n) }, actorId: undefined }]),
    )
    const all = Promise.all(writes)
    let done = false
    void all.then(() => (done = true))
    while (!done) await read()
    await vi.waitFor(async () => {
      await read()
      expect(seen.length).toBe(100)
    })
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })
})

describeDatabases('leases', (open) => {
  it('have one holder at a time, and a new epoch with every new one', async () => {
    const db = await open()
    const [first, second] = [createLeases({ db, holder: 'first' }), createLeases({ db, holder: 'second' })]
    const taken = await Promise.all([first.take('work', 60_000), second.take('work', 60_000)])
    expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1)
    const winner = taken[0] ? first : second
    const loser = taken[0] ? second : first
    expect(await winner.take('work', 60_000)).toEqual({ name: 'work', epoch: 1 })
    await winner.release('work')
    expect(await loser.take('work', 60_000)).toEqual({ name: 'work', epoch: 2 })
    expect(await winner.take('work', 60_000)).toBeUndefined()
  })

  it('are all free for a server that is the only one, and names of dead servers are forgotten', async () => {
    const db = await open()
    const [dead, next] = [createLeases({ db, holder: 'dead' }), createLeases({ db, holder: 'next' })]
    const scope = createScope()
    await stayAlive({ leases: dead, scope, log: silentLog })
    await dead.take('work', 60_000)
    await next.freeAll()
    expect(await next.take('work', 60_000)).toEqual({ name: 'work', epoch: 2 })
    await stayAlive({ leases: next, scope, log: silentLog })
    const names = async () =>
      (await db.sql.selectFrom('lease').select('name').orderBy('name').execute()).map(({ name }) => name)
    expect(await names()).toEqual(['server:next', 'work'])
    await scope.close()
    expect(await db.sql.selectFrom('lease').select('expires_at').where('name', '=', 'server:next').execute()).toEqual([
      { expires_at: 0 },
    ])
  })
})

describeDatabases('secrets', (open) => {
  it('come back as they were, and open with no other key and under no other id', async () => {
    const db = await open()
    const secrets = await createSecrets({ db, clock: systemClock, keys: key(1) })
    await db.batch([secrets.sealStep('a', 'geheim ✓'), secrets.sealStep('b', 'other')])
    expect(await secrets.open('a')).toBe('geheim ✓')
    expect(await secrets.open('none')).toBeUndefined()
    const stored = await db.sql.selectFrom('sealed').selectAll().where('id', '=', 'a').executeTakeFirstOrThrow()
    expect(Buffer.from(stored.body).includes('geheim')).toBe(false)
    await db.sql.updateTable('sealed').set({ body: stored.body, nonce: stored.nonce }).where('id', '=', 'b').execute()
    await expect(secrets.open('b')).rejects.toThrow()
    const others = await createSecrets({ db, clock: systemClock, keys: key(2) })
    await expect(others.open('a')).rejects.toThrow('another instance key')
    expect(others.derive('x', 1)).not.toBe(secrets.derive('x', 1))
    expect(secrets.derive('x', 1)).toBe(secrets.derive('x', 1))
  })
})

describeDatabases('operations', (open) => {
  const setUp = async (holder: string, db: Awaited<ReturnType<typeof open>>) => {
    const scope = createScope()
    const outbox = createOutbox({ db, clock: systemClock, changes: createLocalChanges() })
    const operations = createOperations({ db, clock: systemClock, outbox, log: silentLog, holder })
    return { scope, operations }
  }
  const declare = async (
    db: Awaited<ReturnType<typeof open>>,
    operations: ReturnType<typeof createOperations>,
    kind = 'test',
  ) => {
    const operation = operations.declare({
      kind,
      subject: { kind: 'thing', id: newId() },
      actorId: undefined,
      steps: ['one', 'two'],
      input: { n: 7 },
    })
    await db.batch([operation.step])
    operations.wake(operation.id)
    return operation.id
  }
  const status = async (db: Awaited<ReturnType<typeof open>>, id: string) =>
    await db.sql
      .selectFrom('operation')
      .select(['status', 'error', 'steps'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()

  it('run with their input, keep their steps, and say why they failed', async () => {
    const db = await open()
    const { scope, operations } = await setUp('me', db)
    const inputs: unknown[] = []
    operations.handle('test', async ({ input, step }) => {
      inputs.push(input)
      await step('one')
      await step('two', 'with detail')
    })
    operations.handle('broken', async ({ step }) => {
      await step('one')
      throw new Error('the disk is on fire')
    })
    operations.start(scope)
    const [good, bad] = [await declare(db, operations), await declare(db, operations, 'broken')]
    await vi.waitFor(
      async () => expect([(await status(db, good)).status, (await status(db, bad)).status]).toEqual(['done', 'failed']),
      { timeout: 5000 },
    )
    expect(inputs).toEqual([{ n: 7 }])
    expect(JSON.parse((await status(db, bad)).error ?? '')).toEqual({ code: 'INTERNAL', detail: 'the disk is on fire' })
    expect((JSON.parse((await status(db, bad)).steps) as { status: string }[]).map((step) => step.status)).toEqual([
      'failed',
      'skipped',
    ])
    await scope.close()
  })

  it('are cancelled when asked, and taken up by another server when their own is gone', async () => {
    const db = await open()
    const mine = await setUp('mine', db)
    let started = 0
    const told = new Map<string, boolean>()
    const endless = async ({ id, signal, cancelled: byPeople }: OperationContext<unknown>) => {
      started += 1
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
      ).finally(() => told.set(id, byPeople.aborted))
    }
    mine.operations.handle('test', endless)
    mine.operations.start(mine.scope)
    const [cancelled, left] = [await declare(db, mine.operations), await declare(db, mine.operations)]
    await vi.waitFor(() => expect(started).toBe(2))
    await mine.operations.requestCancel(cancelled)
    await vi.waitFor(async () => expect((await status(db, cancelled)).status).toBe('cancelled'))
    await mine.scope.close()
    await vi.waitFor(async () => expect((await status(db, left)).status).toBe('waiting'))
    expect([told.get(cancelled), told.get(left)]).toEqual([true, false])
    const other = await setUp('other', db)
    other.operations.handle('test', async () => undefined)
    other.operations.start(other.scope)
    await vi.waitFor(async () => expect((await status(db, left)).status).toBe('done'), { timeout: 5000 })
    await other.scope.close()
  })

  it('are given to their handler also when they were cancelled before they began, to tell what becomes of it', async () => {
    const db = await open()
    const { operations, scope } = await setUp('mine', db)
    const { promise: told, resolve: tells } = Promise.withResolvers<boolean>()
    operations.handle('test', async ({ signal, cancelled }) => {
      tells(cancelled.aborted)
      signal.throwIfAborted()
    })
    const id = await declare(db, operations)
    await operations.requestCancel(id)
    operations.start(scope)
    expect(await told).toBe(true)
    await vi.waitFor(async () => expect((await status(db, id)).status).toBe('cancelled'))
    await scope.close()
  })

  it('end once, with one event, also when a server that was taken for dead comes back', async () => {
    const db = await open()
    const [slow, quick] = [await setUp('slow', db), await setUp('quick', db)]
    const { promise: awake, resolve: wakeUp } = Promise.withResolvers<void>()
    const { promise: begun, resolve: begins } = Promise.withResolvers<void>()
    const { promise: over, resolve: ends } = Promise.withResolvers<unknown>()
    slow.operations.handle('test', async ({ step }) => {
      begins()
      await awake
      await step('one').then(() => ends('stored'), ends)
      throw new Error('too late')
    })
    slow.operations.start(slow.scope)
    const id = await declare(db, slow.operations)
    await begun
    // No lease says that the first one is alive.
    quick.operations.handle('test', async () => undefined)
    quick.operations.start(quick.scope)
    await vi.waitFor(async () => expect((await status(db, id)).status).toBe('done'), { timeout: 5000 })
    wakeUp()
    expect(await over).toBeInstanceOf(ExpectationError)
    await slow.scope.close()
    await quick.scope.close()
    expect((await status(db, id)).status).toBe('done')
    const ended = await db.sql.selectFrom('event').select('type').where('subject_id', '=', id).execute()
    expect(ended).toEqual([{ type: 'operation.ended' }])
  })
})

describe('the reconcile loop', () => {
  it('never works on a key twice at once, and looks again at what was woken meanwhile', async () => {
    const scope = createScope()
    let running = 0
    let most = 0
    const visits: string[] = []
    const loop = startReconcileLoop({
      name: 'test',
      scope,
      log: silentLog,
      resyncMs: 60_000,
      concurrency: 4,
      keys: async () => ['a', 'b'],
      step: async (visited) => {
        if (visited === 'a') most = Math.max(most, ++running)
        visits.push(visited)
        await new Promise((resolve) => setImmediate(resolve))
        if (visited === 'a') running -= 1
        return undefined
      },
    })
    await vi.waitFor(() => expect(visits).toContain('b'))
    for (let n = 0; n < 20; n += 1) {
      loop.wake('a')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await loop.idle()
    expect(most).toBe(1)
    expect(visits.filter((visited) => visited === 'a').length).toBeGreaterThan(5)
    await scope.close()
  })

  it('tries again after a failure', async () => {
    const scope = createScope()
    let tries = 0
    startReconcileLoop({
      name: 'test',
      scope,
      log: silentLog,
      resyncMs: 60_000,
      concurrency: 1,
      keys: async () => ['a'],
      step: async () => {
        tries += 1
        if (tries < 2) throw new Error('not yet')
        return undefined
      },
    })
    await vi.waitFor(() => expect(tries).toBe(2), { timeout: 5000 })
    await scope.close()
  })
})
