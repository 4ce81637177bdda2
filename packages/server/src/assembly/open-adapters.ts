import path from 'node:path'

import type { Clock, Log, Scope } from '@mllab/kernel'

import { watchFreeSpace, type FreeSpace } from '../adapters/free-space.ts'
import type { Config } from '../config.ts'
import type { ChangeFeed } from '../ports/changes.ts'
import type { Database, UnitDefinition } from '../ports/database.ts'
import type { ObjectStore } from '../ports/objects.ts'

/** Opens what the configuration chose. Clients of other systems are loaded only when they are used. */
export interface Adapters {
  readonly db: Database
  readonly objects: ObjectStore
  readonly changes: ChangeFeed
  readonly space: FreeSpace
}

export async function openAdapters(
  config: Config,
  {
    log,
    clock,
    scope,
    units,
  }: { log: Log; clock: Clock; scope: Scope; units: readonly UnitDefinition<never, unknown>[] },
): Promise<Adapters> {
  const floorBytes = config.freeSpaceMb * 2 ** 20
  const space = scope.own(await watchFreeSpace({ folder: config.dataRoot, floorBytes, log }))
  const [db, objects, changes] = await Promise.all([
    openDatabase(config, { log, clock, units, space }),
    openObjects(config, { log, clock, space }),
    openChanges(config, log),
  ])
  scope.own(db)
  scope.own(objects)
  scope.own(changes)
  return { db, objects, changes, space }
}

interface Given {
  readonly log: Log
  readonly clock: Clock
  readonly space: FreeSpace
}

async function openDatabase(
  config: Config,
  { log, clock, units, space }: Given & { readonly units: readonly UnitDefinition<never, unknown>[] },
): Promise<Database> {
  if (config.postgresUri) {
    const { openPostgres } = await import('../adapters/database/postgres/postgres.ts')
    return openPostgres({ uri: config.postgresUri, log, units })
  }
  const { openSqlite } = await import('../adapters/database/sqlite/sqlite.ts')
  return openSqlite({ file: path.join(config.dataRoot, 'lab.sqlite'), log, clock, units, space })
}

async function openObjects(config: Config, { log, clock, space }: Given): Promise<ObjectStore> {
  if (config.s3Endpoint && config.s3AccessKey && config.s3SecretKey) {
    const { openS3Objects } = await import('../adapters/objects/s3/s3.ts')
    return openS3Objects({
      endpoint: config.s3Endpoint,
      credentials: { accessKey: config.s3AccessKey, secretKey: config.s3SecretKey },
      region: config.s3Region,
      bucket: config.s3Bucket,
      clock,
      log,
    })
  }
  const { openFilesystemObjects } = await import('../adapters/objects/filesystem/filesystem.ts')
  return openFilesystemObjects({ folder: path.join(config.dataRoot, 'objects'), clock, log, space })
}

async function openChanges(config: Config, log: Log): Promise<ChangeFeed> {
  if (config.postgresUri) {
    const { createPostgresChanges } = await import('../adapters/changes/postgres.ts')
    return createPostgresChanges({ uri: config.postgresUri, log })
  }
  const { createLocalChanges } = await import('../adapters/changes/local.ts')
  return createLocalChanges()
}
