import { BlockList, isIP } from 'node:net'

/** Tells whether the peer of a connection is a proxy whose `X-Forwarded-*` headers are believed. */
export interface TrustedProxies {
  trusts(address: string): boolean
  /** The last address in `X-Forwarded-For` that is no trusted proxy, or the peer itself. */
  clientOf(peer: string, forwardedFor: string | undefined): string
}

/** Throws on anything that is neither an address nor a subnet. */
export function createTrustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const version = isIP(address)
    if (version === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw new Error(`no address or subnet: ${entry}`)
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  const trusts = (address: string) => {
    const version = entries.length === 0 ? 0 : isIP(address)
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
  return {
    trusts,
    clientOf: (peer, forwardedFor) => {
      if (forwardedFor === undefined || !trusts(peer)) return peer
      const hops = forwardedFor.split(',').map((hop) => plainAddress(hop.trim()))
      const client = hops.findLast((hop) => !trusts(hop))
      return client !== undefined && isIP(client) !== 0 ? client : peer
    },
  }
}

/** `::ffff:10.0.0.1`, as a dual-stack socket says it, is the IPv4 address. Empty for a unix socket. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
