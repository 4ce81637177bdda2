/**
 * What `mllab connect` offers instead of `http/1.1`. It ends TLS on a person's machine, where the browser sees plain HTTP on localhost: pages
 * are told addresses with `http`, and nothing is redirected.
 */
export const TUNNEL_PROTOCOL = 'x-mllab-tunnel'

/** How a connection carries what is said on it: as it is, encrypted, or encrypted to somebody's own machine and plain there. */
export type Transport = 'plain' | 'tls' | 'tunnel'

export function transportOf(socket: object): Transport {
  if (!('encrypted' in socket) || socket.encrypted !== true) return 'plain'
  return 'alpnProtocol' in socket && socket.alpnProtocol === TUNNEL_PROTOCOL ? 'tunnel' : 'tls'
}
