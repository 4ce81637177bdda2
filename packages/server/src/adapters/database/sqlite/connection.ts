import { DatabaseSync, type StatementSync } from 'node:sqlite'

import type { SqlValue } from '../values.ts'
import type { WireResult } from './protocol.ts'

interface Prepared {
  readonly statement: StatementSync
  columns: readonly string[]
}

/** Enough for every query of the platform; what falls out is closed, because statements hold memory outside of the heap. */
const STATEMENTS_KEPT = 500

export interface Connection {
  readonly database: DatabaseSync
  execute(sql: string, parameters: readonly SqlValue[]): WireResult
  /** Like `execute` for a select, but asks `mayGoOn` between rows. */
  scan(sql: string, parameters: readonly SqlValue[], mayGoOn: () => void): WireResult
  /** A kept statement that returns objects. Valid until the caller gives control back. */
  prepare(sql: string): StatementSync
  close(): void
}

export function openWriterConnection(file: string): Connection {
  const database = new DatabaseSync(file, { timeout: 5000 })
  try {
    const mode = database.prepare('pragma journal_mode = wal').get()?.['journal_mode']
    if (mode !== 'wal' && mode !== 'memory')
      throw new Error(`the file system of ${file} does not support a write-ahead log`)
    database.exec(`
      pragma synchronous = full;
      pragma foreign_keys = on;
      pragma wal_autocheckpoint = 1000;
      pragma journal_size_limit = ${16 * 1024 * 1024};
      pragma cache_size = -16000;
      pragma temp_store = memory`)
    return connectionOver(database)
  } catch (error) {
    database.close()
    throw error
  }
}

export function openReaderConnection(file: string): Connection {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  database.exec('pragma cache_size = -8000; pragma temp_store = memory')
  return connectionOver(database)
}

function connectionOver(database: DatabaseSync): Connection {
  const kept = createKeptStatements(database, (statement) => statement.setReturnArrays(true))
  const keptForUnits = createKeptStatements(database, () => undefined)
  // SQLite folds ASCII only. The other half of `Database.contains` and `like`.
  database.function('lab_fold', { deterministic: true }, (text) =>
    typeof text === 'string' ? text.toLowerCase() : text,
  )

  return {
    database,
    execute: (sql, parameters) => {
      const prepared = kept.get(sql)
      const values = parameters.map(bindable)
      if (prepared.columns.length > 0) return answer(prepared, asArrays(prepared.statement.all(...values)))
      const { changes } = prepared.statement.run(...values)
      return { columns: [], rows: [], affected: Number(changes) }
    },
    scan: (sql, parameters, mayGoOn) => {
      const prepared = kept.get(sql)
      const rows: unknown[] = []
      for (const row of prepared.statement.iterate(...parameters.map(bindable))) {
        mayGoOn()
        rows.push(row)
      }
      return answer(prepared, asArrays(rows))
    },
    prepare: (sql) => keptForUnits.get(sql).statement,
    close: () => database.close(),
  }
}

/**
 * node:sqlite binds every JS number as REAL: `7 / 2` would be 3.5, and 1 in a text column `'1.0'`. Integers therefore go in as
 * BigInt, which PostgreSQL's rules match (30 ns a value); a column of type REAL turns them back.
 */
function bindable(value: SqlValue): null | number | bigint | string | Uint8Array {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

/** `setReturnArrays(true)` is not visible in the types of `all` and `iterate`. */
function asArrays(rows: unknown[]): unknown[][] {
  return rows as unknown[][]
}

function answer(prepared: Prepared, rows: unknown[][]): WireResult {
  const first = rows[0]
  // `select *` of a kept statement follows the table when a migration adds a column.
  if (first && first.length !== prepared.columns.length) prepared.columns = columnNames(prepared.statement)
  return { columns: first ? prepared.columns : [], rows, affected: rows.length }
}

function columnNames(statement: StatementSync): string[] {
  return statement.columns().map((column) => column.name)
}

function createKeptStatements(database: DatabaseSync, prepareFor: (statement: StatementSync) => void) {
  const statements = new Map<string, Prepared>()
  return {
    get(sql: string): Prepared {
      const known = statements.get(sql)
      if (known) {
        if (statements.size === STATEMENTS_KEPT) {
          statements.delete(sql)
          statements.set(sql, known)
        }
        return known
      }
      const statement = database.prepare(sql)
      prepareFor(statement)
      const prepared = { statement, columns: columnNames(statement) }
      statements.set(sql, prepared)
      if (statements.size > STATEMENTS_KEPT) {
        for (const [oldest, { statement: unused }] of statements) {
          statements.delete(oldest)
          closeStatement(unused)
          break
        }
      }
      return prepared
    },
  }
}

/** Node 24 has no `close` and leaves it to the garbage collector. */
function closeStatement(statement: StatementSync): void {
  const { close } = statement as { close?: () => void } // newer than the types
  close?.call(statement)
}
