import { isPortError, PortError, retry, type Log } from '@mllab/kernel'
import { Kysely } from 'kysely'
import type pg from 'pg'

import type { Tables } from '../../../migrations/schema.ts'
import {
  ExpectationError,
  type BatchStep,
  type Database,
  type StepResult,
  type UnitDefinition,
} from '../../../ports/database.ts'
import { meets } from '../expectations.ts'
import { portableParameters } from '../values.ts'
import { createPostgresDialect } from './dialect.ts'
import { createPool } from './pool.ts'
import { databaseTime, healthOf, inspectServer } from './server.ts'
import { inTransaction } from './session.ts'
import { createTextSearch } from './text.ts'

export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database?…` */
  readonly uri: string
  readonly log: Log
  /** For everything but scans, which have two of their own. Default 10. */
  readonly maxConnections?: number
  /** Nothing has to be prepared for them here; taken so that both adapters are opened alike. */
  readonly units?: readonly UnitDefinition<never, unknown>[]
  /** Deadline of a statement through `sql`, default 10 s. */
  readonly readTimeoutMs?: number
  /** Deadline of a read through `scans`, default 2 min. */
  readonly scanTimeoutMs?: number
}

const TRANSACTION_TIMEOUT_MS = 2000

/** PostgreSQL ≥ 15 with UTF-8. Fails with `UNAVAILABLE` if it cannot be reached, `UNSUPPORTED` if it is another one. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { uri, log, maxConnections = 10, readTimeoutMs = 10_000, scanTimeoutMs = 120_000 } = options
  const { pool: quick, close: closeQuick } = createPool({
    uri,
    log,
    max: Math.max(2, maxConnections), // migrating needs one for its lock beside the one that works
    statementTimeoutMs: readTimeoutMs,
    // Lists read few rows by an index; a parallel plan only costs them its start.
    settings: '-c max_parallel_workers_per_gather=0',
  })
  const { pool: scanning, close: closeScanning } = createPool({ uri, log, max: 2, statementTimeoutMs: scanTimeoutMs })
  let closing: Promise<void> | undefined
  const close = async () => {
    await Promise.all([closeQuick(), closeScanning()])
  }
  const { foldingCollation } = await inspectServer(quick).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const kyselyOver = (pool: pg.Pool) =>
    new Kysely<Tables>({ dialect: createPostgresDialect(pool, { timeoutMs: TRANSACTION_TIMEOUT_MS }) })

  return {
    dialect: 'postgres',
    sql: kyselyOver(quick),
    scans: kyselyOver(scanning),
    batch: (steps) => (steps.length === 0 ? Promise.resolve([]) : runBatch(quick, steps)),
    unit: (definition, input) =>
      repeated(() =>
        inTransaction(quick, 'begin', (session) =>
          definition.postgres({ query: (sql, parameters = []) => session.query(sql, parameters, true) }, input),
        ),
      ),
    transaction: (work, { timeoutMs = TRANSACTION_TIMEOUT_MS } = {}) =>
      repeated(() => {
        const { promise: expired, reject } = Promise.withResolvers<never>()
        const onExpired = () =>
          reject(new PortError('TIMEOUT', `a transaction took more than ${timeoutMs} ms and was undone`))
        const kysely = new Kysely<Tables>({ dialect: createPostgresDialect(quick, { timeoutMs, onExpired }) })
        // `work` may hang on something else than the database, so waiting for it alone could last for ever.
        return Promise.race([kysely.transaction().execute(work), expired])
      }),
    now: () => databaseTime(quick),
    ...createTextSearch(foldingCollation),
    health: () => healthOf(quick),
    close: () => (closing ??= close()),
  }
}

async function runBatch(pool: pg.Pool, steps: readonly BatchStep[]): Promise<readonly StepResult[]> {
  const statements = steps.map(({ query, expect, name }, index) => ({
    sql: query.sql,
    parameters: portableParameters(query.parameters),
    expect,
    name: name ?? index,
  }))
  return repeated(() =>
    inTransaction(pool, 'begin', async (session) => {
      const results: StepResult[] = []
      for (const { sql, parameters, expect, name } of statements) {
        const result = await session.query(sql, parameters, true)
        if (!meets(expect, result.affected)) throw new ExpectationError(name, result.affected)
        results.push(result)
      }
      return results
    }),
  )
}

/** A deadlock or a serialization failure says: nothing was stored, do it again. */
function repeated<T>(work: () => Promise<T>): Promise<T> {
  return retry(work, { attempts: 8, firstDelayMs: 4, maxDelayMs: 200, when: (error) => isPortError(error, 'BUSY') })
}
