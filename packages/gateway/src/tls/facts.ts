import type { TlsCounts } from '../listener.ts'

/** How the port is encrypted, told to people. */
export interface TlsFacts {
  /** Where the certificate in use comes from. */
  readonly kind: 'files' | 'self-signed' | 'acme'
  readonly names: readonly string[]
  /** Milliseconds since the epoch. */
  readonly until: number
  /** SHA-256, as browsers and openssl show it: `AB:CD:…`. */
  readonly fingerprint: string
  /** What keeps the certificate from being replaced, a sentence; null if nothing does. */
  readonly problem: string | null
  readonly counts: TlsCounts
}
