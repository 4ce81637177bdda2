import { parentPort, workerData } from 'node:worker_threads'

import { signCertificate, type SelfSignedOrder } from './sign-certificate.ts'

if (!parentPort) throw new Error('self-signed.worker.ts runs as a worker only')

parentPort.postMessage(await signCertificate(workerData as SelfSignedOrder)) // what `self-signed.ts` gave
