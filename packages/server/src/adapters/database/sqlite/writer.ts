import { messageOf, type Log } from '@mllab/kernel'

import type { Notice, WireValue, WriterCommand, WriterData, WriterRequest } from './protocol.ts'
import { startThread, type DatabaseThread } from './thread.ts'

interface Options {
  readonly data: WriterData
  readonly log: Log
  readonly onWalTooLong: (sizeBytes: number) => void
}

/** The writer thread, started again if it should ever die. */
export interface Writer {
  call(request: WriterRequest, transfer?: readonly ArrayBuffer[]): Promise<WireValue>
  /** Makes a unit known, also to the thread that would replace this one. */
  define(name: string, url: string): void
  /** Calls back when the deadline has ended the transaction; returns a function that forgets it. */
  onExpired(transaction: number, expired: () => void): () => void
  close(patienceMs: number): Promise<void>
}

const module = new URL('./writer.worker.ts', import.meta.url)
const RESTART_AFTER_MS = 1000

export async function openWriter({ data, log, onWalTooLong }: Options): Promise<Writer> {
  const expiries = new Map<number, () => void>()
  const units: WriterCommand[] = []
  let closed = false
  let restart: NodeJS.Timeout | undefined

  const onNotice = (notice: Notice) => {
    if (notice.notice === 'expired') expiries.get(notice.transaction)?.()
    else if (notice.notice === 'wal') onWalTooLong(notice.sizeBytes)
  }
  const onDeath = (error: Error) => {
    if (closed) return
    log.error('the writer of the database has ended and will be started again', { error: error.message })
    for (const expired of expiries.values()) expired()
    restart = setTimeout(startAgain, RESTART_AFTER_MS)
  }
  const startAgain = () => {
    thread = start()
    thread.ready.catch((error: unknown) => log.error('the database cannot be opened', { error: messageOf(error) }))
  }
  const start = (): DatabaseThread => {
    const started = startThread({ name: 'mllab-writer', module, data, onNotice, onDeath })
    for (const unit of units) started.tell(unit)
    return started
  }

  let thread = start()
  await thread.ready.catch((error: unknown) => {
    closed = true
    throw error
  })

  return {
    call: (request, transfer = []) => thread.call(request, transfer),
    define: (name, url) => {
      const unit: WriterCommand = { kind: 'define', name, url }
      units.push(unit)
      thread.tell(unit)
    },
    onExpired: (transaction, expired) => {
      expiries.set(transaction, expired)
      return () => expiries.delete(transaction)
    },
    close: async (patienceMs) => {
      closed = true
      clearTimeout(restart)
      await thread.close(patienceMs)
    },
  }
}
