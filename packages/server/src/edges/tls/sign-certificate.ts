import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

import * as x509 from '@peculiar/x509'

export interface SelfSignedOrder {
  /** Hosts, wildcards and addresses. */
  readonly names: readonly string[]
  /** Private key on P-256, PEM. */
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly until: number
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A certificate for a server that its own key signs, PEM. */
export async function signCertificate({ names, key, from, until }: SelfSignedOrder): Promise<string> {
  const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const keys = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, ALGORITHM, true, ['verify']),
  }
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Positive, and without a zero in front.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: 'CN=ML Lab',
    notBefore: new Date(from),
    notAfter: new Date(until),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      // Who trusts it trusts this server, and nothing that its key may sign.
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return `${certificate.toString('pem')}\n`
}
