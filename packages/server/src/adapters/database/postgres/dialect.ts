import { asError, PortError } from '@mllab/kernel'
import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import type pg from 'pg'

import { portableParameters } from '../values.ts'
import { takeSession, type Session } from './session.ts'

export interface DialectOptions {
  /** Deadline of an interactive transaction, also set at the server. */
  readonly timeoutMs: number
  /** Called when the deadline has ended the transaction. */
  readonly onExpired?: () => void
}

/** Kysely over a pool of pg, with portable parameters, mapped errors and a deadline for transactions. */
export function createPostgresDialect(pool: pg.Pool, options: DialectOptions): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PoolDriver(pool, options),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

class PoolDriver implements Driver {
  readonly #pool: pg.Pool
  readonly #options: DialectOptions

  constructor(pool: pg.Pool, options: DialectOptions) {
    this.#pool = pool
    this.#options = options
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PoolConnection> {
    return new PoolConnection(await takeSession(this.#pool), this.#options)
  }

  beginTransaction(connection: PoolConnection, settings: TransactionSettings): Promise<void> {
    return connection.begin(settings)
  }

  commitTransaction(connection: PoolConnection): Promise<void> {
    return connection.commit()
  }

  rollbackTransaction(connection: PoolConnection): Promise<void> {
    return connection.rollback()
  }

  async releaseConnection(connection: PoolConnection): Promise<void> {
    connection.release()
  }

  /** The pool belongs to `openPostgres`. */
  async destroy(): Promise<void> {}
}

class PoolConnection implements DatabaseConnection {
  readonly #session: Session
  readonly #options: DialectOptions
  #state: 'plain' | 'transaction' | 'expired' = 'plain'
  #failure: Error | undefined
  #timer: NodeJS.Timeout | undefined
  /** The statement under way; the client takes one at a time. */
  #running: Promise<unknown> = Promise.resolve()

  constructor(session: Session, options: DialectOptions) {
    this.#session = session
    this.#options = options
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const parameters = portableParameters(query.parameters)
    this.#refuseIfOver()
    const isSelect = query.query.kind === 'SelectQueryNode'
    const running = this.#session.query(query.sql, parameters, isSelect || this.#state === 'transaction')
    this.#running = running.catch((error: unknown) => {
      if (this.#state === 'transaction') this.#failure ??= asError(error)
    })
    const { rows, affected } = await running
    // Kysely leaves the type of a row to the caller.
    return { rows: [...rows] as R[], numAffectedRows: BigInt(affected) }
  }

  async begin({ isolationLevel = 'serializable', accessMode = 'read write' }: TransactionSettings): Promise<void> {
    const { timeoutMs } = this.#options
    await this.#session.control(`
      begin isolation level ${isolationLevel} ${accessMode};
      set local statement_timeout = ${timeoutMs};
      set local idle_in_transaction_session_timeout = ${timeoutMs * 2}`)
    this.#state = 'transaction'
    this.#timer = setTimeout(() => void this.#expire(), timeoutMs)
  }

  async commit(): Promise<void> {
    this.#refuseIfOver()
    clearTimeout(this.#timer)
    this.#state = 'plain'
    await this.#session.commit()
  }

  async rollback(): Promise<void> {
    if (this.#state === 'expired') return
    clearTimeout(this.#timer)
    this.#state = 'plain'
    this.#failure = undefined
    await this.#running
    await this.#session.rollback()
  }

  release(): void {
    if (this.#state !== 'expired') this.#session.release()
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new PortError('UNSUPPORTED', 'queries are not streamed; read pages by key')
  }

  /** Everything after a failed statement fails with its error, not with “current transaction is aborted”. */
  #refuseIfOver(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#state === 'expired') throw new PortError('TIMEOUT', 'the transaction has ended: its deadline had passed')
  }

  /** The client goes back to the pool now: whoever hangs in `work` may never give it back. */
  async #expire(): Promise<void> {
    this.#state = 'expired'
    this.#options.onExpired?.()
    await this.#running
    await this.#session.rollback()
    this.#session.release()
  }
}
