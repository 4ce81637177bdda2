import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'

import { createClient, type LabProblem } from '@mllab/sdk'
import { testFolder } from '@mllab/testkit/folder'
import { createPostgresDatabase, dropPostgresDatabase } from '@mllab/testkit/postgres'
import { startTestServer, TEST_PASSWORD, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { loadConfig } from '../../config.ts'
import { startPlatform } from '../../platform.ts'
import { silentLog } from '@mllab/kernel'

describe.each(['sqlite', 'postgres'] as const)('accounts (%s)', (dialect) => {
  let server: TestServer
  let uri: string | undefined

  beforeAll(async () => {
    uri = dialect === 'postgres' ? await createPostgresDatabase({ empty: true }) : undefined
    server = await startTestServer(uri ? { env: { POSTGRES_CONNECTION_URI: uri } } : {})
  })
  afterAll(async () => {
    await server.close()
    if (uri) await dropPostgresDatabase(uri)
  })

  const post = (route: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(server.url + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: new URL(server.url).origin, ...headers },
      body: JSON.stringify(body),
    })

  it('has no default password [INS-11]', async () => {
    expect((await post('/api/auth/login', { username: 'admin', password: 'admin' })).status).toBe(401)
  })

  it('never makes somebody who registers an administrator [ACC-03, ACC-04, ACC-06, CFG-17]', async () => {
    expect(await problem(post('/api/auth/register', { username: 'admin', password: 'a long enough phrase' }))).toBe(
      'RESERVED_NAME',
    )
    const registered = await post('/api/auth/register', {
      username: `Visitor-${dialect}`,
      password: 'a long enough phrase',
    })
    expect(await registered.json()).toMatchObject({ username: `visitor-${dialect}`, admin: false, status: 'pending' })
    expect(registered.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/)
    expect(
      await problem(post('/api/auth/register', { username: `visitor-${dialect}`, password: 'a long enough phrase' })),
    ).toBe('NAME_TAKEN')
    expect(await problem(post('/api/auth/register', { username: 'weak', password: 'password1' }))).toBe('WEAK_PASSWORD')
  })

  it('lets who was invited register where others may not', async () => {
    const closed = await startTestServer({ env: { ALLOW_SELF_REGISTRATIONS: 'false' } })
    try {
      const { slug } = await closed.admin.api.projects.create({ body: { name: 'By invitation' } })
      const { secret } = await closed.admin.api.projects.invite({ params: { project: slug }, body: { role: 'viewer' } })
      const register = (username: string, invitation?: string) =>
        closed.anonymous.accounts.register({
          body: { username, password: TEST_PASSWORD, ...(invitation ? { invitation } : {}) },
        })
      await expect(register('uninvited')).rejects.toThrow('administrator creates accounts')
      await expect(register('uninvited', 'invented')).rejects.toThrow('administrator creates accounts')
      expect(await register('invited', secret)).toMatchObject({ username: 'invited', admin: false })
    } finally {
      await closed.close()
    }
  })

  it('lets who registered himself start nothing until an administrator approves, since nothing walls workloads off', async () => {
    const cookie =
      (await post('/api/auth/register', { username: `starter-${dialect}`, password: 'a long enough phrase' })).headers
        .get('set-cookie')
        ?.split(';')[0] ?? ''
    await post('/api/projects', { name: `Starter ${dialect}` }, { cookie })
    expect(await problem(post(`/api/projects/starter-${dialect}/workspaces`, {}, { cookie }))).toBe('APPROVAL_NEEDED')
    const { items } = await server.admin.api.accounts.users({ query: { search: `starter-${dialect}` } })
    expect(items[0]).toMatchObject({ status: 'pending' })
  })

  it('slows guessing down for an account and an address, and tells how long to wait', async () => {
    await server.person(`guessed-${dialect}`)
    const guess = () => post('/api/auth/login', { username: `guessed-${dialect}`, password: 'wrong' })
    for (let n = 0; n < 6; n += 1) expect((await guess()).status).toBe(401)
    const refused = await post('/api/auth/login', { username: `guessed-${dialect}`, password: TEST_PASSWORD })
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
  })

  it('changes a password only with the old one, and ends all other sessions [ACC-02]', async () => {
    const { username, cookie } = await server.person(`changer-${dialect}`)
    const other = await server.login(username, TEST_PASSWORD)
    expect(await problem(post('/api/me/password', { current: 'wrong', next: 'another long phrase' }, { cookie }))).toBe(
      'WRONG_CREDENTIALS',
    )
    expect(
      (await post('/api/me/password', { current: TEST_PASSWORD, next: 'another long phrase' }, { cookie })).status,
    ).toBe(204)
    expect((await fetch(`${server.url}/api/me`, { headers: { cookie: other.cookie } })).status).toBe(401)
    expect((await fetch(`${server.url}/api/me`, { headers: { cookie } })).status).toBe(200)
    await expect(server.login(username, TEST_PASSWORD)).rejects.toThrow('WRONG_CREDENTIALS')
  })

  it('ignores a cookie where a browser would have said who asks, and refuses other origins', async () => {
    const { cookie } = await server.person(`careful-${dialect}`)
    const bare = await fetch(`${server.url}/api/projects`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: '{"name":"x"}',
    })
    expect(bare.status).toBe(401)
    expect((await post('/api/projects', { name: 'x' }, { cookie, origin: 'http://evil.localhost' })).status).toBe(403)
    expect((await post('/api/projects', { name: 'x' }, { cookie, 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect(
      (
        await post(
          '/api/auth/login',
          { username: 'admin', password: TEST_PASSWORD },
          { origin: 'http://evil.localhost' },
        )
      ).status,
    ).toBe(403)
    expect((await fetch(`${server.url}/api/me`, { headers: { cookie: `${cookie}; ${cookie}` } })).status).toBe(401)
  })

  it('shows the secret of a token once, and refuses it within half a second of its revocation [ACC-29]', async () => {
    const person = await server.person(`tokens-${dialect}`)
    const { id, secret } = await person.api.accounts.createToken({ body: { name: 'mine', scopes: ['account:read'] } })
    const api = createClient({ baseUrl: server.url, token: secret })
    expect(await api.accounts.me({})).toMatchObject({ username: person.username })
    const listed = await person.api.accounts.tokens({ query: {} })
    expect(listed.items.map((token) => token.id)).toContain(id)
    expect(JSON.stringify(listed)).not.toContain(secret)
    await person.api.accounts.revokeToken({ params: { id } })
    const revokedAt = performance.now()
    let refusedAfterMs: number | undefined
    while (refusedAfterMs === undefined && performance.now() - revokedAt < 500) {
      if ((await fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${secret}` } })).status === 401)
        refusedAfterMs = performance.now() - revokedAt
    }
    expect(refusedAfterMs).toBeLessThan(500)
    await expect(person.api.accounts.revokeToken({ params: { id } })).rejects.toThrow('no token')
  })

  it('takes a token as Basic password, for clients that know nothing else', async () => {
    const basic = Buffer.from(`anything:${server.admin.token}`).toString('base64')
    expect((await fetch(`${server.url}/api/me`, { headers: { authorization: `Basic ${basic}` } })).status).toBe(200)
  })

  it('never makes a token that may do more than the one it is made with', async () => {
    const person = await server.person(`escalating-${dialect}`)
    await expect(person.api.accounts.createToken({ body: { name: 'x', scopes: ['admin'] } })).rejects.toThrow(
      'not yours to give',
    )
    const weak = await person.api.accounts.createToken({
      body: { name: 'weak', scopes: ['account:read', 'account:write'] },
    })
    const api = createClient({ baseUrl: server.url, token: weak.secret })
    await expect(api.accounts.createToken({ body: { name: 'x', scopes: ['files:read'] } })).rejects.toThrow(
      'not yours to give',
    )
  })

  it('ends everything of an account that is disabled, and keeps the last administrator [ACC-01]', async () => {
    const person = await server.person(`disabled-${dialect}`)
    await server.admin.api.accounts.updateUser({ params: { id: person.id }, body: { status: 'disabled' } })
    await expect(person.api.accounts.me({})).rejects.toThrow('revoked')
    await expect(server.login(person.username, TEST_PASSWORD)).rejects.toThrow('ACCOUNT_DISABLED')
    await expect(
      server.admin.api.accounts.updateUser({ params: { id: server.admin.id }, body: { admin: false } }),
    ).rejects.toThrow('only administrator')
  })
})

describe('the first start', () => {
  it('prints a link that makes an administrator exactly once [INS-11, ACC-03]', async () => {
    const dataRoot = await mkdtemp(path.join(testFolder(), 'setup-'))
    const platform = await startPlatform({
      config: loadConfig({ LAB_PORT: '0', LAB_DATA_ROOT: dataRoot, LAB_PREPARE_IMAGES: '' }),
      log: silentLog,
      checkAnswers: true,
    })
    try {
      const secret = new URL(platform.setupLink ?? '').hash.slice(1)
      const api = createClient({ baseUrl: platform.url })
      expect(await api.accounts.setupFacts({})).toMatchObject({ needed: true })
      await expect(setup(api, 'not the secret')).rejects.toThrow('no setup link')
      const both = await Promise.allSettled([setup(api, secret), setup(api, secret)])
      expect(both.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected'])
      await expect(setup(api, secret)).rejects.toMatchObject({ code: 'SETUP_DONE' })
      expect(await api.accounts.setupFacts({})).toMatchObject({ needed: false })
    } finally {
      await platform.close()
    }
  })
})

function setup(api: ReturnType<typeof createClient>, secret: string) {
  return api.accounts.setup({ body: { secret, password: 'a long enough phrase' } })
}

async function problem(response: Promise<Response>): Promise<string> {
  const answered = await response
  if (answered.ok) return 'done'
  return ((await answered.json()) as LabProblem['problem']).code // our own format
}
