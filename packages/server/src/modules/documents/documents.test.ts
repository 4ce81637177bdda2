import { createPostgresDatabase, dropPostgresDatabase } from '@mllab/testkit/postgres'
import { problemCode } from '@mllab/testkit/problem'
import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const project = 'notes'

describe.each(['sqlite', 'postgres'] as const)('documents (%s)', (dialect) => {
  let server: TestServer
  let mara: TestPerson
  let uri: string | undefined

  beforeAll(async () => {
    uri = dialect === 'postgres' ? await createPostgresDatabase({ empty: true }) : undefined
    server = await startTestServer({
      env: { LAB_DOCUMENT_QUOTA_MB: '1', ...(uri ? { POSTGRES_CONNECTION_URI: uri } : {}) },
    })
    mara = await server.person('mara')
    await mara.api.projects.create({ body: { name: 'Notes' } })
  })
  afterAll(async () => {
    await server.close()
    if (uri) await dropPostgresDatabase(uri)
  })

  const raw = (method: string, at: string, body?: unknown, headers: Record<string, string> = {}, token = mara.token) =>
    fetch(`${server.url}/api/projects/${project}/documents/${at}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const put = (collection: string, key: string, body: Record<string, unknown>) =>
    mara.api.documents.put({ params: { project, collection, key }, body })
  const keys = async (collection: string, filter: unknown) =>
    (
      await mara.api.documents.list({ params: { project, collection }, query: { filter: JSON.stringify(filter) } })
    ).items.map(({ key }) => key)

  it('are stored, read, changed and deleted [PRJ-02]', async () => {
    expect(await put('state', 'a b', { n: 1 })).toMatchObject({ key: 'a b', value: { n: 1 }, version: 1 })
    expect(await put('state', 'a b', { n: 2 })).toMatchObject({ version: 2, updatedBy: { username: 'mara' } })
    const at = { project, collection: 'state', key: 'a b' }
    expect((await mara.api.documents.get({ params: at })).value).toEqual({ n: 2 })
    await mara.api.documents.remove({ params: at })
    expect(await problemCode(mara.api.documents.get({ params: at }))).toBe('NOT_FOUND')
    expect(await problemCode(mara.api.documents.remove({ params: at }))).toBe('NOT_FOUND')
  })

  it('show strangers 404 and those without a login 401, and viewers may not write', async () => {
    const stranger = await server.person('stranger')
    const viewer = await server.person('viewer')
    await mara.api.projects.setMember({ params: { project, username: 'viewer' }, body: { role: 'viewer' } })
    await put('state', 'seen', {})
    const at = { project, collection: 'state', key: 'seen' }
    expect(await problemCode(stranger.api.documents.get({ params: at }))).toBe('NOT_FOUND')
    expect(await problemCode(server.anonymous.documents.get({ params: at }))).toBe('NOT_SIGNED_IN')
    expect((await viewer.api.documents.get({ params: at })).can).toEqual([])
    expect(await problemCode(viewer.api.documents.put({ params: at, body: {} }))).toBe('FORBIDDEN')
  })

  it('are found by a field whose name means something to an engine', async () => {
    await put('odd', 'a', { null: 1, more: { NULL: 'x' } })
    expect(await keys('odd', { null: 1 })).toEqual(['a'])
    expect(await keys('odd', { 'more.NULL': 'x' })).toEqual(['a'])
  })

  it('are changed by the one who saw the latest version, and made by the first only', async () => {
    const made = await Promise.all(
      Array.from({ length: 4 }, () => raw('PUT', 'race/one', {}, { 'if-none-match': '*' })),
    )
    expect(made.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409])
    const seen = (await raw('GET', 'race/one')).headers.get('etag') ?? ''
    expect(seen).toBe('"1"')
    const changed = await Promise.all([1, 2, 3].map((n) => raw('PUT', 'race/one', { n }, { 'if-match': seen })))
    expect(changed.map(({ status }) => status).toSorted()).toEqual([200, 412, 412])
    expect((await raw('DELETE', 'race/one', undefined, { 'if-match': seen })).status).toBe(412)
    expect((await raw('DELETE', 'race/one', undefined, { 'if-match': '"2"' })).status).toBe(204)
    expect((await raw('PUT', 'race/one', {}, { 'if-match': '"2"' })).status).toBe(404)
  })

  it('count each write once when many write at once', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, n) => put('count', 'one', { n })))
    const { version } = await mara.api.documents.get({ params: { project, collection: 'count', key: 'one' } })
    expect(version).toBe(8)
  })

  it('are found by their fields, each compared with values of its own type', async () => {
    await put('found', 'a', { status: 'open', score: 1, model: { name: 'x' }, done: false, note: null })
    await put('found', 'b', { status: 'open', score: 2.5, model: { name: 'y' }, done: true })
    await put('found', 'c', { status: '1', score: '1', tags: ['open'] })
    await put('found', 'd', { status: 7, 'a-b': 'ü' })
    expect(await keys('found', { status: 'open' })).toEqual(['a', 'b'])
    expect(await keys('found', { status: 'open', score: { gt: 1 } })).toEqual(['b'])
    expect(await keys('found', { score: { gte: 1, lt: 3 } })).toEqual(['a', 'b'])
    expect(await keys('found', { score: '1' })).toEqual(['c'])
    expect(await keys('found', { 'model.name': { in: ['y', 'z'] } })).toEqual(['b'])
    expect(await keys('found', { done: true })).toEqual(['b'])
    expect(await keys('found', { done: false })).toEqual(['a'])
    expect(await keys('found', { note: null })).toEqual(['a'])
    expect(await keys('found', { note: { exists: false } })).toEqual(['b', 'c', 'd'])
    expect(await keys('found', { status: { ne: 'open' } })).toEqual(['c', 'd'])
    expect(await keys('found', { 'a-b': { gte: 'u', exists: true } })).toEqual(['d'])
    expect(await problemCode(keys('found', { "x') or 1=1 --": 1 }))).toBe('INVALID_INPUT')
    expect(await problemCode(keys('found', { status: { like: 'x' } }))).toBe('INVALID_INPUT')
    expect(await problemCode(keys('found', []))).toBe('INVALID_INPUT')
  })

  it('come in pages by key, also below a prefix', async () => {
    for (const key of ['b:1', 'a:2', 'a:1', 'a:3']) await put('paged', key, {})
    const page = (cursor?: string) =>
      mara.api.documents.list({
        params: { project, collection: 'paged' },
        query: { limit: 2, prefix: 'a:', ...(cursor === undefined ? {} : { cursor }) },
      })
    const first = await page()
    const second = await page(first.next ?? '')
    expect([first, second].map(({ items }) => items.map(({ key }) => key))).toEqual([['a:1', 'a:2'], ['a:3']])
    expect(second.next).toBeNull()
  })

  it('stay below the quota of the project, also when many are written at once, and make room when they go', async () => {
    const owner = await server.person('owner')
    const { slug } = await owner.api.projects.create({ body: { name: 'Full' } })
    const text = 'x'.repeat(300_000)
    const write = (key: string, value = text) =>
      owner.api.documents.put({ params: { project: slug, collection: 'c', key }, body: { value } })
    const results = await Promise.allSettled(['1', '2', '3', '4', '5', '6'].map((key) => write(key)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(await problemCode(write('7'))).toBe('QUOTA_REACHED')
    const { items, quota } = await owner.api.documents.collections({ params: { project: slug } })
    expect(items).toMatchObject([{ name: 'c', documents: 3 }])
    expect([quota.documents, quota.sizeBytes]).toEqual([3, items[0]?.sizeBytes])
    const kept = (await owner.api.documents.list({ params: { project: slug, collection: 'c' }, query: {} })).items
    await owner.api.documents.remove({ params: { project: slug, collection: 'c', key: kept[0]?.key ?? '' } })
    await write('7')
    await write('7', 'small')
    expect((await owner.api.documents.collections({ params: { project: slug } })).quota.sizeBytes).toBeLessThan(620_000)
  })

  it('are JSON objects that are not too deep', async () => {
    expect((await raw('PUT', 'bad/list', [1])).status).toBe(400)
    expect((await raw('PUT', 'bad/deep', JSON.parse('{"a":'.repeat(200) + '1' + '}'.repeat(200)))).status).toBe(400)
    expect((await raw('PUT', 'bad/nul', { a: 'x\0' })).status).toBe(400)
  })
})

describe.each(['sqlite', 'postgres'] as const)('large documents (%s)', (dialect) => {
  it('come on pages that a server can hold, all of them and in order', async () => {
    const uri = dialect === 'postgres' ? await createPostgresDatabase({ empty: true }) : undefined
    const server = await startTestServer({
      env: { LAB_DOCUMENT_QUOTA_MB: '32', ...(uri ? { POSTGRES_CONNECTION_URI: uri } : {}) },
    })
    try {
      const { api } = await server.person('mara')
      await api.projects.create({ body: { name: 'Notes' } })
      const at = { project, collection: 'large' }
      const written = Array.from({ length: 20 }, (_, n) => `k${String(n).padStart(2, '0')}`)
      for (const key of written)
        await api.documents.put({ params: { ...at, key }, body: { text: 'x'.repeat(900_000) } })
      const pages: string[][] = []
      for (let cursor: string | undefined; ;) {
        const page = await api.documents.list({ params: at, query: { limit: 100, ...(cursor ? { cursor } : {}) } })
        pages.push(page.items.map(({ key }) => key))
        if (page.next === null) break
        cursor = page.next
      }
      expect(pages.map(({ length }) => length)).toEqual([9, 9, 2])
      expect(pages.flat()).toEqual(written)
    } finally {
      await server.close()
      if (uri) await dropPostgresDatabase(uri)
    }
  })
})
