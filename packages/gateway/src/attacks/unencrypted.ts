import { SERVICE_PREFIX, TAG, TOKEN } from '../testing/rig.ts'
import { TUNNEL_PROTOCOL } from '../tls/transport.ts'
import { browserLines, FAR_HOST, statusOf, type Attack, type World } from './world.ts'

interface UnencryptedAttack {
  readonly name: string
  readonly line: string
  readonly host: (world: World) => string
  readonly headers?: readonly string[]
  /** `in`: the app answers, or is asked. */
  readonly status: number | 'in'
  /** Where it is sent, exactly. Absent: nowhere. */
  readonly location?: string
  /** The connection is that of `mllab connect`; else it is plain. */
  readonly tunnel?: boolean
}

const far = () => FAR_HOST
const here = ({ rig }: World) => rig.main
const bearer = `Authorization: Bearer ${TOKEN}`
const service = `GET ${SERVICE_PREFIX}a HTTP/1.1`
const upgrade = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]

/** What must not pass unencrypted where TLS is spoken, and what still may. */
const UNENCRYPTED: readonly UnencryptedAttack[] = [
  {
    name: 'a page',
    line: 'GET /app/?a=1 HTTP/1.1',
    host: far,
    headers: browserLines,
    status: 307,
    location: `https://${FAR_HOST}/app/?a=1`,
  },
  {
    name: 'a page, with a session of before',
    line: 'GET /app/ HTTP/1.1',
    host: far,
    headers: [...browserLines, `Cookie: lab-${TAG}=ann`],
    status: 307,
    location: `https://${FAR_HOST}/app/`,
  },
  { name: 'a token', line: service, host: far, headers: [bearer], status: 403 },
  { name: 'a token of a page', line: service, host: far, headers: [bearer, ...browserLines], status: 403 },
  {
    name: 'a token in the address',
    line: `GET /app/?lab_token=${TOKEN} HTTP/1.1`,
    host: far,
    headers: browserLines,
    status: 403,
  },
  {
    name: 'a session of a script',
    line: 'GET /api/me HTTP/1.1',
    host: far,
    headers: [`Cookie: lab-${TAG}=ann`],
    status: 403,
  },
  { name: 'a write', line: 'POST /api/auth/login HTTP/1.1', host: far, headers: ['Content-Length: 0'], status: 403 },
  { name: 'a websocket', line: 'GET /api/live HTTP/1.1', host: far, headers: upgrade, status: 403 },
  {
    name: 'a token that says it came by https',
    line: service,
    host: far,
    headers: [bearer, 'X-Forwarded-Proto: https'],
    status: 403,
  },
  { name: 'a token, on the machine itself', line: service, host: here, headers: [bearer], status: 'in' },
  {
    name: 'a token, at the machine’s own address',
    line: service,
    host: ({ rig }) => rig.address,
    headers: [bearer],
    status: 'in',
  },
  { name: 'a token through a tunnel', line: service, host: here, headers: [bearer], status: 'in', tunnel: true },
  {
    name: 'a token through a tunnel, for another host',
    line: service,
    host: far,
    headers: [bearer],
    status: 403,
    tunnel: true,
  },
  {
    name: 'a page of an app through a tunnel',
    line: 'GET / HTTP/1.1',
    host: ({ rig }) => rig.service,
    headers: browserLines,
    status: 303,
    location: 'http://{main}/apps/open?app={label}&to=%2F',
    tunnel: true,
  },
]

export const unencryptedAttacks: readonly Attack[] = [...UNENCRYPTED.map(unencrypted), endlessHandshake()]

function unencrypted({ name, line, host, headers = [], status, location, tunnel }: UnencryptedAttack): Attack {
  return {
    id: `unencrypted: ${name}`,
    run: async (world) => {
      const { rig, appSaw, platformSaw } = world
      const before = [appSaw.length, platformSaw.length, rig.platformUpgrades.length]
      const isUpgrade = headers.some((one) => one.startsWith('Upgrade:'))
      const lines = [line, `Host: ${host(world)}`, ...headers, ...(isUpgrade ? [] : ['Connection: close'])]
      const answer = await rig.raw(`${lines.join('\r\n')}\r\n\r\n`, {
        tls: tunnel ? { protocol: TUNNEL_PROTOCOL } : undefined,
        until: /\r\n\r\n/,
      })
      const passed = [appSaw.length, platformSaw.length, rig.platformUpgrades.length].some(
        (now, i) => now !== before[i],
      )
      if (status === 'in') return statusOf(answer) === 200 && passed ? undefined : `answered ${answer.slice(0, 300)}`
      if (passed) return 'it was passed on'
      const label = rig.service.split('.')[0] ?? ''
      const wanted = location?.replace('{main}', rig.main).replace('{label}', label)
      const sent = /^Location: ([^\r]*)/im.exec(answer)?.[1]
      return statusOf(answer) === status && sent === wanted ? undefined : `answered ${answer.slice(0, 300)}`
    },
  }
}

/** A handshake that begins and never goes on ends nonetheless. */
function endlessHandshake(): Attack {
  return {
    id: 'unencrypted: a handshake without end',
    run: async ({ rig }) => {
      const begin = performance.now()
      const socket = rig.dial()
      socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1]))
      const isClosed = await Promise.race([
        new Promise<boolean>((resolve) => socket.resume().once('close', () => resolve(true))),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 4000).unref()),
      ])
      socket.destroy()
      return isClosed ? undefined : `open after ${Math.round(performance.now() - begin)} ms`
    },
  }
}
