import { opener } from '@mllab/testkit/database'
import { sql } from 'kysely'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { ChangeFeed } from '../../ports/changes.ts'
import { createLocalChanges } from './local.ts'
import { createPostgresChanges } from './postgres.ts'

const feeds: ChangeFeed[] = []
const owned = (feed: ChangeFeed) => {
  feeds.push(feed)
  return feed
}
afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.close()))
})

describe('changes in one process', () => behaviour(() => createLocalChanges()))

describe('changes over PostgreSQL', () => {
  const open = opener('postgres')
  const uri = () => open.place({ empty: true })

  behaviour(async () => createPostgresChanges({ uri: await uri() }))

  it('wake other servers', async () => {
    const place = await uri()
    const [here, there] = [owned(createPostgresChanges({ uri: place })), owned(createPostgresChanges({ uri: place }))]
    const wake = vi.fn()
    there.subscribe('events', wake)
    await vi.waitFor(() => expect(wake).toHaveBeenCalled()) // It has connected.
    wake.mockClear()
    here.announce('events')
    await vi.waitFor(() => expect(wake).toHaveBeenCalled())
  })

  it('come back after the connection was lost, and then wake everybody', async () => {
    const place = await uri()
    const db = await open.at(place)
    const feed = owned(createPostgresChanges({ uri: place }))
    const wake = vi.fn()
    feed.subscribe('access', wake)
    await vi.waitFor(() => expect(wake).toHaveBeenCalled())
    wake.mockClear()
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mllab-changes'
      and datname = current_database()`.execute(db.sql)
    await vi.waitFor(() => expect(wake).toHaveBeenCalled(), 5000)
  })

  it('wake their own server without any connection, and can be closed then', async () => {
    const feed = owned(createPostgresChanges({ uri: 'postgresql://nobody@127.0.0.1:1/none' }))
    const wake = vi.fn()
    feed.subscribe('routes', wake)
    feed.announce('routes')
    await vi.waitFor(() => expect(wake).toHaveBeenCalledOnce())
  })
})

function behaviour(create: () => ChangeFeed | Promise<ChangeFeed>): void {
  it('wake those who subscribed to the topic, until they leave', async () => {
    const feed = owned(await create())
    const [events, access, left] = [vi.fn(), vi.fn(), vi.fn()]
    feed.subscribe('events', events)
    feed.subscribe('access', access)
    feed.subscribe('events', left)()
    feed.announce('events')
    await vi.waitFor(() => expect(events).toHaveBeenCalled())
    expect(left).not.toHaveBeenCalled()
  })

  it('are merged when many come at once', async () => {
    const feed = owned(await create())
    const wake = vi.fn()
    feed.subscribe('operations', wake)
    for (let index = 0; index < 1000; index += 1) feed.announce('operations')
    await vi.waitFor(() => expect(wake).toHaveBeenCalled())
    expect(wake.mock.calls.length).toBeLessThan(5)
  })

  it('are not delivered after close', async () => {
    const feed = await create()
    const wake = vi.fn()
    feed.subscribe('events', wake)
    feed.announce('events')
    await feed.close()
    const before = wake.mock.calls.length
    feed.announce('events')
    await new Promise((resolve) => setImmediate(resolve))
    expect(wake.mock.calls.length).toBe(before)
  })
}
