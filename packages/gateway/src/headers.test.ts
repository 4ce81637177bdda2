import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  appOfAnn,
  asBrowser,
  bearer,
  SERVICE_PREFIX,
  startRig,
  TAG,
  TOKEN,
  WORKSPACE_PREFIX,
  type Rig,
} from './testing/rig.ts'

let rig: Rig
let seen: IncomingMessage
let reply: { status?: number; headers: OutgoingHttpHeaders }

beforeAll(async () => {
  rig = await startRig()
  await rig.startApp((req, res) => {
    seen = req
    res.writeHead(reply.status ?? 200, reply.headers)
    res.end('x')
  })
})
beforeEach(() => {
  reply = { headers: {} }
})
afterAll(() => rig.close())

describe('an app gets to see', () => {
  async function sent(headers: Record<string, string | string[]>, host = rig.main, path = SERVICE_PREFIX) {
    await rig.call({ host, path, headers: { ...(host === rig.main ? bearer : {}), ...headers } })
    return seen.headers
  }

  it('what the client sent, the host unchanged, and who calls', async () => {
    const names = Object.keys(
      await sent({ 'x-own': 'a', 'accept-language': 'de', te: 'trailers', 'keep-alive': 'x' }),
    ).toSorted()
    expect(names).toEqual([
      'accept-language',
      'connection',
      'host',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-prefix',
      'x-forwarded-proto',
      'x-lab-user',
      'x-own',
    ])
    expect(seen.headers).toMatchObject({
      host: rig.main,
      'x-lab-user': 'ann',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': rig.main,
      'x-forwarded-proto': 'http',
      'x-forwarded-prefix': SERVICE_PREFIX.slice(0, -1),
    })
  })

  it.each([
    'x-lab-user',
    'X-Lab-Admin',
    'x_lab_user',
    'x-forwarded-user',
    'x-forwarded-server',
    'forwarded',
    'x-real-ip',
    'x-original-url',
    'x-rewrite-url',
    'x-http-method-override',
    'remote-user',
    'x-remote-user',
    'x_remote_user',
    'proxy-authorization',
    'true-client-ip',
    'content_length',
    'http2-settings',
  ])('no %s of a client', async (name) => {
    const headers = await sent({ [name]: 'forged' })
    expect(JSON.stringify(headers)).not.toContain('forged')
  })

  it('none of the platform’s credentials', async () => {
    const cookies = [
      `__Host-lab-${TAG}=a`,
      `lab-${TAG}=b`,
      '__Secure-lab-1=c',
      '__Host-lab-frame-9=d',
      `lab_access_token=${TOKEN}`,
      'LAB-X=e',
    ]
    const headers = await sent({ cookie: ['theme=dark', ...cookies, 'label=kept; a="b=c"'].join('; ') })
    expect(headers.cookie).toBe('theme=dark; label=kept; a="b=c"')
    expect(headers).not.toHaveProperty('authorization')
    expect(await sent({ cookie: `lab-${TAG}=b` })).not.toHaveProperty('cookie')
    expect(await sent({ referer: `http://x/?lab_token=${TOKEN}` })).not.toHaveProperty('referer')
  })

  it('credentials that are its own', async () => {
    const headers = await sent({ ...appOfAnn, authorization: 'Bearer of-the-app' }, rig.service, '/')
    expect(headers.authorization).toBe('Bearer of-the-app')
    expect(await sent({ cookie: `lab_access_token=${TOKEN}`, authorization: 'Digest mlp_x' })).not.toHaveProperty(
      'authorization',
    )
  })

  it('nothing that Connection names, but what the gateway says about the client', async () => {
    const headers = await sent({ connection: 'keep-alive, X-Own, X-Lab-User, X-Forwarded-For, Host', 'x-own': 'hop' })
    expect(headers).not.toHaveProperty('x-own')
    expect(headers).toMatchObject({ 'x-lab-user': 'ann', 'x-forwarded-for': '127.0.0.1', host: rig.main })
  })

  it('names that look like properties of objects', async () => {
    const headers = await sent({ constructor: 'a', 'to-string': 'b' })
    expect(headers).toMatchObject({ constructor: 'a', 'to-string': 'b' })
  })
})

