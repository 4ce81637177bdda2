import { createGateway, createRemotePlatform, forwardPages } from '@mllab/gateway'
import { systemClock, type Log, type Scope } from '@mllab/kernel'

import type { Config } from './config.ts'
import { gatewayConfigOf } from './edges/gateway-config.ts'
import { meetingPlace, openPort } from './entrance.ts'

/** Often enough that a workspace in use is not taken for one that nobody uses. */
const REPORT_MS = 2000

/**
 * `mllab gateway`: the port, and the gateway behind it, in a process of its own. Routes and decisions come from the platform over a socket
 * below the data root; when the platform restarts, what is open stays open.
 */
export async function startGatewayProgram(config: Config, { log, scope }: { log: Log; scope: Scope }): Promise<void> {
  const place = await meetingPlace(config.dataRoot)
  const platform = createRemotePlatform({ place, log, scope })
  const gateway = scope.own(
    createGateway({
      config: gatewayConfigOf(config, config.port),
      routes: platform.routes,
      access: platform.access,
      platform: forwardPages(place, scope),
      accessLog: (record) => log.debug('app request', { ...record }),
      log,
      clock: systemClock,
    }),
  )
  const port = await openPort(config, config.port, gateway, { log, scope, clock: systemClock })
  scope.every(REPORT_MS, () => platform.report(gateway.snapshot().routes, port.tls()))
}
