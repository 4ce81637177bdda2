import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  appOfAnn,
  asBrowser,
  SERVICE_LABEL,
  serviceRoute,
  startRig,
  TAG,
  TOKEN,
  type CallOptions,
  type Rig,
} from './testing/rig.ts'

let rig: Rig

beforeAll(async () => {
  rig = await startRig()
  await rig.startApp((req, res) => void res.end(`app ${req.url}`))
})
afterAll(() => rig.close())

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

function enter(ticket: string, options: { to?: string; headers?: Record<string, string>; host?: string } = {}) {
  const call: CallOptions = {
    host: options.host ?? rig.service,
    path: '/.lab/enter',
    method: 'POST',
    headers: { ...FORM, origin: `http://${rig.main}`, 'sec-fetch-dest': 'document', ...options.headers },
    body: new URLSearchParams({ ticket, to: options.to ?? '/a?x=1' }).toString(),
  }
  return rig.call(call)
}

describe('a ticket', () => {
  it('becomes a cookie of the app’s host and leads to the page that was asked for', async () => {
    const entered = await enter(rig.people.issueTicket(SERVICE_LABEL))
    expect([entered.status, entered.headers.location]).toEqual([303, '/.lab/entered?to=%2Fa%3Fx%3D1'])
    expect(entered.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    const [setCookie = ''] = entered.headers['set-cookie'] ?? []
    expect(setCookie).toMatch(/^__Host-lab-app-8091=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)

    const headers = { ...asBrowser, cookie: setCookie.split(';')[0] ?? '' }
    const checked = await rig.call({ host: rig.service, path: entered.headers.location ?? '', headers })
    expect([checked.status, checked.headers.location]).toEqual([303, '/a?x=1'])
    expect((await rig.call({ host: rig.service, path: '/a?x=1', headers })).body).toBe('app /a?x=1')
  })

  it('becomes a partitioned cookie inside a frame', async () => {
    const entered = await enter(rig.people.issueTicket(SERVICE_LABEL), { headers: { 'sec-fetch-dest': 'iframe' } })
    expect(entered.headers['set-cookie']?.[0]).toMatch(
      /^__Host-lab-frame-8091=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/,
    )
  })

  it('works once', async () => {
    const ticket = rig.people.issueTicket(SERVICE_LABEL)
    expect((await enter(ticket)).status).toBe(303)
    const again = await enter(ticket)
    expect([again.status, again.headers['set-cookie']]).toEqual([403, undefined])
    expect(again.body).toContain(`http://${rig.main}/apps/open?app=${SERVICE_LABEL}`)
  })

  it('works for its app only', async () => {
    expect((await enter(rig.people.issueTicket(SERVICE_LABEL), { host: rig.workspace })).status).toBe(403)
  })

  it.each([
    ['from another site', { origin: 'http://evil.test' }],
    ['from a sibling', { origin: 'http://x.localhost' }],
    ['from the app itself', { origin: 'APP' }],
    ['from an opaque origin', { origin: 'null' }],
    ['from https', { origin: 'HTTPS' }],
    ['from another port', { origin: 'http://localhost:1' }],
  ])('%s is refused', async (_name, { origin }) => {
    const actual = origin.replace('APP', `http://${rig.service}`).replace('HTTPS', `https://${rig.main}`)
    const ticket = rig.people.issueTicket(SERVICE_LABEL)
    expect((await enter(ticket, { headers: { origin: actual } })).status).toBe(403)
    expect((await enter(ticket)).status).toBe(303)
  })

  it('without an origin, in another format or too long is refused', async () => {
    const ticket = rig.people.issueTicket(SERVICE_LABEL)
    const bare = await rig.call({
      host: rig.service,
      path: '/.lab/enter',
      method: 'POST',
      headers: FORM,
      body: `ticket=${ticket}&to=/`,
    })
    expect(bare.status).toBe(403)
    expect((await enter(ticket, { headers: { 'content-type': 'text/plain' } })).status).toBe(400)
    expect((await enter('x'.repeat(9000))).status).toBe(400)
    expect((await rig.call({ host: rig.service, path: `/.lab/enter?ticket=${ticket}&to=/` })).status).toBe(405)
  })

  it.each(['//evil.test', '/\\evil.test', 'http://evil.test', 'evil', '', '/a\r\nSet-Cookie: a=b', '/../x', '/ä'])(
    'does not lead to %j',
    async (to) => {
      const entered = await enter(rig.people.issueTicket(SERVICE_LABEL), { to })
      expect([entered.status, entered.headers.location]).toEqual([400, undefined])
    },
  )

  it('ends at a page when the browser keeps no cookie, not in a circle', async () => {
    const answer = await rig.call({ host: rig.service, path: '/.lab/entered?to=%2Fa', headers: asBrowser })
    expect([answer.status, answer.body.includes('COOKIES_BLOCKED'), answer.body.includes('target="_blank"')]).toEqual([
      403,
      true,
      true,
    ])
    const evil = await rig.call({
      host: rig.service,
      path: '/.lab/entered?to=%2F%2Fevil.test',
      headers: { ...asBrowser, ...appOfAnn },
    })
    expect(evil.headers.location).toBe('/')
  })
})

describe('a token in a link', () => {
  it('becomes a cookie, and the clean address remains', async () => {
    const answer = await rig.call({ host: rig.service, path: `/a?x=1&lab_token=${TOKEN}`, headers: asBrowser })
    expect([answer.status, answer.headers.location, answer.headers['referrer-policy']]).toEqual([
      303,
      '/a?x=1',
      'no-referrer',
    ])
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-lab-app-8091=[\w-]{43};/)
    expect(answer.headers['set-cookie']?.[0]).not.toContain(TOKEN)
  })

  it('that is not valid leads nowhere', async () => {
    const answer = await rig.call({ host: rig.service, path: '/a?lab_token=mlp_wrong', headers: asBrowser })
    expect([answer.status, answer.headers['set-cookie']]).toEqual([401, undefined])
  })

  it('is in no log', () => {
    expect(JSON.stringify([rig.records, rig.log.entries])).not.toContain('mlp_')
    expect(rig.records.some(({ path }) => path === '/a')).toBe(true)
  })
})

