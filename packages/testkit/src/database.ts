import { constants, copyFile, mkdtemp, rename, rm } from 'node:fs/promises'
import path from 'node:path'

import { silentLog, type Clock, type Log } from '@mllab/kernel'
import { openPostgres } from '@mllab/server/adapters/database/postgres/postgres'
import { openSqlite } from '@mllab/server/adapters/database/sqlite/sqlite'
import { migrations } from '@mllab/server/migrations'
import { migrate } from '@mllab/server/migrations/migrate'
import type { Database, UnitDefinition } from '@mllab/server/ports/database'
import { afterEach, describe } from 'vitest'

import { testFolder } from './folder.ts'
import { createPostgresDatabase, dropPostgresDatabase } from './postgres.ts'

export interface OpenOptions {
  readonly log?: Log
  /** SQLite takes its time from it; PostgreSQL has a clock of its own. */
  readonly clock?: Clock
  readonly units?: readonly UnitDefinition<never, unknown>[]
}

/** Opens a new database with all migrations. It is closed and removed after the test. */
export interface OpenDatabase {
  (options?: OpenOptions): Promise<Database>
  readonly dialect: Database['dialect']
  /** Makes a database without opening it: a file's path, or a URI. `empty`: without migrations. */
  place(options?: { empty?: boolean }): Promise<string>
  /** Opens what `place` made, also a second time: what a restart or a second replica does. */
  at(place: string, options?: OpenOptions): Promise<Database>
}

/**
 * Runs the same suite on SQLite and on PostgreSQL, both real. Every test of a store is written this way:
 * `describeDatabases('runs', (open) => { it('…', async () => { const db = await open() … }) })`
 */
export function describeDatabases(name: string, suite: (open: OpenDatabase) => void): void {
  describe(`${name} (SQLite)`, () => suite(opener('sqlite')))
  describe(`${name} (PostgreSQL)`, () => suite(opener('postgres')))
}

/** What `describeDatabases` hands to its suite, for suites that are about one engine. Call inside `describe`. */
export function opener(dialect: Database['dialect']): OpenDatabase {
  const opened: Database[] = []
  const places: string[] = []
  const makePlace = dialect === 'sqlite' ? createSqliteFile : createPostgresDatabase
  const removePlace = dialect === 'sqlite' ? removeSqliteFile : dropPostgresDatabase

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((db) => db.close()))
    await Promise.all(places.splice(0).map(removePlace))
  })

  const place: OpenDatabase['place'] = async ({ empty = false } = {}) => {
    const made = await makePlace({ empty })
    places.push(made)
    return made
  }
  const at: OpenDatabase['at'] = async (where, { log = silentLog, units = [], clock } = {}) => {
    const db =
      dialect === 'sqlite'
        ? await openSqlite({ file: where, log, units, ...(clock ? { clock } : {}) })
        : await openPostgres({ uri: where, log, units })
    opened.push(db)
    return db
  }
  return Object.assign(async (options?: OpenOptions) => at(await place(), options), { dialect, place, at })
}

let template: Promise<string> | undefined

async function createSqliteFile({ empty }: { empty: boolean }): Promise<string> {
  const folder = await mkdtemp(path.join(testFolder(), 'sqlite-'))
  const file = path.join(folder, 'lab.sqlite')
  if (!empty) await copyFile(await (template ??= makeTemplate()), file, constants.COPYFILE_FICLONE)
  return file
}

async function removeSqliteFile(file: string): Promise<void> {
  await rm(path.dirname(file), { recursive: true, force: true })
}

/** One for each thread; closing empties the write-ahead log, so the file is all there is. */
async function makeTemplate(): Promise<string> {
  const file = await createSqliteFile({ empty: true })
  const db = await openSqlite({ file, log: silentLog })
  try {
    await migrate(db, migrations, { programVersion: '999.0.0' })
  } finally {
    await db.close()
  }
  const made = path.join(path.dirname(file), 'template.sqlite')
  await rename(file, made)
  return made
}
