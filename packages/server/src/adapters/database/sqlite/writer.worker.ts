import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

import { openWriterConnection } from './connection.ts'
import { wireError } from './errors.ts'
import { createGroupCommit } from './group-commit.ts'
import type { ThreadMessage, WriterData, WriterMessage } from './protocol.ts'
import { createUnits } from './units.ts'

/** Looking at the size of the log costs a system call; so do it once in a while. */
const GROUPS_BETWEEN_LOOKS = 32

const port = parentPort
if (!port) throw new Error('the writer runs as a worker thread')
const post = (message: ThreadMessage) => port.postMessage(message)

try {
  serve(workerData as WriterData) // Given by `pool.ts`, nobody else starts this file.
} catch (error) {
  post([{ notice: 'unopened', error: wireError(error) }])
  port.close()
}

function serve({ file, walLimitBytes }: WriterData): void {
  const connection = openWriterConnection(file)
  const units = createUnits()
  let groups = 0

  const committed = () => {
    groups += 1
    if (groups % GROUPS_BETWEEN_LOOKS !== 0) return
    const sizeBytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
    if (sizeBytes > walLimitBytes) post([{ notice: 'wal', sizeBytes }])
  }
  const group = createGroupCommit({ connection, units, post, committed })

  port?.on('message', (message: WriterMessage) => {
    for (const request of message) {
      if (request.kind === 'define') units.define(request.name, request.url, group.wake)
      else if (request.kind === 'close') close()
      else group.receive(request)
    }
  })

  const close = () => {
    group.finish()
    connection.close()
    port?.close()
  }
  post([{ notice: 'ready' }])
}
