import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

import type { CertificatePair } from '@mllab/gateway'
import { messageOf } from '@mllab/kernel'

/** A certificate that can be served, and what people need to know of it. */
export interface KnownPair extends CertificatePair {
  readonly names: readonly string[]
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly until: number
  /** SHA-256, as browsers and openssl show it: `AB:CD:…`. */
  readonly fingerprint: string
}

/** The message says what is wrong, and ends a sentence that begins with the name of a file. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

/** Throws `CertificateError` for anything that a handshake would fail with. */
export function knowPair({ cert, key }: CertificatePair): KnownPair {
  const leaf = attempt('holds no certificate in PEM', () => new X509Certificate(cert))
  const own = attempt('has a key beside it that is none in PEM, or has a passphrase', () => createPrivateKey(key))
  if (!leaf.checkPrivateKey(own)) throw new CertificateError('does not belong to the key beside it')
  attempt('cannot be served', () => createSecureContext({ cert, key }))
  return {
    cert,
    key,
    names: namesOf(leaf),
    from: leaf.validFromDate.getTime(),
    until: leaf.validToDate.getTime(),
    fingerprint: leaf.fingerprint256,
  }
}

/** Host names and addresses, as they stand in the certificate. */
function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .map((entry) => entry.replace(/^(?:DNS|IP Address):/, ''))
    .filter((name) => name !== '')
}

function attempt<T>(problem: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new CertificateError(`${problem} (${messageOf(error)})`, { cause: error })
  }
}
