import { asError, PortError } from '@mllab/kernel'
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'

import { portableParameters } from '../values.ts'
import { resultOf, type SqlitePool } from './pool.ts'
import type { WireResult } from './protocol.ts'
import { receivedResult } from './received.ts'
import { nextId } from './thread.ts'

export interface DialectOptions {
  readonly lane: 'quick' | 'scan'
  /** Deadline of an interactive transaction. */
  readonly timeoutMs: number
  /** Called when the deadline has ended the transaction. */
  readonly onExpired?: () => void
}

/** Kysely over the database's threads. Selects go to readers, the rest, and all inside a transaction, to the writer. */
export function createSqliteDialect(pool: SqlitePool, options: DialectOptions): Dialect {
  return {
    createAdapter: () => new ThreadsAdapter(),
    createDriver: () => new ThreadsDriver(pool, options),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** The stock adapter says there is one connection only, and then Kysely lets no two queries run together: no group ever forms. */
class ThreadsAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }

  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class ThreadsDriver implements Driver {
  readonly #pool: SqlitePool
  readonly #options: DialectOptions

  constructor(pool: SqlitePool, options: DialectOptions) {
    this.#pool = pool
    this.#options = options
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ThreadsConnection> {
    return new ThreadsConnection(this.#pool, this.#options)
  }

  beginTransaction(connection: ThreadsConnection): Promise<void> {
    return connection.begin()
  }

  commitTransaction(connection: ThreadsConnection): Promise<void> {
    return connection.end(true)
  }

  rollbackTransaction(connection: ThreadsConnection): Promise<void> {
    return connection.end(false)
  }

  async releaseConnection(): Promise<void> {}

  /** The threads belong to the pool. */
  async destroy(): Promise<void> {}
}

class ThreadsConnection implements DatabaseConnection {
  readonly #pool: SqlitePool
  readonly #options: DialectOptions
  #transaction: number | undefined
  #failure: Error | undefined
  #forget: () => void = () => undefined

  constructor(pool: SqlitePool, options: DialectOptions) {
    this.#pool = pool
    this.#options = options
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affected } = receivedResult(await this.#execute(query))
    // Kysely leaves the type of a row to the caller.
    return { rows: rows as R[], numAffectedRows: BigInt(affected) }
  }

  #execute(query: CompiledQuery): Promise<WireResult> {
    const parameters = portableParameters(query.parameters)
    if (this.#transaction !== undefined) return this.#step(this.#transaction, query.sql, parameters)
    if (query.query.kind === 'SelectQueryNode') return this.#pool.read(this.#options.lane, query.sql, parameters)
    return this.#write(query, parameters)
  }

  async #write(query: CompiledQuery, parameters: ReturnType<typeof portableParameters>): Promise<WireResult> {
    if (query.query.kind === 'RawNode') refuseTransactionControl(query.sql)
    return resultOf(await this.#pool.write({ kind: 'run', id: nextId(), sql: query.sql, parameters }))
  }

  /** A failed statement dooms its transaction, as PostgreSQL has it: everything after it fails with the first error. */
  async #step(
    transaction: number,
    sql: string,
    parameters: ReturnType<typeof portableParameters>,
  ): Promise<WireResult> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return resultOf(await this.#pool.write({ kind: 'step', id: nextId(), transaction, sql, parameters }))
    } catch (error) {
      this.#failure = asError(error)
      throw error
    }
  }

  async begin(): Promise<void> {
    const id = nextId()
    const { timeoutMs, onExpired } = this.#options
    if (onExpired) this.#forget = this.#pool.onExpired(id, onExpired)
    try {
      await this.#pool.write({ kind: 'begin', id, timeoutMs })
    } catch (error) {
      this.#forget()
      throw error
    }
    this.#transaction = id
  }

  async end(commit: boolean): Promise<void> {
    const transaction = this.#transaction
    // Kysely rolls back after a commit that failed; that one has ended the transaction already.
    if (transaction === undefined) return
    this.#transaction = undefined
    const failure = this.#failure
    this.#failure = undefined
    this.#forget()
    await this.#pool.write({ kind: 'end', id: nextId(), transaction, commit: commit && failure === undefined })
    if (commit && failure !== undefined) throw failure
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new PortError('UNSUPPORTED', 'queries are not streamed; read pages by key')
  }
}

/** In the writer a `commit` of one request would end the group of all. */
function refuseTransactionControl(sql: string): void {
  if (/^\s*(begin|commit|end|rollback|savepoint|release|attach|detach|vacuum)\b/i.test(sql))
    throw new PortError('INVALID', 'transactions are opened by `transaction()`, not by a statement')
}
