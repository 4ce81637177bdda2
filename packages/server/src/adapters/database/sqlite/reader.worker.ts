import { parentPort, workerData } from 'node:worker_threads'

import { openReaderConnection, type Connection } from './connection.ts'
import { wireError } from './errors.ts'
import type { Answer, ReaderData, ReaderMessage, RunRequest, ThreadMessage } from './protocol.ts'

/** Answers are collected this long, so that a hundred quick reads are one message and a slow one keeps nobody waiting. */
const COLLECT_MS = 0.5

const port = parentPort
if (!port) throw new Error('a reader runs as a worker thread')
const post = (message: ThreadMessage) => port.postMessage(message)

try {
  serve(workerData as ReaderData) // Given by `pool.ts`, nobody else starts this file.
} catch (error) {
  post([{ notice: 'unopened', error: wireError(error) }])
  port.close()
}

function serve({ file, scan }: ReaderData): void {
  const connection = openReaderConnection(file)
  const read = scan
    ? scanWith(connection, scan)
    : ({ sql, parameters }: RunRequest) => connection.execute(sql, parameters)

  port?.on('message', (message: ReaderMessage) => {
    let answers: Answer[] = []
    let since = performance.now()
    for (const request of message) {
      if (request.kind === 'close') return close()
      answers.push(answer(request))
      if (performance.now() - since > COLLECT_MS) {
        post(answers)
        answers = []
        since = performance.now()
      }
    }
    if (answers.length > 0) post(answers)
  })

  const answer = (request: RunRequest): Answer => {
    try {
      return { id: request.id, value: { kind: 'result', result: read(request) } }
    } catch (error) {
      return { id: request.id, error: wireError(error) }
    }
  }
  const close = () => {
    connection.close()
    port?.close()
  }
  post([{ notice: 'ready' }])
}

/** A running statement cannot be interrupted from outside; it can only look around between two rows. */
function scanWith(connection: Connection, { stop, timeoutMs }: NonNullable<ReaderData['scan']>) {
  return ({ sql, parameters }: RunRequest) => {
    const until = performance.now() + timeoutMs
    return connection.scan(sql, parameters, () => {
      if (Atomics.load(stop, 0) === 1) throw tooLong('the database is being closed')
      if (performance.now() > until) throw tooLong(`the query took more than ${timeoutMs} ms`)
    })
  }
}

/** Crosses as a port's error, see `wireError`. */
function tooLong(message: string): Error {
  return Object.assign(new Error(message), { name: 'PortError', code: 'TIMEOUT' })
}
