import { once } from 'node:events'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

import {
  appOfAnn,
  bearer,
  SERVICE_PREFIX,
  serviceRoute,
  startRig,
  TOKEN,
  until,
  workspaceRoute,
  WORKSPACE_PREFIX,
  type Rig,
} from './testing/rig.ts'

let rig: Rig
let echo: WebSocketServer

beforeEach(async () => {
  rig = await startRig()
  const app = await rig.startApp((_req, res) => void res.end())
  echo = new WebSocketServer({ server: app.server })
  echo.on('connection', (socket) => {
    socket.on('error', () => undefined)
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
})
afterEach(async () => {
  for (const client of echo.clients) client.terminate()
  await rig.close()
})

function open(host: string, path: string, headers: Record<string, string>, protocols: string[] = []): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${rig.port}${path}`, protocols, { headers: { host, ...headers } })
  socket.on('error', () => undefined)
  return socket
}

async function opened(...args: Parameters<typeof open>): Promise<WebSocket> {
  const socket = open(...args)
  await once(socket, 'open')
  return socket
}

async function refusedWith(...args: Parameters<typeof open>): Promise<number> {
  const socket = open(...args)
  const [, response] = await once(socket, 'unexpected-response')
  return response.statusCode
}

async function echoed(socket: WebSocket, data: string | Buffer): Promise<Buffer> {
  socket.send(data)
  const [answer] = await once(socket, 'message')
  return answer
}

describe('a websocket', () => {
  it('carries messages of every size both ways', async () => {
    const socket = await opened(rig.service, '/ws', { ...bearer }, ['chat'])
    expect(socket.protocol).toBe('chat')
    expect(String(await echoed(socket, 'hello'))).toBe('hello')
    const large = Buffer.alloc(5_000_000, 7)
    expect((await echoed(socket, large)).equals(large)).toBe(true)
    socket.close(1000)
    expect((await once(socket, 'close'))[0]).toBe(1000)
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ status: 101, websocket: true, route: 'service', user: 'ann', path: '/ws' })
    expect(rig.records[0]?.bytesIn).toBeGreaterThan(5_000_000)
  })

  it('opens by the app’s cookie only from the app’s own pages', async () => {
    const own = { ...appOfAnn, origin: `http://${rig.service}` }
    expect(String(await echoed(await opened(rig.service, '/ws', own), 'a'))).toBe('a')
    for (const origin of [`http://${rig.workspace}`, `http://${rig.main}`, 'null', `https://${rig.service}`])
      expect([origin, await refusedWith(rig.service, '/ws', { ...own, origin })]).toEqual([origin, 401])
    expect(await refusedWith(rig.service, '/ws', appOfAnn)).toBe(401)
  })

  it('opens by a token on the main host, also in the query', async () => {
    expect(String(await echoed(await opened(rig.main, `${SERVICE_PREFIX}ws`, { ...bearer }), 'a'))).toBe('a')
    expect(String(await echoed(await opened(rig.main, `${WORKSPACE_PREFIX}ws?lab_token=${TOKEN}`, {}), 'a'))).toBe('a')
    expect(await refusedWith(rig.main, `${SERVICE_PREFIX}ws`, {})).toBe(401)
  })

  it('opens for the owner below an address without an apps host', async () => {
    const headers = { cookie: 'lab-8091=ann', origin: `http://${rig.address}` }
    expect(String(await echoed(await opened(rig.address, `${WORKSPACE_PREFIX}ws`, headers), 'a'))).toBe('a')
    expect(await refusedWith(rig.address, `${WORKSPACE_PREFIX}ws`, { ...headers, origin: 'http://evil.test' })).toBe(
      401,
    )
    expect(await refusedWith(rig.address, `${SERVICE_PREFIX}ws`, headers)).toBe(401)
  })

  it('of the platform is the platform’s', async () => {
    expect(await refusedWith(rig.main, '/api/live', {})).toBe(503)
    expect(rig.platformUpgrades).toEqual(['/api/live'])
    expect(await refusedWith(rig.service, '/api/live', {})).toBe(401)
  })

  it('to an app that is not there, not ready or not willing says why', async () => {
    const app = await rig.startApp((_req, res) => void res.writeHead(404).end())
    expect(await refusedWith(rig.service, '/ws', { ...bearer })).toBe(404)
    await app.close()
    expect(await refusedWith(rig.service, '/ws', { ...bearer })).toBe(502)
    rig.table.set(serviceRoute({ state: 'starting' }))
    expect(await refusedWith(rig.service, '/ws', { ...bearer })).toBe(503)
    await until(() => rig.records.length === 3)
    expect(rig.records.map(({ status }) => status)).toEqual([404, 502, 503])
    expect(rig.gateway.snapshot().totals.open).toBe(0)
  })

  it('ends on both sides when one side goes away', async () => {
    const socket = await opened(rig.service, '/ws', { ...bearer })
    await until(() => echo.clients.size === 1)
    socket.terminate()
    await until(() => echo.clients.size === 0, 1000)
    const other = await opened(rig.service, '/ws', { ...bearer })
    await until(() => echo.clients.size === 1)
    for (const client of echo.clients) client.terminate()
    await once(other, 'close')
  })
})

