import { isIP } from 'node:net'

import type { AppsWall } from '@mllab/contract'
import { createHosts, type GatewayConfig } from '@mllab/gateway'

/**
 * Where apps have origins of their own and where not, told to people. With a wall each app is at `<name>.<apps host>`; without one own
 * workspaces share the platform's origin, and services run in a sandbox.
 */
export interface AppsAddresses {
  /** About the address by which somebody reached us: `http://10.0.0.5:8091`. */
  factsAt(origin: string): AppsWall
  /** What an administrator has to know at the start, a sentence each; empty if there is nothing. */
  readonly warnings: readonly string[]
}

const COSTS = [
  'Your own workspaces open below this address and share its origin: code in a notebook can act here as you.',
  'Services open in a sandbox: without cookies, storage and workers, and only if their pages use relative links.',
]

/** `listenHost` is the address the server listens on. */
export function describeAppsAddresses(config: GatewayConfig, listenHost: string): AppsAddresses {
  const hosts = createHosts(config)
  const wallAt = (origin: string) => hosts(new URL(origin).host).wall

  const factsAt = (origin: string): AppsWall => {
    if (wallAt(origin)) return { wall: true, address: origin, costs: [], remedies: [] }
    return { wall: false, address: origin, costs: COSTS, remedies: remedies(origin, config) }
  }

  return { factsAt, warnings: warnings(config, listenHost, wallAt(config.publicOrigin)) }
}

function remedies(origin: string, { publicOrigin, basePath, appsHost }: GatewayConfig): AppsWall['remedies'] {
  const named = appsHost !== 'localhost'
  return [
    ...(named
      ? [{ title: 'Open its name', detail: `Apps are kept apart at ${publicOrigin}${basePath}.`, command: null }]
      : []),
    {
      title: 'Make it localhost',
      detail: 'Run this on your own machine; it prints an address there that has everything.',
      command: `mllab connect ${origin}${basePath}`,
    },
    ...(named
      ? []
      : [
          {
            title: 'Give it a name',
            detail:
              'An administrator points a wildcard DNS name at the server and sets LAB_PUBLIC_URL and LAB_APPS_HOST, for example to https://lab.example.org and apps.lab.example.org.',
            command: null,
          },
        ]),
  ]
}

function warnings({ publicOrigin, basePath, appsHost }: GatewayConfig, listenHost: string, wall: boolean): string[] {
  const cost = 'own workspaces share its origin and services run in a sandbox without storage'
  if (!wall)
    return [
      `Apps have no origins of their own at ${publicOrigin}: ${cost}. Point a wildcard DNS name at this server and set LAB_APPS_HOST to it (now ${appsHost}), or have people run: mllab connect ${publicOrigin}${basePath}`,
    ]
  if (isLoopback(listenHost)) return []
  return [
    `Who opens this server by an IP address gets no wall between apps and the platform: there, ${cost}. At ${publicOrigin} there is one; from other machines: mllab connect <address>`,
  ]
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
