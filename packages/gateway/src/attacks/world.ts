import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer, type Server } from 'node:net'

import { asBrowser, portOf, serviceRoute, startRig, textOf, type Rig } from '../testing/rig.ts'
import type { CertificatePair } from '../tls/certificates.ts'
import type { Mode } from './modes.ts'

/** An attack of the corpus: what is done, and what must be true afterwards. */
export interface Attack {
  readonly id: string
  /** What went wrong; undefined if the gateway held. */
  run(world: World): Promise<string | undefined>
}

/** A gateway, an app that does what it is told and remembers what it saw, and a platform that remembers too. */
export interface World {
  readonly rig: Rig
  /** Every whole request the app was sent: method, target, headers. */
  readonly appSaw: string[]
  readonly platformSaw: string[]
  /** How it is spoken to. */
  readonly scheme: 'http' | 'https'
  /** Sends bytes as they are; `{host}`, `{prefix}` and the like are filled in. */
  send(bytes: string, mode: Mode, until?: RegExp): Promise<string>
  close(): Promise<void>
}

/** Told to the app in the query: the answer it is to give. */
export interface Told {
  readonly status?: number
  readonly headers?: readonly string[]
  readonly body?: string
}

export const tell = (told: Told): string => `?told=${Buffer.from(JSON.stringify(told)).toString('base64url')}`

/** `certificate`: everything is said inside TLS. */
export async function openWorld(certificate?: CertificatePair): Promise<World> {
  const scheme = certificate ? 'https' : 'http'
  const appSaw: string[] = []
  const platformSaw: string[] = []
  const platform: RequestListener = (req, res) => {
    platformSaw.push(`${req.method} ${req.url}`)
    res.end('from the platform')
  }
  const rig = await startRig({ mainHosts: [FAR_HOST] }, platform, certificate)
  rig.people.set('session', 'bob', { verdict: 'allow', user: 'bob', owner: false })
  await rig.startApp((req, res) => {
    const line = [`${req.method} ${req.url}`, ...pairs(req)].join('\n')
    const { status = 200, headers = [], body } = toldBy(req)
    textOf(req).then(
      (sent) => {
        appSaw.push(line)
        res.writeHead(status, [...headers])
        res.end(body ?? `from the app\n${line}\n${sent}`)
      },
      () => res.destroy(),
    )
  })
  return {
    rig,
    appSaw,
    platformSaw,
    scheme,
    send: (bytes, mode, until) => rig.raw(fill(bytes, mode, rig, scheme), until ? { until } : {}),
    close: () => rig.close(),
  }
}

/** A main host that is not this machine's own name. */
export const FAR_HOST = 'lab.example.test'

/** Attacks are written for http. Over TLS the two schemes change places, and so do the names of cookies at an address. */
export function fill(text: string, mode: Mode, rig: Rig, scheme: World['scheme']): string {
  const filled = fillPlain(text, mode, rig)
  if (scheme === 'http') return filled
  const swapped = filled.replace(/\bhttps?:\/\/(?=localhost|127\.|\w+-\w{8}\.)/g, (one) =>
    one === 'http://' ? 'https://' : 'http://',
  )
  const atAddress = swapped.includes(`Host: ${rig.address}`)
  return atAddress
    ? swapped.replace(
        /(Cookie: |; )(__Host-)?lab-(?=\d)/g,
        (_, before, host) => `${before}${host ? '' : '__Host-'}lab-`,
      )
    : swapped
}

function fillPlain(text: string, mode: Mode, rig: Rig): string {
  const values: Record<string, string> = {
    prefix: mode.prefix,
    main: rig.main,
    address: rig.address,
    workspace: rig.workspace,
    service: rig.service,
    auth: mode.auth.map((line) => `${line}\r\n`).join(''),
    socketAuth: mode.socketAuth.map((line) => `${line}\r\n`).join(''),
  }
  return text
    .replace(/\{(prefix|main|address|workspace|service|auth|socketAuth)\}/g, (_, name: string) => values[name] ?? '')
    .replaceAll('{host}', mode.host(rig))
}

/** A request with a head as browsers and programs write it. */
export function request(line: string, headers: readonly string[] = [], body = ''): string {
  return `${line}\r\nHost: {host}\r\n${headers.map((one) => `${one}\r\n`).join('')}{auth}Connection: close\r\n\r\n${body}`
}

export const browserLines = Object.entries(asBrowser).map(([name, value]) => `${name}: ${value}`)

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)
}

export function headOf(answer: string): string {
  return answer.slice(0, answer.indexOf('\r\n\r\n') + 2)
}

/** The service's route leads to a server that says `answer` to whoever connects, whatever it is asked. */
export async function withLyingApp(rig: Rig, answer: string, attack: () => Promise<string | undefined>) {
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => socket.write(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const before = rig.table.current().routes
  const upstream = { state: 'ready', endpoints: [{ kind: 'tcp', host: '127.0.0.1', port: portOf(server) }] } as const
  rig.table.set(...before.map((route) => (route.id === 'service' ? serviceRoute(upstream) : { ...route, upstream })))
  try {
    return await attack()
  } finally {
    rig.table.set(...before)
    await new Promise((resolve) => server.close(resolve))
  }
}

function pairs({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []))
}

function toldBy({ url = '' }: IncomingMessage): Told {
  const told = /[?&]told=([\w-]+)/.exec(url)?.[1]
  return told === undefined ? {} : (JSON.parse(Buffer.from(told, 'base64url').toString()) as Told) // made by `tell`
}
