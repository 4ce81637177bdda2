import { mkdtemp } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { createScope, memoryLog, type Scope } from '@mllab/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Access, Decision } from '../access.ts'
import type { Route, RouteTable } from '../routes.ts'
import { serviceRoute, until } from '../testing/rig.ts'
import { createRemotePlatform, type RemotePlatform } from './remote-platform.ts'
import { serveGateway, type MeetingPlace } from './serve.ts'

const ready = { state: 'ready', endpoints: [{ kind: 'tcp', host: '127.0.0.1', port: 1 }] } as const
const credential = { kind: 'token', secret: 'mlp_a' } as const
const allow: Decision = { verdict: 'allow', user: 'ann', owner: true }

let scope: Scope
let place: MeetingPlace
let remote: RemotePlatform
let decide: Access['decide']

beforeEach(async () => {
  scope = createScope()
  const folder = await mkdtemp(path.join(tmpdir(), 'gw-remote-'))
  place = { control: path.join(folder, 'control.sock'), pages: path.join(folder, 'pages.sock') }
  decide = () => allow
})
afterEach(() => scope.close())

/** A platform with routes of its own; `version` counts from where it says. */
async function startPlatform(routes: readonly Route[], version = 1) {
  let table: RouteTable = { version, routes }
  const listeners = { routes: new Set<() => void>(), access: new Set<() => void>() }
  const served = await serveGateway({
    place,
    routes: { current: () => table, subscribe: (changed) => subscribe(listeners.routes, changed) },
    access: {
      decide: (credential, route) => decide(credential, route),
      enter: async ({ secret }) => (secret === 'good' ? { secret: 'session' } : undefined),
      routeOf: (secret) => (secret === 'known' ? 'service' : undefined),
      subscribe: (changed) => subscribe(listeners.access, changed),
    },
    platform: { handle: (_req, res) => void res.end(), upgrade: (_req, socket) => void socket.destroy() },
    log: memoryLog(),
  })
  return {
    ...served,
    set: (...next: Route[]) => {
      table = { version: table.version + 1, routes: next }
      for (const changed of listeners.routes) changed()
    },
    announceAccess: () => {
      for (const changed of listeners.access) changed()
    },
  }
}

function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

async function connectRemote(withoutPlatformMs?: number): Promise<void> {
  const log = memoryLog()
  remote = createRemotePlatform({ place, log, scope, ...(withoutPlatformMs ? { withoutPlatformMs } : {}) })
  await until(() => remote.connected)
}

const ids = () => remote.routes.current().routes.map(({ id }) => id)

describe('a gateway and a platform in two processes', () => {
  it('share routes, whole and by what changed', async () => {
    const platform = scope.own(await startPlatform([serviceRoute(ready)]))
    await connectRemote()
    expect(ids()).toEqual(['service'])
    const before = remote.routes.current().version
    platform.set(serviceRoute(ready), serviceRoute(ready, { id: 'other', label: 'other-bbbbbbbb', pathPrefix: '/o/' }))
    await until(() => ids().length === 2)
    platform.set(serviceRoute({ state: 'stopped' }))
    await until(() => ids().length === 1)
    expect(remote.routes.current().routes[0]?.upstream.state).toBe('stopped')
    expect(remote.routes.current().version).toBe(before + 2)
  })

  it('share decisions, entries and capabilities, and failures as failures', async () => {
    scope.own(await startPlatform([serviceRoute(ready)]))
    await connectRemote()
    const [route] = remote.routes.current().routes
    if (!route) throw new Error('no route')
    expect(await remote.access.decide(credential, route)).toEqual(allow)
    expect(await remote.access.decide(credential, { ...route, id: 'unknown' })).toEqual({ verdict: 'hidden' })
    expect(await remote.access.enter({ by: 'ticket', secret: 'good', label: 'x' })).toEqual({ secret: 'session' })
    expect(await remote.access.enter({ by: 'ticket', secret: 'bad', label: 'x' })).toBeUndefined()
    expect([await remote.access.routeOf('known'), await remote.access.routeOf('other')]).toEqual(['service', undefined])
    decide = () => Promise.reject(new Error('the database is away'))
    await expect(remote.access.decide(credential, route)).rejects.toThrow('the database is away')
  })

  it('hear of changes of access', async () => {
    const platform = scope.own(await startPlatform([]))
    await connectRemote()
    let changes = 0
    remote.access.subscribe(() => (changes += 1))
    platform.announceAccess()
    await until(() => changes === 1)
  })

  it('tell what goes through', async () => {
    const platform = scope.own(await startPlatform([]))
    await connectRemote()
    const one = {
      route: 'a',
      requests: 2,
      failures: 0,
      open: 1,
      lastRequestAt: 5,
      touches: 1,
      lastTouchAt: 4,
      bytesIn: 1,
      bytesOut: 1,
    }
    remote.report([one])
    await until(() => platform.traffic().length === 1)
    expect(platform.traffic()).toEqual([one])
  })

  it('start again from the whole when a change was missed', async () => {
    let resyncs = 0
    const route = serviceRoute(ready)
    const liar = net.createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => {
        const text = bytes.toString()
        if (text.includes('resync')) resyncs += 1
        const say = (message: unknown) => socket.write(`${JSON.stringify(message)}\n`)
        say({ type: 'routes', run: 'a', version: resyncs > 0 ? 9 : 1, routes: resyncs > 0 ? [route] : [] })
        if (resyncs === 0) say({ type: 'changes', from: 5, to: 6, set: [route], removed: [] })
      })
    })
    liar.listen(place.control)
    scope.defer(() => void liar.close())
    await connectRemote()
    await until(() => resyncs === 1 && ids().length === 1)
  })

  it('part: routes stay, nothing new is decided, and decisions end after a while', async () => {
    const platform = await startPlatform([serviceRoute(ready)])
    await connectRemote(200)
    let changes = 0
    remote.access.subscribe(() => (changes += 1))
    await platform.close()
    await until(() => !remote.connected)
    expect(ids()).toEqual(['service'])
    await expect(remote.access.decide(credential, serviceRoute(ready))).rejects.toThrow('no platform')
    expect(changes).toBe(0)
    await until(() => changes === 1)
  })

  it('meet again: apps that run on are where they were until the platform has found them', async () => {
    const platform = await startPlatform([serviceRoute(ready)], 7)
    await connectRemote()
    await platform.close()
    await until(() => !remote.connected)
    let changes = 0
    remote.access.subscribe(() => (changes += 1))
    const next = scope.own(await startPlatform([serviceRoute({ state: 'starting' })], 1))
    await until(() => remote.connected)
    expect(changes).toBe(1)
    expect(remote.routes.current().routes[0]?.upstream).toEqual(ready)
    next.set(serviceRoute({ state: 'stopped' }))
    await until(() => remote.routes.current().routes[0]?.upstream.state === 'stopped')
  })
})
