import { parentPort } from 'node:worker_threads'

import type { DigestAnswer, DigestRequest } from './digest-thread.ts'
import { Digestion } from './digestion.ts'

/** Digests for the main thread, several at once. Every slab goes back, so that the sender knows how much is on the way. */
const port = parentPort
if (!port) throw new Error('digest.worker.ts runs in a worker only')
const running = new Map<number, Digestion>()
const answer = (message: DigestAnswer, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

port.on('message', (request: DigestRequest) => {
  const { id } = request
  if (request.kind === 'begin') running.set(id, new Digestion(request.lengths))
  else if (request.kind === 'forget') running.delete(id)
  else if (request.kind === 'bytes') {
    const { slab, sizeBytes } = request
    running.get(id)?.write(slab.subarray(0, sizeBytes))
    answer({ id, slab }, [slab.buffer])
  } else {
    const digested = running.get(id)?.end()
    running.delete(id)
    if (digested) answer({ id, digested })
  }
})
