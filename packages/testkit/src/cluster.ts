import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface Cluster {
  stop(): Promise<void>
}

/** It lives as long as the tests, so durability only costs time. */
const UNSAFE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
const SETTINGS = [
  'listen_addresses=',
  'max_connections=300',
  'shared_buffers=32MB',
  'max_wal_senders=0',
  'wal_level=minimal',
  'autovacuum=off',
  'deadlock_timeout=20ms',
]

/** Ends with the process that started it, however that ends: then the pipe to its input closes. */
const KEEPER = `
set -e
bin=$1 folder=$2; shift 2
"$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync --no-instructions >"$folder/log" 2>&1
"$bin/postgres" -D "$folder/data" -k "$folder" "$@" >>"$folder/log" 2>&1 &
postgres=$!
cat >/dev/null
kill -QUIT $postgres
wait $postgres || true
rm -rf "$folder/data"
`

/**
 * Starts a PostgreSQL that listens on a socket in `folder` (which becomes its own). `failed` is told why it could not.
 * `durable` makes it sync to disk, for measurements.
 */
export function startCluster(folder: string, failed: (reason: string) => void, { durable = false } = {}): Cluster {
  const binaries = findBinaries()
  if (binaries === undefined) {
    failed(
      'PostgreSQL 15 or later was not found. Install the package postgresql-15, or set LAB_TEST_POSTGRES to the URI of a server.',
    )
    return { stop: async () => undefined }
  }
  mkdirSync(folder, { mode: 0o700 })
  const owner = unprivileged()
  if (owner) chownSync(folder, owner.uid, owner.gid)

  const settings = [...SETTINGS, ...(durable ? [] : UNSAFE)].flatMap((setting) => ['-c', setting])
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'keeper', binaries, folder, ...settings], {
    ...owner,
    cwd: folder,
    // Not in the terminal's group: Ctrl-C is for the test run, which then closes the pipe.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  keeper.on('error', (error) => failed(error.message))
  keeper.on('exit', (code) => {
    if (code !== 0) failed(`PostgreSQL could not be started: ${logOf(folder)}`)
    end()
  })
  return {
    stop: async () => {
      keeper.stdin.end()
      await ended
    },
  }
}

export function logOf(folder: string): string {
  const log = path.join(folder, 'log')
  return existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : 'no log'
}

/** Debian keeps them outside of the path, by version. */
function findBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).map(Number) : []
  const fit = versions.filter((version) => version >= 15).toSorted((left, right) => right - left)
  const folders = [
    ...fit.map((version) => `${debian}/${version}/bin`),
    ...(process.env.PATH ?? '').split(path.delimiter),
  ]
  return folders.find((folder) => existsSync(path.join(folder, 'initdb')) && existsSync(path.join(folder, 'postgres')))
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => idOf(flag, user))
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  return undefined
}

function idOf(flag: string, user: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return undefined // There is no such user.
  }
}
