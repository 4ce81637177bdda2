import type { CertificatePair, TlsFacts } from '@mllab/gateway'

import type { KnownPair } from './pair.ts'

/** One way to come by certificates. */
export interface Provider {
  readonly kind: TlsFacts['kind']
  /** Best first. Empty as long as there is none. */
  pairs(): readonly KnownPair[]
  challenges(): ReadonlyMap<string, CertificatePair>
  /** What keeps it from having a new certificate, a sentence; undefined if nothing does. */
  problem(): string | undefined
  /** Looks whether something is to be done, and does it. Calls of `changed` tell. Rejects with nothing. */
  look(): Promise<void>
}

export const NO_CHALLENGES: ReadonlyMap<string, CertificatePair> = new Map()
