import { PortError, systemClock, type Clock, type Log } from '@mllab/kernel'
import { Kysely } from 'kysely'

import type { Tables } from '../../../migrations/schema.ts'
import { ExpectationError, type Database, type UnitDefinition } from '../../../ports/database.ts'
import { portableParameters } from '../values.ts'
import { createSqliteDialect, type DialectOptions } from './dialect.ts'
import { healthOf } from './health.ts'
import { hasLog, verifySoon } from './integrity.ts'
import { checkDatabaseFile, markDatabaseFile } from './marker.ts'
import { openPool, resultsOf, type SqlitePool } from './pool.ts'
import { receivedResult } from './received.ts'
import { contains, like } from './text.ts'
import { nextId } from './thread.ts'

export interface SqliteOptions {
  /** Absolute path. Made if it is missing, unless the marker beside it says that it was there before. */
  readonly file: string
  readonly log: Log
  readonly clock?: Clock
  /** Threads for quick reads, started when they are needed. Default 2; a third gains nothing on two cores. */
  readonly readers?: number
  /** Imported by the writer at start, so that the first call does not pay for it. Others are imported when first used. */
  readonly units?: readonly UnitDefinition<never, unknown>[]
  /** Deadline of a read through `sql`, default 10 s. */
  readonly readTimeoutMs?: number
  /** Deadline of a read through `scans`, default 2 min. */
  readonly scanTimeoutMs?: number
  /** Default 64 MB. */
  readonly walLimitBytes?: number
  /** How soon after an unclean stop every page is read; default 5 s. */
  readonly verifyAfterMs?: number
  /** Asked before a unit of work: those bring much. Single statements go on, deleting among them. */
  readonly space?: { require(): void }
}

const TRANSACTION_TIMEOUT_MS = 2000

/**
 * SQLite in threads of its own: WAL, `synchronous=FULL`, one writer with group commit, readers beside it.
 * Fails with `CORRUPT` if the file is damaged, or missing although there was one; `UNAVAILABLE` if it cannot be opened.
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const { file, log, clock = systemClock, units = [] } = options
  await checkDatabaseFile(file)
  const stoppedBadly = await hasLog(file)
  const pool = await openPool({
    file,
    log,
    readers: options.readers ?? 2,
    readTimeoutMs: options.readTimeoutMs ?? 10_000,
    scanTimeoutMs: options.scanTimeoutMs ?? 120_000,
    walLimitBytes: options.walLimitBytes ?? 64 * 1024 * 1024,
  })
  await markDatabaseFile(file)
  const verification = stoppedBadly ? verifySoon(pool, log, options.verifyAfterMs) : undefined
  const knownUnits = createKnownUnits(pool)
  for (const { name, sqlite } of units) knownUnits.define(name, sqlite)
  const kyselyWith = (settings: DialectOptions) => new Kysely<Tables>({ dialect: createSqliteDialect(pool, settings) })
  const sql = kyselyWith({ lane: 'quick', timeoutMs: TRANSACTION_TIMEOUT_MS })

  return {
    dialect: 'sqlite',
    sql,
    scans: kyselyWith({ lane: 'scan', timeoutMs: TRANSACTION_TIMEOUT_MS }),
    async batch(steps) {
      if (steps.length === 0) return []
      const wireSteps = steps.map(({ query, expect }) => {
        const statement = { sql: query.sql, parameters: portableParameters(query.parameters) }
        return expect === undefined ? statement : { ...statement, expect }
      })
      try {
        return resultsOf(await pool.write({ kind: 'batch', id: nextId(), steps: wireSteps })).map(receivedResult)
      } catch (error) {
        if (!(error instanceof ExpectationError) || typeof error.step !== 'number') throw error
        throw new ExpectationError(steps[error.step]?.name ?? error.step, error.affected)
      }
    },
    async unit<Input, Output>(definition: UnitDefinition<Input, Output>, input: Input) {
      options.space?.require()
      knownUnits.define(definition.name, definition.sqlite)
      const request = { kind: 'unit', id: nextId(), name: definition.name, input } as const
      const value = await pool.write(request, transferable(input))
      if (value.kind !== 'output') throw new Error(`the writer answered a unit with ${value.kind}`)
      return value.output as Output // What the module returns is fixed by its definition.
    },
    transaction(work, { timeoutMs = TRANSACTION_TIMEOUT_MS } = {}) {
      const { promise: expired, reject } = Promise.withResolvers<never>()
      const onExpired = () =>
        reject(new PortError('TIMEOUT', `a transaction took more than ${timeoutMs} ms and was undone`))
      // `work` may hang on something else than the database, so waiting for it alone could last for ever.
      return Promise.race([kyselyWith({ lane: 'quick', timeoutMs, onExpired }).transaction().execute(work), expired])
    },
    now: async () => clock.now(),
    contains,
    like,
    health: () => healthOf(pool),
    close: () => {
      clearTimeout(verification)
      return pool.close()
    },
  }
}

/** The writer hears of a unit once, with the module it has to import. */
function createKnownUnits(pool: SqlitePool) {
  const modules = new Map<string, string>()
  return {
    define(name: string, module: URL): void {
      const known = modules.get(name)
      if (known === module.href) return
      if (known !== undefined) throw new Error(`two units are called ${name}`)
      modules.set(name, module.href)
      pool.define(name, module.href)
    },
  }
}

/** Bytes that fill their buffer are handed over, the others are copied. */
function transferable(input: unknown): ArrayBuffer[] {
  const candidates =
    input instanceof Uint8Array ? [input] : typeof input === 'object' && input ? Object.values(input) : []
  return candidates.flatMap((value) =>
    value instanceof Uint8Array && value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength
      ? [value.buffer]
      : [],
  )
}
