import { generateKeyPairSync } from 'node:crypto'

import { signCertificate } from '@mllab/server/edges/tls/sign-certificate'

export interface TestCertificate {
  /** PEM, and its own authority. */
  readonly cert: string
  readonly key: string
}

const DAY_MS = 24 * 3600_000

/** A certificate that signs itself, for what a test is reached by. */
export async function testCertificate({
  names = ['localhost', '127.0.0.1'],
  from = Date.now() - DAY_MS,
  until = Date.now() + DAY_MS,
}: { names?: readonly string[]; from?: number; until?: number } = {}): Promise<TestCertificate> {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  return { cert: await signCertificate({ names, key: key.toString(), from, until }), key: key.toString() }
}