describe('a browser gets from an app', () => {
  const fromService = (headers: OutgoingHttpHeaders, cookie: Record<string, string> = appOfAnn) => {
    reply = { headers }
    return rig.call({ host: rig.service, path: '/', headers: { ...asBrowser, ...cookie } })
  }

  it('nothing that reaches beyond the app', async () => {
    const beyond = [
      'Clear-Site-Data',
      'Strict-Transport-Security',
      'Alt-Svc',
      'Public-Key-Pins',
      'NEL',
      'Report-To',
      'Reporting-Endpoints',
      'Set-Login',
      'Server',
      'X-Frame-Options',
      'Keep-Alive',
      'Proxy-Authenticate',
    ]
    const answer = await fromService({
      ...Object.fromEntries(beyond.map((name) => [name, 'from-app'])),
      'X-Own': 'kept',
      Connection: 'X-Hop',
      'X-Hop': 'hop',
    })
    expect(JSON.stringify(answer.headers)).not.toMatch(/from-app|hop/)
    expect(answer.headers).toMatchObject({
      'x-own': 'kept',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
    })
  })

  it('its policy without what would break or escape framing', async () => {
    const answer = await fromService({
      'Content-Security-Policy': [
        "default-src 'self'; frame-ancestors 'self'; report-uri /r",
        'sandbox; report-to x, img-src *',
      ],
    })
    expect(answer.headers['content-security-policy']).toBe(
      `frame-ancestors 'self' http://${rig.main}, default-src 'self', img-src *`,
    )
  })

  it('its own cookies, without a domain and without our names', async () => {
    const answer = await fromService({
      'Set-Cookie': [
        'a=b; Domain=localhost; Path=/x; HttpOnly',
        `__Host-lab-${TAG}=evil; Path=/; Secure`,
        `lab-${TAG}=evil`,
        `=lab-${TAG}=evil`,
        `lab-app-1 = evil`,
        'lab_access_token=evil',
        'nameless',
        '__SECURE-LAB-1=evil',
        'c=d; SameSite=Strict; domain = localhost',
      ],
    })
    expect(answer.headers['set-cookie']).toEqual(['a=b; Path=/x; HttpOnly', 'c=d; SameSite=Strict'])
  })

  it('cookies that live in a frame of another site, when it is framed', async () => {
    const answer = await fromService(
      { 'Set-Cookie': '_xsrf=1; Path=/; SameSite=Lax; secure' },
      { cookie: `__Host-lab-frame-${TAG}=ann` },
    )
    expect(answer.headers['set-cookie']).toEqual(['_xsrf=1; Path=/; SameSite=None; Secure; Partitioned'])
  })

  it('redirects as they are on its own host', async () => {
    for (const location of ['/login', 'relative', `http://${rig.service}/x`, 'https://elsewhere.test/x']) {
      reply = { status: 302, headers: { Location: location } }
      const answer = await rig.call({ host: rig.service, path: '/', headers: { ...asBrowser, ...appOfAnn } })
      expect(answer.headers.location).toBe(location.replace(`http://${rig.service}`, ''))
    }
  })
})

describe('on a main host', () => {
  it('redirects and cookies of a service stay below its path', async () => {
    const prefix = SERVICE_PREFIX.slice(0, -1)
    for (const [location, expected] of [
      ['/login', `${prefix}/login`],
      ['relative', 'relative'],
      [`http://${rig.main}/x?y`, `${prefix}/x?y`],
      [`${prefix}/x`, `${prefix}/x`],
      ['https://elsewhere.test/x', 'https://elsewhere.test/x'],
    ]) {
      reply = {
        status: 302,
        headers: { Location: location, 'Set-Cookie': ['a=b; Path=/x', 'c=d', `e=f; Path=${prefix}/y`] },
      }
      const answer = await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
      expect(answer.headers.location).toBe(expected)
      expect(answer.headers['set-cookie']).toEqual([
        `a=b; Path=${prefix}/x`,
        `c=d; Path=${prefix}/`,
        `e=f; Path=${prefix}/y`,
      ])
    }
  })

  it('an app cannot take the platform’s pages over with a service worker', async () => {
    reply = { headers: { 'Service-Worker-Allowed': '/' } }
    const ann = { cookie: `lab-${TAG}=ann`, accept: 'text/html' }
    const answer = await rig.call({ host: rig.address, path: WORKSPACE_PREFIX, headers: ann })
    expect([answer.status, answer.headers['service-worker-allowed']]).toEqual([200, undefined])
  })
})
