import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { connect, Socket, type SocketConstructorOpts } from 'node:net'

import type { Endpoint } from '../routes.ts'

/** Linux, not among Node's constants: names a place without opening what is there (open(2)). */
const O_PATH = 0o10000000

/**
 * Connects to an app. A unix socket lies in a folder that the app writes to: a link it puts there, to a socket that we may use and it may
 * not, is not followed. Fails as a socket does, by its event.
 */
export function dial(endpoint: Endpoint, options: Pick<SocketConstructorOpts, 'onread'> = {}): Socket {
  if (endpoint.kind === 'tcp')
    return connect({
      host: endpoint.host,
      port: endpoint.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      ...options,
    })
  let place: number | undefined
  try {
    place = openSync(endpoint.path, O_PATH | constants.O_NOFOLLOW)
    if (!fstatSync(place).isSocket()) throw Object.assign(new Error('there is no socket'), { code: 'ECONNREFUSED' })
    // The kernel leads to the very socket that was looked at; libuv connects before this returns.
    return connect({ path: `/proc/self/fd/${place}`, ...options })
  } catch (error) {
    const socket = new Socket(options)
    socket.destroy(error instanceof Error ? error : new Error(String(error)))
    return socket
  } finally {
    if (place !== undefined) closeSync(place)
  }
}
