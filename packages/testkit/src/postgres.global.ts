import { chmodSync, existsSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { startCluster, type Cluster } from './cluster.ts'

let folder: string | undefined
let cluster: Cluster | undefined
let stopWatching: () => void = () => undefined

/**
 * Once for the whole test run. Makes the folder for the templates of `database.ts`, and starts a PostgreSQL when the first suite asks
 * for it by writing the file `wanted`, so that other suites do not pay for it. Not needed where LAB_TEST_POSTGRES names a server.
 */
export function setup(): void {
  const home = mkdtempSync(path.join(tmpdir(), 'mllab-test-'))
  folder = home
  chmodSync(home, 0o711) // PostgreSQL runs as another user and has to get to its folder.
  process.env.LAB_TEST_FOLDER = home
  // Every SQLite under test starts threads; stripping their types anew each time would double its start. Kept between runs: Node
  // writes it when a process ends, which is after `teardown`.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../../node_modules/.cache/compiled', import.meta.url))
  if (process.env.LAB_TEST_POSTGRES) return

  const watcher = watch(home, () => {
    if (cluster || !existsSync(path.join(home, 'wanted'))) return
    cluster = startCluster(path.join(home, 'postgres'), (reason) => writeFileSync(path.join(home, 'problem'), reason))
  })
  stopWatching = () => watcher.close()
}

export async function teardown(): Promise<void> {
  stopWatching()
  await cluster?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}