describe('what is open', () => {
  async function openTwo() {
    rig.people.set('token', 'mlp_bob', { verdict: 'allow', user: 'bob', owner: false })
    const ann = await opened(rig.service, '/ws', { ...bearer })
    const bob = await opened(rig.service, '/ws', { authorization: 'Bearer mlp_bob' })
    return { ann, bob, closed: once(ann, 'close') }
  }

  it('ends within half a second when access is withdrawn, and nothing else does', async () => {
    const { ann, bob, closed } = await openTwo()
    const revokedAt = performance.now()
    rig.people.set('token', TOKEN, { verdict: 'unauthenticated' })
    await closed
    expect(performance.now() - revokedAt).toBeLessThan(500)
    expect(ann.readyState).toBe(WebSocket.CLOSED)
    expect(String(await echoed(bob, 'still here'))).toBe('still here')
    expect(await refusedWith(rig.service, '/ws', { ...bearer })).toBe(401)
  })

  it('ends when the decision comes late', async () => {
    const { closed } = await openTwo()
    rig.people.answerBy(async (decision) => decision)
    rig.people.set('token', TOKEN, { verdict: 'hidden' })
    await closed
  })

  it('ends when its route goes away or its audience changes', async () => {
    const { bob, closed } = await openTwo()
    const [service, workspace] = rig.table.current().routes
    if (!service || !workspace) throw new Error('no routes')
    rig.people.answerBy((decision) =>
      decision.verdict === 'allow' && decision.user === 'ann' ? { verdict: 'hidden' } : decision,
    )
    await closed
    const bobClosed = once(bob, 'close')
    rig.table.set(workspaceRoute(workspace.upstream))
    await bobClosed
  })

  it('ends when its time is over', async () => {
    rig.people.set('token', 'mlp_short', { verdict: 'allow', user: 'ann', owner: true, expiresAt: Date.now() + 300 })
    const socket = await opened(rig.service, '/ws', { authorization: 'Bearer mlp_short' })
    await once(socket, 'close')
    await until(() => rig.gateway.snapshot().totals.open === 0)
  })

  it('goes on while access cannot be decided, but nothing new is let in', async () => {
    const { ann } = await openTwo()
    rig.people.answerBy(() => Promise.reject(new Error('platform is away')))
    expect(String(await echoed(ann, 'a'))).toBe('a')
    const refused = await rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '2'])
  })

  it('includes streams of plain requests', async () => {
    await rig.startApp((_req, res) => void res.write('first'))
    const answer = rig.raw(
      `GET ${SERVICE_PREFIX} HTTP/1.1\r\nHost: ${rig.main}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
    )
    await until(() => rig.gateway.snapshot().totals.open === 1)
    rig.people.set('token', TOKEN, { verdict: 'unauthenticated' })
    const revokedAt = performance.now()
    await answer
    expect(performance.now() - revokedAt).toBeLessThan(500)
  })

  it('never begins when access is withdrawn while it is decided', async () => {
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    rig.people.answerBy(async (decision) => {
      await held
      return decision
    })
    const asked = rig.call({ host: rig.main, path: SERVICE_PREFIX, headers: bearer })
    await until(() => rig.people.asked.length > 0)
    rig.people.set('token', TOKEN, { verdict: 'unauthenticated' })
    release?.()
    expect((await asked).status).toBe(401)
  })

  it('never begins for who left while it was decided', async () => {
    const app = await rig.startApp((_req, res) => void res.end())
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    rig.people.answerBy(async (decision) => {
      await held
      return decision
    })
    await rig.raw(`GET ${SERVICE_PREFIX} HTTP/1.1\r\nHost: ${rig.main}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`)
    expect(rig.people.asked).toHaveLength(1)
    let connections = 1
    await until(() => {
      rig.server.getConnections((_error, count) => (connections = count))
      return connections === 0
    })
    release?.()
    rig.people.answerBy((decision) => decision)
    expect((await rig.call({ host: rig.main, path: `${SERVICE_PREFIX}last`, headers: bearer })).status).toBe(200)
    expect(app.seen.map(({ url }) => url)).toEqual(['/last'])
    await until(() => rig.gateway.snapshot().totals.open === 0)
  })

  it('ends when the gateway closes', async () => {
    const { closed } = await openTwo()
    await rig.gateway.close()
    await closed
  })
})
