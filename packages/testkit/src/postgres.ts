import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { delay, isPortError, newId, sha256Hex, silentLog } from '@mllab/kernel'
import { openPostgres } from '@mllab/server/adapters/database/postgres/postgres'
import { migrations } from '@mllab/server/migrations'
import { checksumOf, migrate } from '@mllab/server/migrations/migrate'
import type { Database } from '@mllab/server/ports/database'
import { sql } from 'kysely'

import { logOf } from './cluster.ts'
import { testFolder } from './folder.ts'

const START_TIMEOUT_MS = 60_000
let server: Promise<URL> | undefined
let template: Promise<string> | undefined

/** URI of a new database on the PostgreSQL of this test run: empty, or with all migrations. Fails if there is no PostgreSQL. */
export async function createPostgresDatabase({ empty }: { empty: boolean }): Promise<string> {
  const uri = await (server ??= reachServer())
  const source = empty ? 'template1' : await (template ??= makeTemplate(uri))
  const name = `test_${newId().replaceAll('-', '')}`
  await asAdministrator(uri, (db) => sql`create database ${sql.id(name)} template ${sql.id(source)}`.execute(db.sql))
  return databaseOn(uri, name)
}

export async function dropPostgresDatabase(uri: string): Promise<void> {
  const name = new URL(uri).pathname.slice(1)
  const administrator = await (server ??= reachServer())
  await asAdministrator(administrator, (db) =>
    sql`drop database if exists ${sql.id(name)} with (force)`.execute(db.sql),
  )
}

async function reachServer(): Promise<URL> {
  if (process.env.LAB_TEST_POSTGRES) return new URL(process.env.LAB_TEST_POSTGRES)
  const home = testFolder()
  const folder = path.join(home, 'postgres')
  writeFileSync(path.join(home, 'wanted'), '')
  const uri = new URL('postgresql://postgres@localhost/postgres')
  uri.searchParams.set('host', folder)

  const until = performance.now() + START_TIMEOUT_MS
  for (;;) {
    const problem = path.join(home, 'problem')
    if (existsSync(problem)) throw new Error(readFileSync(problem, 'utf8'))
    try {
      await asAdministrator(uri, (db) => db.now())
      return uri
    } catch (error) {
      if (!isPortError(error, 'UNAVAILABLE') || performance.now() > until)
        throw new Error(`PostgreSQL did not start: ${logOf(folder)}`, { cause: error })
      await delay(50)
    }
  }
}

/** One for all threads of the run, and for later runs on a server that stays; whoever comes first makes it. */
async function makeTemplate(uri: URL): Promise<string> {
  const content = sha256Hex(migrations.map((one) => checksumOf(one, 'postgres')).join())
  const name = `mllab_template_${content.slice(0, 32)}`
  await asAdministrator(uri, (administrator) =>
    administrator.sql.connection().execute(async (connection) => {
      await sql`select pg_advisory_lock(hashtext(${name}))`.execute(connection)
      const known = await sql`select 1 from pg_database where datname = ${name}`.execute(connection)
      if (known.rows.length > 0) return
      const draft = `draft_${newId().replaceAll('-', '')}`
      await sql`create database ${sql.id(draft)}`.execute(connection)
      const db = await openPostgres({ uri: databaseOn(uri, draft), log: silentLog })
      try {
        await migrate(db, migrations, { programVersion: '999.0.0' })
      } finally {
        await db.close()
      }
      await sql`alter database ${sql.id(draft)} rename to ${sql.id(name)}`.execute(connection)
    }),
  )
  return name
}

async function asAdministrator<T>(uri: URL, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openPostgres({ uri: uri.href, log: silentLog, maxConnections: 2 })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

function databaseOn(uri: URL, name: string): string {
  const other = new URL(uri)
  other.pathname = name
  return other.href
}
