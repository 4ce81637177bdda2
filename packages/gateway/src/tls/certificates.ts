import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'

/** A certificate with what leads to its authority, and its key, both PEM. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** Where certificates come from. Connections that are open keep the one they began with. */
export interface CertificateSource {
  /** Never empty. The first is for clients that name no host, and for names that no other one holds. */
  pairs(): readonly CertificatePair[]
  /** By host name, while an authority checks that it is ours (RFC 8737). Mostly empty. */
  challenges(): ReadonlyMap<string, CertificatePair>
  subscribe(changed: () => void): () => void
}

/** Certificates as handshakes need them. */
export interface Contexts {
  readonly fallback: CertificatePair
  contextFor(hostname: string): SecureContext
}

export function readContexts(pairs: readonly CertificatePair[]): Contexts {
  const [fallback] = pairs
  if (fallback === undefined) throw new Error('TLS needs a certificate')
  const known = pairs.map((pair) => ({ leaf: new X509Certificate(pair.cert), context: createSecureContext(pair) }))
  return {
    fallback,
    contextFor: (hostname) => {
      const found = known.find(({ leaf }) => leaf.checkHost(hostname) !== undefined) ?? known[0]
      if (found === undefined) throw new Error('TLS needs a certificate')
      return found.context
    },
  }
}
