import { describeDatabases } from '@mllab/testkit/database'
import { sql } from 'kysely'
import { expect, it } from 'vitest'

import type { Database } from '../ports/database.ts'
import { migrations } from './index.ts'
import { migrate, MigrationError } from './migrate.ts'
import type { Migration } from './migration.ts'

const first: Migration = {
  name: '0001_first',
  statements: ({ text, int }) => [
    `create table meta (key ${text} primary key, value ${text} not null)`,
    `insert into meta (key, value) values ('min_program', '1.2.0')`,
    `create table one (id ${int} primary key)`,
  ],
}
const second: Migration = {
  name: '0002_second',
  statements: ({ text }) => [`create table two (id ${text} primary key)`],
}
const program = { programVersion: '1.2.0' }

describeDatabases('migrate', (open) => {
  it('applies what is missing, in order, and nothing twice', async () => {
    const db = await open.at(await open.place({ empty: true }))
    expect(await migrate(db, [first], program)).toEqual(['0001_first'])
    expect(await migrate(db, [first, second], program)).toEqual(['0002_second'])
    expect(await migrate(db, [first, second], program)).toEqual([])
    expect(await tables(db)).toEqual(['meta', 'migration', 'one', 'two'])
  })

  it('applies all of ours', async () => {
    const db = await open.at(await open.place({ empty: true }))
    expect(await migrate(db, migrations, { programVersion: '999.0.0' })).toEqual(migrations.map(({ name }) => name))
    expect(migrations.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name).toSorted())
  })

  it('keeps the versions of files when they may have entries with blobs of their own', async () => {
    const db = await open.at(await open.place({ empty: true }))
    const before = migrations.findIndex(({ name }) => name === '0006_frozen_models')
    await migrate(db, migrations.slice(0, before), { programVersion: '999.0.0' })
    for (const row of [
      `project (id, slug, name, description, version, created_by, created_at, updated_at) values ('p', 'p', 'p', '', 1, 'm', 1, 1)`,
      `blob (id, project_id, sha256, crc32, size_bytes, key, created_at) values ('b', 'p', 'aa', 1, 3, 'k', 1)`,
      `file (id, project_id, kind, name, folder, description, last_version, size_bytes, created_at, updated_at) values ('f', 'p', 'dataset', 'x', 0, '', 1, 3, 1, 1)`,
      `file_version (id, file_id, version, folder, size_bytes, entries, sha256, blob_id, created_at) values ('v', 'f', 1, 0, 3, 1, 'aa', 'b', 5)`,
    ])
      await sql.raw(`insert into ${row}`).execute(db.sql)
    await migrate(db, migrations, { programVersion: '999.0.0' })
    const rows = await db.sql.selectFrom('file_version').select(['id', 'blob_id', 'created_at']).execute()
    expect(rows).toEqual([{ id: 'v', blob_id: 'b', created_at: 5 }])
    await expect(db.sql.deleteFrom('blob').execute()).rejects.toMatchObject({ code: 'REFERENCED' })
  })

  it('keeps what workspaces are made of when that becomes a part of their specification', async () => {
    const db = await open.at(await open.place({ empty: true }))
    const before = migrations.findIndex(({ name }) => name === '0013_workload_changes')
    await migrate(db, migrations.slice(0, before), { programVersion: '999.0.0' })
    const spec = { env: { SAYS: '"about":{}' }, about: {}, secretEnvNames: [] }
    const profile = { slug: 'small', parameters: { team: "o'hara" } }
    for (const row of [
      `principal (id, kind, created_at) values ('m', 'user', 1)`,
      `project (id, slug, name, description, version, created_by, created_at, updated_at) values ('p', 'p', 'p', '', 1, 'm', 1, 1)`,
    ])
      await sql.raw(`insert into ${row}`).execute(db.sql)
    for (const id of ['made', 'plain'])
      for (const row of [
        `workload (id, project_id, kind, slug, name, owner_id, desired, generation, spec, status, status_since, steps, restarts, shard, created_at, updated_at)
          values ('${id}', 'p', 'workspace', '${id}', '', 'm', 'stopped', 1, '${JSON.stringify(spec)}', 'stopped', 1, '[]', 0, 0, 1, 1)`,
        `workspace (workload_id, project_id, profile, git_detail, prepared_generation, suspend_after_ms, stop_after_ms, active_at, busy, keep_until)
          values ('${id}', 'p', ${id === 'made' ? `'${JSON.stringify(profile).replace("'", "''")}'` : 'null'}, '', 1, 0, 0, 1, '', 0)`,
      ])
        await sql.raw(`insert into ${row}`).execute(db.sql)
    await migrate(db, migrations, { programVersion: '999.0.0' })
    const rows = await db.sql.selectFrom('workload').select(['id', 'spec', 'revision', 'next']).orderBy('id').execute()
    expect(rows.map((row) => ({ ...row, spec: JSON.parse(row.spec) as unknown }))).toEqual([
      { id: 'made', spec: { ...spec, profile }, revision: 0, next: null },
      { id: 'plain', spec, revision: 0, next: null },
    ])
  })

  it('takes back a migration that fails and keeps the ones before', async () => {
    const db = await open.at(await open.place({ empty: true }))
    const broken: Migration = {
      name: '0002_second',
      statements: () => ['create table two (id integer)', 'create nonsense'],
    }
    expect(await codeOf(migrate(db, [first, broken], program))).toBe('FAILED')
    expect(await tables(db)).toEqual(['meta', 'migration', 'one'])
    expect(await migrate(db, [first, second], program)).toEqual(['0002_second'])
  })

  it('refuses a database of a later program and leaves it as it is', async () => {
    const db = await open.at(await open.place({ empty: true }))
    await migrate(db, [first, second], program)
    expect(await codeOf(migrate(db, [first, second], { programVersion: '1.1.9' }))).toBe('NEWER_DATABASE')
    expect(await codeOf(migrate(db, [first], program))).toBe('NEWER_DATABASE')
    const third: Migration = { name: '0003_third', statements: () => ['create table three (id integer)'] }
    expect(await codeOf(migrate(db, [first, third], { programVersion: '2.0.0' }))).toBe('NEWER_DATABASE')
    expect(await tables(db)).toEqual(['meta', 'migration', 'one', 'two'])
    expect(await migrate(db, [first, second], { programVersion: '1.10.0' })).toEqual([])
  })

  it('refuses a changed migration, and one put before what was applied', async () => {
    const db = await open.at(await open.place({ empty: true }))
    await migrate(db, [first, second], program)
    const changed: Migration = { ...second, statements: () => ['create table two (id integer)'] }
    expect(await codeOf(migrate(db, [first, changed], program))).toBe('CHANGED_MIGRATION')
    const between: Migration = { name: '0001_later', statements: () => ['create table three (id integer)'] }
    expect(await codeOf(migrate(db, [first, between, second], program))).toBe('OUT_OF_ORDER')
    expect(await tables(db)).toEqual(['meta', 'migration', 'one', 'two'])
  })
})

describeDatabases('two servers that start at once', (open) => {
  // SQLite is opened by one server only: the lock on the data folder sees to that.
  it.runIf(open.dialect === 'postgres')('apply each migration once', async () => {
    const place = await open.place({ empty: true })
    const servers = await Promise.all(Array.from({ length: 3 }, () => open.at(place)))
    const applied = await Promise.all(servers.map((db) => migrate(db, [first, second], program)))
    expect(applied.flat().toSorted()).toEqual(['0001_first', '0002_second'])
  })
})

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof MigrationError ? error.code : error),
  )
}

async function tables(db: Database): Promise<string[]> {
  const query =
    db.dialect === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_schema where type = 'table' order by name`
      : sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema() order by 1`
  return (await query.execute(db.sql)).rows.map(({ name }) => name)
}
