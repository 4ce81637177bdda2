import type { GatewayConfig } from '@mllab/gateway'
import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { describeAppsAddresses } from './wall.ts'
import { ask, closedAfter, openSocket, openStream } from './testing/browse.ts'
import { deployTalker, running, talkerImages } from './testing/talker.ts'

const html = { accept: 'text/html' }
const project = 'wine'

let server: TestServer
let port: string
let mara: TestPerson
let jonas: TestPerson
let servicePath: string
/** Where apps have no origins of their own. */
let address: string

beforeAll(async () => {
  server = await startTestServer({ env: { LAB_IMAGES_ROOT: await talkerImages() } })
  port = new URL(server.url).port
  address = `http://127.0.0.1:${port}`
  mara = await server.person('mara')
  jonas = await server.person('jonas')
  await mara.api.projects.create({ body: { name: 'Wine' } })
  servicePath = await deployTalker(mara, project, 'talker')
}, 60_000)
afterAll(async () => {
  await mara.api.services.remove({ params: { project, service: 'talker' } })
  await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 20_000 })
  await server.close()
})

/** A session at the address: cookies there have plain names. */
async function signIn(username: string): Promise<Record<string, string>> {
  const answer = await ask(`${address}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: address },
    body: JSON.stringify({ username, password: 'a long enough phrase' }),
  })
  return { cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '' }
}

/** Follows a browser from the service's documented path to its capability path. */
async function openAtAddress(cookie: Record<string, string>, path = servicePath): Promise<string> {
  const first = await ask(address + path, { headers: { ...html, ...cookie } })
  expect([first.status, first.headers.location?.split('?')[0]]).toEqual([303, '/apps/open'])
  const second = await ask(address + first.headers.location, { headers: { ...html, ...cookie } })
  expect(second.status).toBe(303)
  return second.headers.location ?? ''
}

describe('a service at an address where apps have no origins of their own', () => {
  it('opens in a sandbox at a path that is the credential [SVC-08, SVC-09]', async () => {
    const path = await openAtAddress(await signIn('mara'), `${servicePath}a/b?x=1`)
    expect(path).toMatch(/^\/c\/[\w-]{43}\/a\/b\?x=1$/)
    const answer = await ask(address + path, { headers: { cookie: 'theirs=1', origin: 'null' } })
    expect(answer.headers).toMatchObject({
      'content-security-policy':
        "sandbox allow-scripts allow-forms allow-modals allow-downloads; frame-ancestors 'self'",
      'referrer-policy': 'no-referrer',
      'access-control-allow-origin': 'null',
    })
    expect([answer.headers['set-cookie'], answer.headers['clear-site-data']]).toEqual([undefined, undefined])
    const seen = JSON.parse(answer.body)
    expect(seen).toMatchObject({
      url: '/a/b?x=1',
      headers: { 'x-lab-user': 'mara', 'x-forwarded-prefix': path.slice(0, 46) },
    })
    expect(seen.headers.cookie).toBeUndefined()
  })

  it('is nobody else’s, and nothing at all at a name where apps have origins', async () => {
    expect((await ask(address + servicePath, { headers: html })).status).toBe(401)
    expect((await ask(address + servicePath, { headers: { ...html, ...(await signIn('jonas')) } })).status).toBe(404)
    const path = await openAtAddress(await signIn('mara'))
    expect((await ask(address + path, { host: `localhost:${port}` })).status).toBe(404)
    expect((await ask(`${address}/c/${'A'.repeat(43)}/`)).status).toBe(404)
  })

  it('has links that are listed, without their secrets, and end one by one within half a second', async () => {
    const cookie = await signIn('mara')
    const [first, second] = [await openAtAddress(cookie), await openAtAddress(cookie)]
    const links = (await mara.api.apps.links({})).items
    expect(links[0]).toMatchObject({ project, service: 'talker', port: 8080, current: false })
    expect(JSON.stringify(links)).not.toContain(second.slice(3, 46))
    expect((await jonas.api.apps.links({})).items).toEqual([])
    const open = await openStream(`${address + second}stream`)
    const id = links[0]?.id ?? ''
    await expect(jonas.api.apps.revokeLink({ params: { id } })).rejects.toThrow()
    const begin = performance.now()
    await mara.api.apps.revokeLink({ params: { id } })
    expect(await closedAfter(open, begin)).toBeLessThan(500)
    expect((await ask(address + second)).status).toBe(404)
    expect((await ask(address + first)).status).toBe(200)
  })

  it('ends with the session it was opened in', async () => {
    const cookie = await signIn('mara')
    const path = await openAtAddress(cookie)
    const socket = await openSocket(`${address + path}echo`, { headers: { origin: 'null' } })
    const begin = performance.now()
    const out = await ask(`${address}/api/auth/logout`, { method: 'POST', headers: { ...cookie, origin: address } })
    expect(out.status).toBe(204)
    expect(await closedAfter(socket, begin)).toBeLessThan(500)
    expect((await ask(address + path)).status).toBe(404)
  })

  it('keeps the twenty newest links of a session for each app', async () => {
    const cookie = await signIn('mara')
    const paths: string[] = []
    for (let i = 0; i < 21; i += 1) paths.push(await openAtAddress(cookie))
    expect((await ask(address + paths[0])).status).toBe(404)
    expect((await ask(address + paths[1])).status).toBe(200)
    expect((await ask(address + paths[20])).status).toBe(200)
  })

  it('tells nothing of its path in a log', () => {
    expect(JSON.stringify(server.log)).not.toMatch(/\/c\/[\w-]{20}/)
  })
})

describe('what is missing at an address', () => {
  it('is told by the API, with the way to the full wall', async () => {
    const at = async (host: string) =>
      JSON.parse(
        (await ask(`${address}/api/apps/wall`, { host, headers: { authorization: `Bearer ${mara.token}` } })).body,
      )
    expect(await at(`localhost:${port}`)).toEqual({
      wall: true,
      address: `http://localhost:${port}`,
      costs: [],
      remedies: [],
    })
    const fallback = await at(`127.0.0.1:${port}`)
    expect(fallback).toMatchObject({ wall: false, address, remedies: [{ command: `mllab connect ${address}` }, {}] })
    expect(fallback.costs).toHaveLength(2)
  })

  it('is told to administrators when the server starts', () => {
    const told = (facts: Partial<GatewayConfig>, listenHost: string) =>
      describeAppsAddresses(
        {
          publicOrigin: 'http://localhost:8091',
          basePath: '',
          mainHosts: [],
          appsHost: 'localhost',
          instanceTag: '8091',
          trustedProxies: [],
          ...facts,
        },
        listenHost,
      ).warnings
    expect(told({}, '127.0.0.1')).toEqual([])
    expect(told({}, '0.0.0.0')).toEqual([expect.stringMatching(/by an IP address .* mllab connect <address>/)])
    expect(told({ publicOrigin: 'https://lab.example.org' }, '0.0.0.0')).toEqual([
      expect.stringMatching(/no origins of their own at https:\/\/lab\.example\.org.* LAB_APPS_HOST/),
    ])
    const named = { publicOrigin: 'https://lab.example.org', appsHost: 'apps.example.org' }
    expect(told(named, '127.0.0.1')).toEqual([])
    expect(server.log.filter(({ message }) => message.includes('origins'))).toEqual([])
  })
})

