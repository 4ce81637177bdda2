import { chmod, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import {
  createGateway,
  createListener,
  serveGateway,
  type Gateway,
  type GatewayOptions,
  type MeetingPlace,
  type RouteTraffic,
  type TlsFacts,
} from '@mllab/gateway'
import { sha256Hex, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { Config } from './config.ts'
import { openCertificates } from './edges/tls/certificates.ts'

export interface Entrance {
  /** What goes through it, route by route. */
  traffic(): readonly Readonly<RouteTraffic>[]
  /** Undefined without TLS, and while a gateway apart has not told. */
  tls(): TlsFacts | undefined
}

const CLOSE_GRACE_MS = 5000

/** How requests get in: the port with the gateway behind it, or, where the gateway is a process of its own, the place it comes to. */
export async function openEntrance(
  config: Config,
  port: number,
  gatewayOptions: GatewayOptions,
  { log, scope }: { log: Log; scope: Scope },
): Promise<Entrance> {
  if (config.gateway === 'apart') {
    const place = await meetingPlace(config.dataRoot)
    const served = scope.own(await serveGateway({ ...gatewayOptions, place }))
    log.info('waiting for the gateway, which is a program of its own', { command: 'mllab gateway', port })
    return { traffic: served.traffic, tls: served.tls }
  }
  const gateway = scope.own(createGateway(gatewayOptions))
  const { tls } = await openPort(config, port, gateway, { log, scope, clock: gatewayOptions.clock })
  return { traffic: () => gateway.snapshot().routes, tls }
}

/** The port itself, in whatever process it is. */
export async function openPort(
  config: Config,
  port: number,
  gateway: Gateway,
  { log, scope, clock }: { log: Log; scope: Scope; clock: Clock },
): Promise<Pick<Entrance, 'tls'>> {
  const certificates = await openCertificates(config, { log, scope, clock })
  const listener = createListener({ gateway, tls: certificates })
  await listener.listen({ host: config.host, port })
  scope.defer(() => listener.close(CLOSE_GRACE_MS))
  return {
    tls: () => {
      const counts = listener.tlsCounts()
      return certificates && counts && { ...certificates.facts(), counts }
    },
  }
}

/** `sun_path` holds 108 bytes with the final NUL (unix(7)). */
const LONGEST_SOCKET_PATH = 107

/** Where platform and gateway of a data root meet; nobody but their user can enter. */
export async function meetingPlace(dataRoot: string): Promise<MeetingPlace> {
  const below = path.join(dataRoot, 'run')
  const isShort = Buffer.byteLength(path.join(below, 'control.sock')) <= LONGEST_SOCKET_PATH
  const folder = isShort ? below : path.join(tmpdir(), `mllab-${sha256Hex(path.resolve(dataRoot)).slice(0, 16)}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Fails if somebody else was there before: /tmp is everybody's.
  await chmod(folder, 0o700)
  return { control: path.join(folder, 'control.sock'), pages: path.join(folder, 'pages.sock') }
}
