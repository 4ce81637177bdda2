import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'

import { createScope, delay, messageOf, newId, silentLog, type Scope } from '@mllab/kernel'
import { openPostgres } from '@mllab/server/adapters/database/postgres/postgres'
import { openSqlite } from '@mllab/server/adapters/database/sqlite/sqlite'
import type { Database, UnitDefinition } from '@mllab/server/ports/database'
import { startCluster } from '@mllab/testkit/cluster'
import { CompiledQuery, type Kysely } from 'kysely'

/**
 * Durable writes: our SQLite (threads, group commit) against SQLite in the main thread without groups, and against PostgreSQL.
 * Every acknowledged row was synced to disk in all three. Runs about 20 s; `--seconds` is the time of one measurement.
 */
const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '1.5' } } })
const SECONDS = Number(options.seconds)
const CLIENTS = [1, 20, 100]
const ROWS_A_BATCH = 1000

const logBatch: UnitDefinition<Uint8Array, number> = {
  name: 'bench.log-batch',
  sqlite: new URL('./database.unit.ts', import.meta.url),
  postgres: () => Promise.reject(new Error('measured on SQLite only')),
}
const METRICS = JSON.stringify(
  Array.from({ length: ROWS_A_BATCH }, (_, index) => ({
    key: index % 10,
    step: Math.floor(index / 10),
    at: 1_700_000_000_000 + index,
    value: Math.sin(index),
  })),
)

const scope = createScope()
const folder = await mkdtemp(path.join(tmpdir(), 'mllab-bench-'))
await chmod(folder, 0o711) // PostgreSQL runs as another user.
scope.defer(() => rm(folder, { recursive: true, force: true }))
try {
  const plain = await measurePlain()
  const ours = await measureOurs()
  const postgres = await measurePostgres(scope)
  print(plain, ours, postgres)
} finally {
  await scope.close()
}

interface Figures {
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU of the main thread. */
  readonly mainUs: number
}

async function measurePlain(): Promise<Figures> {
  const database = new DatabaseSync(path.join(folder, 'plain.sqlite'))
  try {
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = full; create table item (id text primary key, value text)',
    )
    const insert = database.prepare('insert into item (id, value) values (?, ?)')
    return await measure(1, async () => void insert.run(newId(), 'value'))
  } finally {
    database.close()
  }
}

async function measureOurs(): Promise<{ inserts: Figures[]; batches: Figures }> {
  const db = await openSqlite({ file: path.join(folder, 'ours.sqlite'), log: silentLog, units: [logBatch] })
  try {
    const inserts = await measureInserts(db)
    await execute(
      db,
      `create table metric (run integer, key integer, step integer, at integer, value real, is_nan integer,
      primary key (run, key, step, at, value, is_nan)) without rowid`,
    )
    await execute(
      db,
      'create table latest (run integer, key integer, step integer, at integer, value real, primary key (run, key))',
    )
    let runNumber = 0
    const batches = await measure(20, () => db.unit(logBatch, bodyOf((runNumber += 1))))
    return { inserts, batches }
  } finally {
    await db.close()
  }
}

async function measurePostgres(owner: Scope): Promise<Figures[] | string> {
  let problem: string | undefined
  const socket = path.join(folder, 'postgres')
  const cluster = startCluster(socket, (reason) => (problem = reason), { durable: true })
  owner.defer(cluster.stop)
  const uri = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(socket)}`
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (problem !== undefined) return problem
    const db = await openPostgres({ uri, log: silentLog }).catch((error: unknown) => messageOf(error))
    if (typeof db === 'string') {
      await delay(100)
      continue
    }
    try {
      return await measureInserts(db)
    } finally {
      await db.close()
    }
  }
  return 'PostgreSQL did not start'
}

async function measureInserts(db: Database): Promise<Figures[]> {
  await execute(db, 'create table item (id text primary key, value text)')
  // The tables of a benchmark are not those of the platform.
  const sql = db.sql as unknown as Kysely<{ item: { id: string; value: string } }>
  const figures: Figures[] = []
  for (const clients of CLIENTS)
    figures.push(await measure(clients, () => sql.insertInto('item').values({ id: newId(), value: 'value' }).execute()))
  return figures
}

async function execute(db: Database, statement: string): Promise<void> {
  await db.sql.executeQuery(CompiledQuery.raw(statement))
}

async function measure(clients: number, work: () => Promise<unknown>): Promise<Figures> {
  const timesMs: number[] = []
  const run = async (until: number) => {
    for (let start = performance.now(); start < until; start = performance.now()) {
      await work()
      timesMs.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: clients }, () => run(performance.now() + 200)))
  timesMs.length = 0
  const cpu = process.threadCpuUsage()
  await Promise.all(Array.from({ length: clients }, () => run(performance.now() + SECONDS * 1000)))
  const { user, system } = process.threadCpuUsage(cpu)
  const sorted = timesMs.toSorted((left, right) => left - right)
  return {
    rate: sorted.length / SECONDS,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    mainUs: (user + system) / sorted.length,
  }
}

function bodyOf(runNumber: number): Uint8Array {
  return new TextEncoder().encode(`{"run":${runNumber},"metrics":${METRICS}}`)
}

function print(plain: Figures, ours: Awaited<ReturnType<typeof measureOurs>>, postgres: Figures[] | string): void {
  const line = (name: string, { rate, p50Ms, p99Ms, mainUs }: Figures, base?: Figures) => {
    const ratio = base ? `${(rate / base.rate).toFixed(1)} x` : ''
    const columns = [Math.round(rate), p50Ms.toFixed(2), p99Ms.toFixed(2), mainUs.toFixed(0), ratio].map((text) =>
      String(text).padStart(9),
    )
    console.log(name.padEnd(44) + columns.join(''))
  }
  console.log(`${'durable inserts'.padEnd(44)}      /s   p50 ms   p99 ms  main us vs plain`)
  line('SQLite in the main thread, no group', plain)
  for (const [index, figures] of ours.inserts.entries()) line(`ours, ${CLIENTS[index]} clients`, figures, plain)
  if (typeof postgres === 'string') console.log(`PostgreSQL was not measured: ${postgres}`)
  else
    for (const [index, figures] of postgres.entries())
      line(`PostgreSQL, pool of 10, ${CLIENTS[index]} clients`, figures, plain)
  line(`ours, log-batch of ${ROWS_A_BATCH} metrics, 20 clients`, ours.batches)
  console.log(`  that is ${Math.round((ours.batches.rate * ROWS_A_BATCH) / 1000)} k metric rows/s`)
}