describe('what is open through the gateway ends within half a second when', () => {
  const browserHeaders = (label: string, cookie: string) => ({
    host: `${label}.localhost:${port}`,
    headers: { cookie, origin: `http://${label}.localhost:${port}` },
  })

  /** Goes the way of a browser onto the app's own host and returns its cookie there. */
  async function enter(person: TestPerson): Promise<{ label: string; cookie: string }> {
    const { cookie } = await server.login(person.username, 'a long enough phrase')
    const [first] = (await mara.api.services.get({ params: { project, service: 'talker' } })).ports
    const form = await ask(address + first?.openUrl, { host: `localhost:${port}`, headers: { ...html, cookie } })
    const [, action = ''] = /action="([^"]+)"/.exec(form.body) ?? []
    const [, ticket = ''] = /name="ticket" value="([^"]+)"/.exec(form.body) ?? []
    const { host } = new URL(action)
    const entered = await ask(`${address}/.lab/enter`, {
      method: 'POST',
      host,
      headers: {
        origin: `http://localhost:${port}`,
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-dest': 'document',
      },
      body: new URLSearchParams({ ticket, to: '/' }).toString(),
    })
    return {
      label: host.split('.')[0] ?? '',
      cookie: entered.headers['set-cookie']?.[0]?.split(';')[0] ?? '',
    }
  }

  it('the session ends that an app was opened from', async () => {
    const { label, cookie } = await enter(mara)
    const asked = browserHeaders(label, cookie)
    const socket = await openSocket(`${address}/echo`, asked)
    const stream = await openStream(`${address}/stream`, { ...asked, headers: { cookie } })
    const sessions = (await mara.api.accounts.sessions({})).items
    const newest = sessions.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0]
    const begin = performance.now()
    await mara.api.accounts.endSession({ params: { id: newest?.id ?? '' } })
    expect(await closedAfter(socket, begin)).toBeLessThan(500)
    expect(await closedAfter(stream, begin)).toBeLessThan(500)
    expect((await ask(`${address}/x`, { ...asked, headers: { cookie } })).status).toBe(401)
  })

  it('the token is revoked [SVC-10]', async () => {
    const token = await mara.api.accounts.createToken({ body: { name: 'short', scopes: ['services:call'] } })
    const headers = { authorization: `Bearer ${token.secret}` }
    const socket = await openSocket(`${address}${servicePath}echo`, { headers })
    const begin = performance.now()
    await mara.api.accounts.revokeToken({ params: { id: token.id } })
    expect(await closedAfter(socket, begin)).toBeLessThan(500)
    expect((await ask(address + servicePath, { headers })).status).toBe(401)
  })

  it('the person leaves the project', async () => {
    const member = { params: { project, username: 'jonas' } }
    await mara.api.projects.setMember({ ...member, body: { role: 'editor' } })
    const headers = { authorization: `Bearer ${jonas.token}` }
    const socket = await openSocket(`${address}${servicePath}echo`, { headers })
    const { label, cookie } = await enter(jonas)
    const own = await openSocket(`${address}/echo`, browserHeaders(label, cookie))
    const begin = performance.now()
    await mara.api.projects.removeMember(member)
    expect(await closedAfter(socket, begin)).toBeLessThan(500)
    expect(await closedAfter(own, begin)).toBeLessThan(500)
    expect((await ask(address + servicePath, { headers })).status).toBe(404)
  })

  it('the account is disabled', async () => {
    const eva = await server.person('eva')
    await mara.api.projects.setMember({ params: { project, username: 'eva' }, body: { role: 'editor' } })
    const socket = await openSocket(`${address}${servicePath}echo`, {
      headers: { authorization: `Bearer ${eva.token}` },
    })
    const begin = performance.now()
    await server.admin.api.accounts.updateUser({ params: { id: eva.id }, body: { status: 'disabled' } })
    expect(await closedAfter(socket, begin)).toBeLessThan(500)
  })

  it('the service is stopped', async () => {
    const socket = await openSocket(`${address}${servicePath}echo`, {
      headers: { authorization: `Bearer ${mara.token}` },
    })
    const begin = performance.now()
    await mara.api.services.stop({ params: { project, service: 'talker' } })
    expect(await closedAfter(socket, begin)).toBeLessThan(500)
    await mara.api.services.start({ params: { project, service: 'talker' } })
    await running(mara, project, 'talker')
  })
})
