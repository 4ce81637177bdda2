import { readFile } from 'node:fs/promises'
import net from 'node:net'

import { hasCode, PortError, sha256Hex } from '@mllab/kernel'

export interface TcpPorts {
  /** A port that nobody listens on now, kept for the owner until it is released. The same owner gets the same one again if it can be had. */
  lease(owner: string): Promise<number>
  /** Takes a port back after a restart of the server. */
  adopt(owner: string, port: number): void
  /** Gives back every port of the owner. */
  release(owner: string): void
}

export const FIRST_PORT = 20_000
export const LAST_PORT = 31_999

/** Ports for programs that cannot listen on a unix socket: outside the range the kernel draws outgoing ports from. */
export function createTcpPorts(): TcpPorts {
  const owners = new Map<number, string>()
  return {
    lease: async (owner) => {
      const usable = await usablePorts()
      const start = Number.parseInt(sha256Hex(owner).slice(0, 8), 16)
      for (let step = 0; step < usable.length; step += 1) {
        const port = usable[(start + step) % usable.length]
        if (port === undefined || owners.has(port)) continue
        owners.set(port, owner)
        if (await canListen(port)) return port
        owners.delete(port)
      }
      throw new PortError('UNAVAILABLE', `every port from ${FIRST_PORT} to ${LAST_PORT} is in use`)
    },
    adopt: (owner, port) => void owners.set(port, owner),
    release: (owner) => {
      for (const [port, holder] of owners) if (holder === owner) owners.delete(port)
    },
  }
}

async function usablePorts(): Promise<readonly number[]> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
  const [low = 0, high = 0] = range.trim().split(/\s+/).map(Number)
  const ports = Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, index) => FIRST_PORT + index)
  return ports.filter((port) => port < low || port > high)
}

async function canListen(port: number): Promise<boolean> {
  return (await tryListen(port, '127.0.0.1')) && (await tryListen(port, '::1'))
}

function tryListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    // A machine without IPv6 has no ::1 to be in the way.
    server.once('error', (error) => resolve(hasCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT')))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
