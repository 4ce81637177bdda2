import { tmpdir } from 'node:os'
import path from 'node:path'

import { newId } from '@mllab/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  appOfAnn,
  asBrowser,
  bearer,
  SERVICE_LABEL,
  SERVICE_PREFIX,
  serviceRoute,
  sessionOfAnn,
  startRig,
  startServer,
  TAG,
  TOKEN,
  WORKSPACE_LABEL,
  WORKSPACE_PREFIX,
  workspaceRoute,
  type Rig,
} from './testing/rig.ts'

let rig: Rig

beforeAll(async () => {
  rig = await startRig()
  await rig.startApp((req, res) => void res.end(`app ${req.method} ${req.url}`))
  rig.people.set('session', 'bob', { verdict: 'allow', user: 'bob', owner: false })
  rig.people.set('session', 'eve', { verdict: 'hidden' })
  rig.people.set('token', 'mlp_eve', { verdict: 'hidden' })
  rig.people.set('token', 'mlp_weak', { verdict: 'forbidden' })
})
afterAll(() => rig.close())

describe('the path of a service on a main host', () => {
  const url = `${SERVICE_PREFIX}a/b?x=1`

  it.each([
    ['Bearer', { authorization: `Bearer ${TOKEN}` }],
    ['JupyterHub’s token scheme', { authorization: `token ${TOKEN}` }],
    ['Basic with the token as password', { authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}` }],
    ['the cookie lab_access_token', { cookie: `lab_access_token=${TOKEN}` }],
  ])('lets a program in by %s', async (_name, headers) => {
    const answer = await rig.call({ host: rig.main, path: url, headers })
    expect([answer.status, answer.body]).toEqual([200, 'app GET /a/b?x=1'])
  })

  it('lets a program in by lab_token, which the app never sees', async () => {
    const answer = await rig.call({ host: rig.main, path: `${SERVICE_PREFIX}a?x=1&lab_token=${TOKEN}&y=%2F` })
    expect([answer.status, answer.body]).toEqual([200, 'app GET /a?x=1&y=%2F'])
    const encoded = await rig.call({ host: rig.main, path: `${SERVICE_PREFIX}a?lab%5Ftoken=${TOKEN}` })
    expect(encoded.body).toBe('app GET /a')
  })

  it('works on an IP address and without the last slash', async () => {
    expect((await rig.call({ host: rig.address, path: url, headers: bearer })).body).toBe('app GET /a/b?x=1')
    expect((await rig.call({ host: rig.main, path: SERVICE_PREFIX.slice(0, -1), headers: bearer })).body).toBe(
      'app GET /',
    )
  })

  it('keeps what it shows inert in a browser', async () => {
    const answer = await rig.call({ host: rig.main, path: url, headers: bearer })
    expect(answer.headers['content-security-policy']).toBe("sandbox; frame-ancestors 'none'")
  })

  it('answers 401, 404 and 403 as problems', async () => {
    const nobody = await rig.call({ host: rig.main, path: url })
    expect([nobody.status, nobody.headers['www-authenticate'], nobody.headers['content-type']]).toEqual([
      401,
      'Bearer realm="ML Lab"',
      'application/problem+json',
    ])
    expect(JSON.parse(nobody.body)).toMatchObject({ code: 'UNAUTHENTICATED', status: 401, fields: [] })
    expect((await rig.call({ host: rig.main, path: url, headers: { authorization: 'Bearer mlp_x' } })).status).toBe(401)
    expect((await rig.call({ host: rig.main, path: url, headers: { authorization: 'Bearer mlp_eve' } })).status).toBe(
      404,
    )
    expect((await rig.call({ host: rig.main, path: url, headers: { authorization: 'Bearer mlp_weak' } })).status).toBe(
      403,
    )
  })

  it('sends a browser with a session to the platform’s page that brings it to the app', async () => {
    const answer = await rig.call({ host: rig.main, path: url, headers: { ...asBrowser, ...sessionOfAnn } })
    expect([answer.status, answer.headers.location]).toEqual([
      303,
      `/apps/open?app=${SERVICE_LABEL}&to=%2Fa%2Fb%3Fx%3D1`,
    ])
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('does not tell a browser whose session may not see it that it is there', async () => {
    const headers = { ...asBrowser, cookie: `__Host-lab-${TAG}=eve` }
    expect((await rig.call({ host: rig.main, path: url, headers })).status).toBe(404)
  })

  it('never shows an app to a browser by its session, a planted cookie or a link', async () => {
    const script = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
    const planted = { cookie: `lab_access_token=${TOKEN}` }
    expect((await rig.call({ host: rig.main, path: url, headers: { ...script, ...sessionOfAnn } })).status).toBe(401)
    expect((await rig.call({ host: rig.main, path: url, headers: { ...script, ...planted } })).status).toBe(401)
    expect((await rig.call({ host: rig.main, path: url, headers: { ...asBrowser, ...planted } })).status).toBe(401)
    expect(
      (await rig.call({ host: rig.address, path: url, headers: { accept: 'text/html', ...planted } })).status,
    ).toBe(401)
    expect((await rig.call({ host: rig.main, path: url, headers: sessionOfAnn })).status).toBe(401)
  })

  it('sends a browser with a token in the link to the app’s own origin', async () => {
    const answer = await rig.call({
      host: rig.main,
      path: `${SERVICE_PREFIX}a?x=1&lab_token=${TOKEN}`,
      headers: asBrowser,
    })
    const location = `http://${rig.service}/a?x=1&lab_token=${TOKEN}`
    expect([answer.status, answer.headers.location, answer.headers['referrer-policy']]).toEqual([
      303,
      location,
      'no-referrer',
    ])
    expect(answer.headers['set-cookie']).toBeUndefined()
  })
})

describe('an app’s own host', () => {
  it('shows the app at / by its cookie', async () => {
    const answer = await rig.call({ host: rig.service, path: '/a?x=1', headers: { ...asBrowser, ...appOfAnn } })
    expect([answer.status, answer.body]).toEqual([200, 'app GET /a?x=1'])
    expect(answer.headers['content-security-policy']).toBe(`frame-ancestors 'self' http://${rig.main}`)
  })

  it('lets a program in by a token', async () => {
    expect((await rig.call({ host: rig.service, path: '/a', headers: bearer })).body).toBe('app GET /a')
    expect((await rig.call({ host: rig.service, path: `/a?lab_token=${TOKEN}` })).body).toBe('app GET /a')
  })

  it('sends a browser without the cookie to the platform, and answers 401 to everything else', async () => {
    const answer = await rig.call({ host: rig.service, path: '/a?x=1', headers: asBrowser })
    expect([answer.status, answer.headers.location]).toEqual([
      303,
      `http://${rig.main}/apps/open?app=${SERVICE_LABEL}&to=%2Fa%3Fx%3D1`,
    ])
    expect((await rig.call({ host: rig.service, path: '/a' })).status).toBe(401)
  })

  it('answers the same for labels nobody has', async () => {
    const host = `none-cccccccc.localhost:${rig.port}`
    const answer = await rig.call({ host, path: '/', headers: asBrowser })
    expect([answer.status, answer.headers.location]).toEqual([
      303,
      `http://${rig.main}/apps/open?app=none-cccccccc&to=%2F`,
    ])
    expect((await rig.call({ host, path: '/' })).status).toBe(401)
    expect((await rig.call({ host, path: '/', headers: bearer })).status).toBe(404)
  })

  it('never reaches the platform', async () => {
    for (const route of ['/healthz', '/api/projects', '/app/', SERVICE_PREFIX])
      expect((await rig.call({ host: rig.service, path: route, headers: appOfAnn })).body).toBe(`app GET ${route}`)
  })

  it('is not opened by the main session or by another app’s cookie under its name', async () => {
    expect((await rig.call({ host: rig.service, path: '/', headers: sessionOfAnn })).status).toBe(401)
    expect((await rig.call({ host: rig.service, path: '/', headers: { cookie: `lab-app-${TAG}=ann` } })).status).toBe(
      401,
    )
  })
})

describe('a workspace', () => {
  it('lives below the same path on both hosts', async () => {
    const path = `${WORKSPACE_PREFIX}lab/tree?x=1`
    expect((await rig.call({ host: rig.workspace, path, headers: appOfAnn })).body).toBe(`app GET ${path}`)
    expect((await rig.call({ host: rig.main, path, headers: bearer })).body).toBe(`app GET ${path}`)
  })

  it('is reached from / of its host and from its path without the last slash', async () => {
    const root = await rig.call({ host: rig.workspace, path: '/?x=1', headers: appOfAnn })
    expect([root.status, root.headers.location]).toEqual([303, `${WORKSPACE_PREFIX}?x=1`])
    const bare = await rig.call({ host: rig.main, path: WORKSPACE_PREFIX.slice(0, -1), headers: bearer })
    expect([bare.status, bare.headers.location]).toEqual([308, WORKSPACE_PREFIX])
    expect((await rig.call({ host: rig.workspace, path: '/other', headers: appOfAnn })).status).toBe(404)
  })

  it('sends a browser from the main host to its own host', async () => {
    const answer = await rig.call({
      host: rig.main,
      path: `${WORKSPACE_PREFIX}lab`,
      headers: { ...asBrowser, ...sessionOfAnn },
    })
    expect([answer.status, answer.headers.location]).toEqual([
      303,
      `/apps/open?app=${WORKSPACE_LABEL}&to=%2Fw%2F0190%2Flab`,
    ])
  })

  it('opens for its owner below an address that has no apps host', async () => {
    const path = `${WORKSPACE_PREFIX}lab`
    const ann = { cookie: `lab-${TAG}=ann` }
    const answer = await rig.call({ host: rig.address, path, headers: { accept: 'text/html', ...ann } })
    expect([answer.status, answer.body, answer.headers['content-security-policy']]).toEqual([
      200,
      `app GET ${path}`,
      "frame-ancestors 'self'",
    ])
    const foreign = { ...ann, origin: 'http://evil.test' }
    expect((await rig.call({ host: rig.address, path, method: 'POST', headers: foreign })).status).toBe(401)
    expect((await rig.call({ host: rig.address, path, method: 'POST', headers: ann })).status).toBe(401)
    const own = { ...ann, origin: `http://${rig.address}` }
    expect((await rig.call({ host: rig.address, path, method: 'POST', headers: own })).body).toBe(`app POST ${path}`)
  })

  it('opens there for nobody but its owner', async () => {
    const answer = await rig.call({
      host: rig.address,
      path: WORKSPACE_PREFIX,
      headers: { accept: 'text/html', cookie: `lab-${TAG}=bob` },
    })
    expect([answer.status, answer.body.includes('OWNER_ONLY')]).toEqual([403, true])
  })
})

describe('everything else', () => {
  it('on main hosts is the platform’s', async () => {
    for (const host of [rig.main, rig.address, 'localhost', '[::1]:8091', '10.1.2.3'])
      expect((await rig.call({ host, path: '/api/projects/wine/services/web' })).body).toBe('platform')
  })

  it('on other hosts is refused with 421', async () => {
    for (const host of [
      'evil.test',
      'localhost.',
      'a.b.localhost',
      '-a.localhost',
      'a@localhost',
      'localhost:x',
      '127.1',
    ])
      expect([host, (await rig.call({ host, path: '/' })).status]).toEqual([host, 421])
  })
})

describe('addresses of other installations', () => {
  it('work with a base path, a domain for apps and a proxy that ends TLS', async () => {
    const secure = await startRig({
      publicOrigin: 'https://lab.example.test',
      basePath: '/test',
      appsHost: 'apps.example.test',
      mainHosts: ['lab.internal'],
      trustedProxies: ['127.0.0.0/8'],
    })
    const app = await startServer((req, res) => void res.end(JSON.stringify(req.headers)))
    secure.scope.defer(() => app.close())
    secure.table.set(
      serviceRoute(
        { state: 'ready', endpoints: [app.endpoint], basePath: '/v1' },
        { pathPrefix: `/test${SERVICE_PREFIX}` },
      ),
    )
    const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '9.9.9.9, 203.0.113.7, 127.0.0.9' }
    try {
      const open = await secure.call({
        host: 'web-bbbbbbbb.apps.example.test',
        path: '/',
        headers: { ...asBrowser, ...proxied },
      })
      expect(open.headers.location).toBe(`https://lab.example.test/test/apps/open?app=${SERVICE_LABEL}&to=%2F`)
      const call = { host: 'lab.internal', path: `/test${SERVICE_PREFIX}x`, headers: { ...bearer, ...proxied } }
      expect(JSON.parse((await secure.call(call)).body)).toMatchObject({
        'x-forwarded-proto': 'https',
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-host': 'lab.internal',
        'x-forwarded-prefix': `/test${SERVICE_PREFIX}`.slice(0, -1),
      })
      expect(app.seen[0]?.url).toBe('/v1/x')
      expect((await secure.call({ host: 'x.other.test', path: '/' })).status).toBe(421)
      const tunnelled = await secure.call({ host: `${SERVICE_LABEL}.localhost:9000`, path: '/', headers: asBrowser })
      expect(tunnelled.headers.location).toBe(`http://localhost:9000/test/apps/open?app=${SERVICE_LABEL}&to=%2F`)
      const seenAs = {
        ...call,
        host: 'other.test',
        headers: { ...call.headers, 'x-forwarded-host': 'lab.example.test' },
      }
      expect((await secure.call(seenAs)).status).toBe(200)
      const plainCookie = { ...proxied, cookie: `lab-${TAG}=ann`, ...asBrowser }
      expect((await secure.call({ host: 'lab.example.test', path: call.path, headers: plainCookie })).status).toBe(401)
    } finally {
      await secure.close()
    }
  })

  it('believe forwarded headers of nobody else', async () => {
    const headers = {
      ...bearer,
      'x-forwarded-host': rig.workspace,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '9.9.9.9',
    }
    const app = await rig.startApp((req, res) => void res.end(JSON.stringify(req.headers)))
    const seen = JSON.parse((await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers })).body)
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': rig.main,
    })
    expect(app.seen).toHaveLength(1)
  })

  it('may be unix sockets', async () => {
    const app = await startServer((_req, res) => void res.end('by socket'), path.join(tmpdir(), `gw-${newId()}.sock`))
    rig.scope.defer(() => app.close())
    rig.table.set(workspaceRoute({ state: 'ready', endpoints: [app.endpoint] }))
    expect((await rig.call({ host: rig.main, path: WORKSPACE_PREFIX, headers: bearer })).body).toBe('by socket')
  })
})