describe('the app’s cookie', () => {
  const own = { ...appOfAnn }
  const statusOf = async (headers: Record<string, string>, method = 'GET') =>
    (await rig.call({ host: rig.service, path: '/a', method, headers: { ...own, ...headers } })).status

  it('counts for the app’s own requests', async () => {
    const origin = `http://${rig.service}`
    expect(await statusOf({ 'sec-fetch-site': 'same-origin', origin }, 'POST')).toBe(200)
    expect(await statusOf({ 'sec-fetch-site': 'none' })).toBe(200)
    expect(await statusOf({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', accept: 'text/html' })).toBe(
      200,
    )
    expect(await statusOf({})).toBe(200)
    expect(await statusOf({ origin }, 'POST')).toBe(200)
  })

  it('does not count for those of others', async () => {
    expect(await statusOf({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' })).toBe(401)
    expect(await statusOf({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' })).toBe(401)
    expect(await statusOf({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'POST')).toBe(401)
    expect(await statusOf({ 'sec-fetch-site': 'same-origin', origin: `http://${rig.workspace}` }, 'POST')).toBe(401)
    expect(await statusOf({ origin: 'null' })).toBe(401)
    expect(await statusOf({}, 'POST')).toBe(401)
  })

  it('does not count when it came twice', async () => {
    const cookie = `__Host-lab-app-${TAG}=ann; __Host-lab-app-${TAG}=ann`
    expect((await rig.call({ host: rig.service, path: '/a', headers: { cookie } })).status).toBe(401)
  })

  it('of a session that ended leads to the platform again', async () => {
    const headers = { ...asBrowser, cookie: `__Host-lab-app-${TAG}=ended` }
    expect((await rig.call({ host: rig.service, path: '/a', headers })).headers.location).toContain('/apps/open?app=')
  })
})

describe('plain http on a name that is not local', () => {
  it('uses plain cookies, also in frames', async () => {
    const lan = await startRig({ publicOrigin: 'http://lab.example.test', appsHost: 'apps.example.test' })
    try {
      lan.table.set(serviceRoute({ state: 'starting' }))
      const host = `${SERVICE_LABEL}.apps.example.test`
      const body = new URLSearchParams({ ticket: lan.people.issueTicket(SERVICE_LABEL), to: '/' }).toString()
      const headers = { ...FORM, origin: 'http://lab.example.test', 'sec-fetch-dest': 'iframe' }
      const answer = await lan.call({ host, path: '/.lab/enter', method: 'POST', headers, body })
      expect(answer.headers['set-cookie']?.[0]).toMatch(/^lab-app-8091=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
      const cookie = (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? ''
      expect((await lan.call({ host, path: '/', headers: { cookie } })).status).toBe(503)
      expect((await lan.call({ host, path: '/', headers: { cookie: '__Host-lab-app-8091=ann' } })).status).toBe(401)
    } finally {
      await lan.close()
    }
  })
})

describe('an app that needs storage', () => {
  it('is offered in a tab of its own where a frame has none', async () => {
    const ready = rig.table.current().routes.find(({ id }) => id === 'service')
    if (!ready) throw new Error('no service')
    rig.table.set({ ...ready, needsStorage: true })
    const frame = { ...asBrowser, cookie: `__Host-lab-frame-${TAG}=ann`, 'sec-fetch-dest': 'iframe' }
    const none = await rig.call({
      host: rig.service,
      path: '/',
      headers: { ...frame, 'sec-fetch-storage-access': 'none' },
    })
    expect([none.status, none.body.includes('STORAGE_BLOCKED')]).toEqual([403, true])
    const active = await rig.call({
      host: rig.service,
      path: '/',
      headers: { ...frame, 'sec-fetch-storage-access': 'active' },
    })
    expect(active.body).toBe('app /')
  })
})
