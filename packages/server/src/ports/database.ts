import type { StatementSync } from 'node:sqlite'

import type { CompiledQuery, Kysely, SqlBool, Expression, Transaction } from 'kysely'

import type { Tables } from '../migrations/schema.ts'

/** How many rows a step of a batch must have touched or returned; anything else undoes the whole batch. */
export type Expectation = 'any' | 'some' | 'none' | number

export interface BatchStep {
  readonly query: CompiledQuery
  /** Default `any`. */
  readonly expect?: Expectation
  /** Comes back in the error, so the caller knows which expectation failed. */
  readonly name?: string
}

export interface StepResult {
  /** Rows of a `returning` clause or a select, else empty. */
  readonly rows: readonly Record<string, unknown>[]
  /** Rows inserted, updated or deleted; rows returned for a select. */
  readonly affected: number
}

/** Something that runs wholly inside the writer (SQLite) or in one client (PostgreSQL). Only for hot paths; see `modules/x/x.unit.ts`. */
export interface UnitDefinition<Input = unknown, Output = unknown> {
  readonly name: string
  /** Module that exports `run: SqliteUnit<Input, Output>` and imports nothing but `node:` modules and types. */
  readonly sqlite: URL
  /** The same on PostgreSQL, inside a transaction. */
  readonly postgres: (client: PostgresUnitClient, input: Input) => Promise<Output>
}

/**
 * Runs in the writer thread inside a savepoint: synchronous, undone if it throws. Input and output cross by structured clone; bytes
 * that fill their buffer are handed over, so the caller must not use them again.
 */
export type SqliteUnit<Input, Output> = (client: SqliteUnitClient, input: Input) => Output

export interface SqliteUnitClient {
  /**
   * A statement kept between calls; ask for it each time. Numbers bind as REAL here: columns of type integer turn them back,
   * arithmetic needs `cast(? as bigint)` or a BigInt, text columns need text.
   */
  prepare(sql: string): StatementSync
}

export interface PostgresUnitClient {
  query(sql: string, parameters?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; affected: number }>
}

/**
 * The database, SQLite or PostgreSQL ≥ 15, behind one portable subset of SQL (docs/architecture.md, “Database”).
 *
 * Four ways to write, in order of preference: one conditional statement through `sql`; an atomic `batch`; a named `unit` for hot
 * paths; an interactive `transaction` (rare, has a deadline). What is acknowledged has been synced to disk.
 *
 * All methods fail with `PortError`: `CONFLICT` (unique rule; `subjects` has `table.column`), `REFERENCED`, `INVALID`, `BUSY`,
 * `STORAGE_FULL`, `CORRUPT`, `UNAVAILABLE`, `TIMEOUT`.
 */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres'
  /** Typed queries. Selects go to readers, the rest to the writer; a read started after an acknowledged write sees it. */
  readonly sql: Kysely<Tables>
  /** For scans that may take long: a reader of its own, so that quick reads never wait behind them. */
  readonly scans: Kysely<Tables>
  /** All steps or none. Fails with `ExpectationError` if a step touched another number of rows than expected. */
  batch(steps: readonly BatchStep[]): Promise<readonly StepResult[]>
  unit<Input, Output>(definition: UnitDefinition<Input, Output>, input: Input): Promise<Output>
  /** Read, decide, write. No I/O inside; rolled back after `timeoutMs` (default 2000). */
  transaction<T>(work: (trx: Transaction<Tables>) => Promise<T>, options?: { timeoutMs?: number }): Promise<T>
  /** Milliseconds since the epoch by the database's clock: what leases compare with. */
  now(): Promise<number>
  /** Case-insensitive “contains”, with the wildcards of `text` taken literally. */
  contains(column: Expression<string>, text: string): Expression<SqlBool>
  /** SQL `like` (case-sensitive) or `ilike`, `%` and `_` as wildcards, `\` escapes. The MLflow search grammar needs both. */
  like(column: Expression<string>, pattern: string, options: { caseSensitive: boolean }): Expression<SqlBool>
  /** Answers quickly whether reads and writes are possible now; the text says what is wrong. */
  health(): Promise<{ ok: boolean; detail: string }>
  close(): Promise<void>
}

/** A step of a batch touched another number of rows than it had to. Nothing of the batch was stored. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError'
  readonly step: string | number
  readonly affected: number

  constructor(step: string | number, affected: number) {
    super(`step ${step} touched ${affected} rows`)
    this.step = step
    this.affected = affected
  }
}
