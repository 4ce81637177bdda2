import { createScope, isPortError, PortError, type Log } from '@mllab/kernel'

import type { SqlValue } from '../values.ts'
import { keepBallast } from './ballast.ts'
import type { WireResult, WireValue, WriterRequest } from './protocol.ts'
import { createReaders } from './readers.ts'
import { nextId } from './thread.ts'
import { createWalGate } from './wal-gate.ts'
import { openWriter, type Writer } from './writer.ts'

export interface PoolOptions {
  readonly file: string
  readonly log: Log
  /** Quick readers at most; the second starts when the first is busy. */
  readonly readers: number
  /** The write-ahead log is emptied by force beyond this. */
  readonly walLimitBytes: number
  readonly readTimeoutMs: number
  readonly scanTimeoutMs: number
}

/** The database's threads: one writer, quick readers, one reader for long scans. */
export interface SqlitePool extends Pick<Writer, 'define' | 'onExpired'> {
  read(lane: 'quick' | 'scan', sql: string, parameters: readonly SqlValue[]): Promise<WireResult>
  write(request: WriterRequest, transfer?: readonly ArrayBuffer[]): Promise<WireValue>
  /** Reads every page; `CORRUPT` and no write from then on if one is damaged. Seconds, in the lane of scans. */
  verify(): Promise<void>
  /** What is broken until somebody acts, or undefined. */
  readonly damage: string | undefined
  close(): Promise<void>
}

const CLOSE_PATIENCE_MS = 5000

export async function openPool(options: PoolOptions): Promise<SqlitePool> {
  const { file, log, readTimeoutMs, scanTimeoutMs, walLimitBytes } = options
  const scope = createScope()
  const stop = new Int32Array(new SharedArrayBuffer(4))
  let damage: string | undefined
  let closing: Promise<void> | undefined

  const writer = await openWriter({
    data: { file, walLimitBytes },
    log,
    onWalTooLong: (sizeBytes) => void (closing ?? gate.tooLong(sizeBytes)),
  })
  const quick = createReaders({ name: 'mllab-reader', data: { file }, least: 1, most: options.readers, log })
  const scan = { stop, timeoutMs: scanTimeoutMs }
  const scans = createReaders({ name: 'mllab-scans', data: { file, scan }, least: 0, most: 1, log })
  const checkpoint = async () => resultOf(await writer.call({ kind: 'checkpoint', id: nextId() })).affected === 1
  const gate = createWalGate({ quick, scans, scanTimeoutMs, log, checkpoint })
  const ballast = keepBallast(file, log)
  quick.warm()
  scope.every(1000, () => {
    quick.giveUpOlderThan(readTimeoutMs)
    // Those that wait behind a scan need time of their own.
    scans.giveUpOlderThan(2 * scanTimeoutMs)
    quick.tidy()
    scans.tidy()
  })

  /** A corrupt page fails only the statements that touch it; the others would go on writing into the damage. */
  const watch = async (error: unknown): Promise<never> => {
    // The next attempt finds room; this one may be part of a transaction that is gone.
    if (isPortError(error, 'STORAGE_FULL')) await ballast.drop()
    if (isPortError(error, 'CORRUPT') && damage === undefined) {
      damage = error.message
      log.error('the database file is damaged; nothing is written any more', { file, error: damage })
    }
    throw error
  }
  const refuseIfClosed = () => {
    if (closing) throw new PortError('UNAVAILABLE', 'the database is closed', { retryable: false })
  }
  const close = async () => {
    await scope.close()
    ballast.close()
    Atomics.store(stop, 0, 1)
    // The writer is last: whoever closes the last connection empties the log.
    await Promise.all([quick.close(CLOSE_PATIENCE_MS), scans.close(CLOSE_PATIENCE_MS)])
    await writer.close(CLOSE_PATIENCE_MS)
  }

  return {
    async read(lane, sql, parameters) {
      refuseIfClosed()
      const readers = lane === 'scan' ? scans : quick
      try {
        return resultOf(await readers.read({ kind: 'run', id: nextId(), sql, parameters }))
      } catch (error) {
        return await watch(error)
      }
    },
    async write(request, transfer) {
      refuseIfClosed()
      if (damage !== undefined) throw new PortError('CORRUPT', `the database file is damaged: ${damage}`)
      try {
        return await writer.call(request, transfer)
      } catch (error) {
        return await watch(error)
      }
    },
    async verify() {
      refuseIfClosed()
      try {
        const { rows } = resultOf(
          await scans.read({ kind: 'run', id: nextId(), sql: 'pragma quick_check(5)', parameters: [] }),
        )
        const complaints = rows.map(([said]) => String(said)).filter((said) => said !== 'ok')
        if (complaints.length > 0) throw new PortError('CORRUPT', complaints.join('; '))
      } catch (error) {
        await watch(error)
      }
    },
    define: writer.define,
    onExpired: writer.onExpired,
    get damage() {
      return damage
    },
    close: () => (closing ??= close()),
  }
}

export function resultOf(value: WireValue): WireResult {
  if (value.kind !== 'result') throw new Error(`a thread answered a statement with ${value.kind}`)
  return value.result
}

export function resultsOf(value: WireValue): readonly WireResult[] {
  if (value.kind !== 'results') throw new Error(`a thread answered a batch with ${value.kind}`)
  return value.results
}
