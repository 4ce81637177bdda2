import { once } from 'node:events'
import { Agent } from 'node:https'
import { rootCertificates } from 'node:tls'
import { parentPort, workerData } from 'node:worker_threads'

import * as acme from 'acme-client'

import type { AcmeAnswer, AcmeOrder } from './acme.ts'

if (!parentPort) throw new Error('acme.worker.ts runs as a worker only')
const port = parentPort

const { directory, email, hosts, accountKey, ca } = workerData as AcmeOrder // what `acme.ts` gave
const [commonName = ''] = hosts
if (ca !== undefined) acme.axios.defaults.httpsAgent = new Agent({ ca: [...rootCertificates, ca] })

const client = new acme.Client({ directoryUrl: directory, accountKey })
// Also for an account that is there: the address may be another one by now.
await client.createAccount({ termsOfServiceAgreed: true, contact: [`mailto:${email}`] })
const [key, csr] = await acme.crypto.createCsr(
  { commonName, altNames: [...hosts] },
  await acme.crypto.createPrivateEcdsaKey(),
)
const cert = await client.auto({
  csr,
  email,
  termsOfServiceAgreed: true,
  // It would ask port 443 of the name from here, which need not lead back.
  skipChallengeVerification: true,
  challengePriority: ['tls-alpn-01'],
  challengeCreateFn: async ({ identifier, ...authz }, _challenge, keyAuthorization) => {
    const [proofKey, proof] = await acme.crypto.createAlpnCertificate({ identifier, ...authz }, keyAuthorization)
    const heard = once(port, 'message')
    say({ type: 'prove', host: identifier.value, pair: { cert: String(proof), key: String(proofKey) } })
    await heard
  },
  challengeRemoveFn: async ({ identifier }) => say({ type: 'proven', host: identifier.value }),
})
say({ type: 'issued', pair: { cert, key: String(key) } })

function say(answer: AcmeAnswer): void {
  port.postMessage(answer)
}
