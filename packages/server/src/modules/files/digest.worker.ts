import { parentPort } from 'node:worker_threads'

import type { DigestAnswer, DigestRequest } from './digests.ts'
import { Digestion } from './digestion.ts'

/** Digests for the main thread, several at once. Every chunk is answered, so that the sender knows how much is on the way. */
const port = parentPort
if (!port) throw new Error('digest.worker.ts runs in a worker only')
const running = new Map<number, Digestion>()
const answer = (message: DigestAnswer) => port.postMessage(message)

port.on('message', (request: DigestRequest) => {
  const { id } = request
  if (request.kind === 'begin') running.set(id, new Digestion(request.lengths))
  else if (request.kind === 'forget') running.delete(id)
  else if (request.kind === 'bytes') {
    running.get(id)?.write(request.bytes)
    answer({ id, taken: request.bytes.byteLength })
  } else {
    const digested = running.get(id)?.end()
    running.delete(id)
    if (digested) answer({ id, digested })
  }
})
