import { isIP } from 'node:net'
import os from 'node:os'

import type { Config } from '../../config.ts'
import { publicOriginOf } from '../gateway-config.ts'

/** Interfaces of containers and the like come and go, and nobody is reached by them. */
const PASSING = /^(?:docker|br-|veth|virbr|cni|flannel|cali|tun|tap)/

/** Every host and address by which the server may be reached. */
export function ownNames(config: Config, interfaces = os.networkInterfaces()): string[] {
  const { hostname } = new URL(publicOriginOf(config, config.port))
  const named = [
    hostname.replace(/^\[(.*)\]$/, '$1'),
    ...config.extraHosts,
    ...(config.appsHost === 'localhost' ? [] : [`*.${config.appsHost}`]),
    'localhost',
    '*.localhost',
    '127.0.0.1',
    '::1',
  ]
  const isEverywhere = config.host === '0.0.0.0' || config.host === '::'
  if (!isEverywhere) return unique([...named, ...(isIP(config.host) === 0 ? [] : [config.host])])
  const addresses = Object.entries(interfaces)
    .filter(([name]) => !PASSING.test(name))
    .flatMap(([, found]) => found ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
  return unique([...named, ...addresses.map(({ address }) => address)])
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))]
}
