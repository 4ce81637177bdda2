import { crashPoint, delay, messageOf, PortError, sha256Hex } from '@mllab/kernel'
import { CompiledQuery, type Kysely } from 'kysely'

import type { Database } from '../ports/database.ts'
import { columnTypes, statementsFor, type Migration } from './migration.ts'
import type { Tables } from './schema.ts'

/**
 * Why a database is refused. Nothing was changed, except after `FAILED`: the migrations before the failed one stay.
 *
 * - `NEWER_DATABASE`: a later program has used it, and this one does not know what that did
 * - `CHANGED_MIGRATION`: a released migration is not what was applied
 * - `OUT_OF_ORDER`: a migration was put before ones that are applied already
 * - `LOCKED`: another server has been migrating for too long
 * - `FAILED`: a statement failed; see `cause`
 */
export type MigrationErrorCode = 'NEWER_DATABASE' | 'CHANGED_MIGRATION' | 'OUT_OF_ORDER' | 'LOCKED' | 'FAILED'

export class MigrationError extends Error {
  override readonly name = 'MigrationError'
  readonly code: MigrationErrorCode

  constructor(code: MigrationErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

interface Applied {
  readonly name: string
  readonly checksum: string
}

const MIGRATION_TIMEOUT_MS = 30 * 60_000
const LOCK_TIMEOUT_MS = 5 * 60_000
/** `mllabmig` as a number: any, but always the same. */
const ADVISORY_LOCK = '7884339384929247591'

/**
 * Brings the database to the last migration, each in a transaction of its own, and answers the names of those it applied. Two servers
 * may start at once. Call before anything else reads or writes. Fails with `MigrationError`.
 */
export async function migrate(
  db: Database,
  migrations: readonly Migration[],
  { programVersion }: { programVersion: string },
): Promise<string[]> {
  return locked(db, async () => {
    const applied = await readApplied(db)
    await refuseNewer(db, migrations, applied, programVersion)
    refuseChanged(db, migrations, applied)

    const pending = migrations.slice(applied.length)
    if (pending.length > 0) await makeRecords(db)
    for (const migration of pending) {
      await apply(db, migration)
      crashPoint('migration/applied')
    }
    return pending.map(({ name }) => name)
  })
}

/** SHA-256 of what a migration does on this engine. */
export function checksumOf(migration: Migration, dialect: Database['dialect']): string {
  return sha256Hex(JSON.stringify(migration.statements(columnTypes(dialect))))
}

async function refuseNewer(
  db: Database,
  migrations: readonly Migration[],
  applied: readonly Applied[],
  programVersion: string,
): Promise<void> {
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  const minProgram = (await hasTable(db, 'meta'))
    ? (await db.sql.selectFrom('meta').select('value').where('key', '=', 'min_program').executeTakeFirst())?.value
    : undefined
  if (minProgram !== undefined && isOlder(programVersion, minProgram))
    throw new MigrationError(
      'NEWER_DATABASE',
      `the database needs version ${minProgram} or later, this is ${programVersion}`,
    )
  if (unknown.length > 0)
    throw new MigrationError(
      'NEWER_DATABASE',
      `the database was used by a later version: version ${programVersion} does not know ${unknown.join(', ')}`,
    )
}

function refuseChanged(db: Database, migrations: readonly Migration[], applied: readonly Applied[]): void {
  for (const [index, { name, checksum }] of applied.entries()) {
    const migration = migrations[index]
    if (migration?.name !== name)
      throw new MigrationError(
        'OUT_OF_ORDER',
        `migration ${migration?.name} stands before ${name}, which is applied already`,
      )
    if (checksumOf(migration, db.dialect) !== checksum)
      throw new MigrationError(
        'CHANGED_MIGRATION',
        `migration ${name} is not the one that was applied to this database`,
      )
  }
}

async function apply(db: Database, migration: Migration): Promise<void> {
  const { name } = migration
  const record = CompiledQuery.raw(
    `insert into migration (name, checksum, applied_at) values ('${name}', '${checksumOf(migration, db.dialect)}', ${await db.now()})`,
  )
  try {
    await db.transaction(
      async (trx) => {
        for (const statement of statementsFor(migration, db.dialect))
          await trx.executeQuery(CompiledQuery.raw(statement))
        await trx.executeQuery(record)
      },
      { timeoutMs: MIGRATION_TIMEOUT_MS },
    )
  } catch (error) {
    throw new MigrationError('FAILED', `migration ${name} failed: ${messageOf(error)}`, error)
  }
}

async function readApplied(db: Database): Promise<Applied[]> {
  if (!(await hasTable(db, 'migration'))) return []
  const query: CompiledQuery<Applied> = CompiledQuery.raw('select name, checksum from migration order by name')
  return (await db.sql.executeQuery(query)).rows // made by `makeRecords`
}

async function makeRecords(db: Database): Promise<void> {
  const { text, int } = columnTypes(db.dialect)
  const columns = `name ${text} primary key, checksum ${text} not null, applied_at ${int} not null`
  await db.sql.executeQuery(CompiledQuery.raw(`create table if not exists migration (${columns})`))
}

async function hasTable(db: Database, table: string): Promise<boolean> {
  const query =
    db.dialect === 'sqlite'
      ? `select 1 from sqlite_schema where type = 'table' and name = '${table}'`
      : `select 1 from information_schema.tables where table_schema = current_schema() and table_name = '${table}'`
  return (await db.sql.executeQuery(CompiledQuery.raw(query))).rows.length > 0
}

/** SQLite has one server only, by the lock on the data folder. */
async function locked<T>(db: Database, work: () => Promise<T>): Promise<T> {
  if (db.dialect === 'sqlite') return work()
  return db.sql.connection().execute(async (connection) => {
    await takeAdvisoryLock(connection)
    try {
      return await work()
    } finally {
      await connection.executeQuery(CompiledQuery.raw(`select pg_advisory_unlock(${ADVISORY_LOCK})`))
    }
  })
}

async function takeAdvisoryLock(connection: Kysely<Tables>): Promise<void> {
  const attempt = CompiledQuery.raw(`select pg_try_advisory_lock(${ADVISORY_LOCK}) as taken`) as CompiledQuery<{
    taken: number
  }>
  const until = performance.now() + LOCK_TIMEOUT_MS
  while ((await connection.executeQuery(attempt)).rows[0]?.taken !== 1) {
    if (performance.now() > until)
      throw new MigrationError('LOCKED', 'another server has been migrating this database for five minutes')
    await delay(200)
  }
}

/** Compares `major.minor.patch` by number; what follows a `-` is not looked at. */
function isOlder(version: string, minimum: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(minimum)]
  for (const [index, wanted] of right.entries()) {
    const given = left[index] ?? 0
    if (given !== wanted) return given < wanted
  }
  return false
}

function numbersOf(version: string): number[] {
  const numbers = (version.split('-')[0] ?? '').split('.').map(Number)
  if (numbers.some((number) => !Number.isInteger(number))) throw new PortError('INVALID', `${version} is no version`)
  return numbers
}
