import type { Mutation } from './mutation.ts'

/** What comes unencrypted where TLS is spoken. */
export const ofUnencrypted: readonly Mutation[] = [
  {
    check: 'unencrypted requests',
    file: 'gateway.ts',
    from: 'if (visit.exposed) return serve(visit, res, onPlainHttp(visit))',
    to: '',
    noticedBy: 'unencrypted: a page',
  },
  {
    check: 'unencrypted upgrades',
    file: 'gateway.ts',
    from: 'if (visit.exposed) return refused(refusals.unencrypted)',
    to: '',
    noticedBy: 'unencrypted: a websocket',
  },
  {
    check: 'unencrypted tokens',
    file: 'plain-http.ts',
    from: 'head.authorization !== undefined ||',
    to: '',
    noticedBy: 'unencrypted: a token',
  },
  {
    check: 'unencrypted tokens in addresses',
    file: 'plain-http.ts',
    from: 'target.queryToken !== undefined ||',
    to: '',
    noticedBy: 'unencrypted: a token in the address',
  },
  {
    check: 'unencrypted sessions',
    file: 'plain-http.ts',
    from: '|| (head.cookie !== undefined && !navigation)',
    to: '',
    noticedBy: 'unencrypted: a session',
  },
  {
    check: 'unencrypted writes',
    file: 'plain-http.ts',
    from: '!isRead || hasSecret',
    to: 'hasSecret',
    noticedBy: 'unencrypted: a write',
  },
  {
    check: 'who says that it came by https',
    file: 'visit.ts',
    from: "(trusted && head.forwardedProto === 'https')",
    to: "head.forwardedProto === 'https'",
    noticedBy: 'says it came by https',
  },
  {
    check: 'hosts that are this machine',
    file: 'visit.ts',
    from: '&& isLoopbackHost(host.hostname)',
    to: '',
    noticedBy: 'unencrypted: a token',
  },
  {
    check: 'what TLS makes of a scheme',
    file: 'visit.ts',
    from: "transport === 'tls' || (trusted",
    to: '(trusted',
    noticedBy: 'own form',
  },
  {
    check: 'tunnels',
    file: 'tls/transport.ts',
    from: "socket.alpnProtocol === TUNNEL_PROTOCOL ? 'tunnel' : 'tls'",
    to: "socket.alpnProtocol === TUNNEL_PROTOCOL ? 'tls' : 'tls'",
    noticedBy: 'through a tunnel',
  },
  {
    check: 'how long a handshake takes',
    file: 'tls/handshakes.ts',
    from: 'counts.late += 1\n      socket.destroy()',
    to: 'counts.late += 1',
    noticedBy: 'a handshake without end',
  },
]
