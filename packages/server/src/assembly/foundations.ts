import path from 'node:path'

import type { Clock, Log, Scope } from '@mllab/kernel'

import { createFileKeys } from '../adapters/keys/file-keys.ts'
import { createProcessRuntime } from '../adapters/runtime/process/process-runtime.ts'
import type { Config } from '../config.ts'
import { createLeases } from '../core/leases.ts'
import { createOperations } from '../core/operations.ts'
import { createOutbox } from '../core/outbox.ts'
import { createRounds } from '../core/rounds.ts'
import { createSamples } from '../core/samples.ts'
import { createSecrets } from '../core/secrets.ts'
import { createSettings } from '../core/settings.ts'
import { migrations } from '../migrations/index.ts'
import { migrate } from '../migrations/migrate.ts'
import { trackingUnits } from '../modules/tracking/tracking.ts'
import { openAdapters } from './open-adapters.ts'
import { version } from '../version.ts'

export interface FoundationOptions {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly scope: Scope
  /** Where people and workloads reach the server. */
  readonly port: number
  readonly imagesRoot: string
  readonly network: Readonly<Record<string, string>> | undefined
  readonly searchPath: string | undefined
  readonly environmentsRoot: string | undefined
}

export type Foundations = Awaited<ReturnType<typeof layFoundations>>

/** The adapters that the configuration chose, and what all modules stand on. */
export async function layFoundations({ config, log, clock, scope, port, ...given }: FoundationOptions) {
  const { db, objects, changes, space } = await openAdapters(config, { log, clock, scope, units: trackingUnits })
  await migrate(db, migrations, { programVersion: version })

  const keys = createFileKeys({ folder: path.join(config.dataRoot, 'keys'), given: config.secretKey })
  const secrets = await createSecrets({ db, clock, keys })
  const leases = createLeases({ db })
  // The data root is ours alone, so whoever held a lease in an embedded database is gone.
  if (db.dialect === 'sqlite') await leases.freeAll()
  const outbox = createOutbox({ db, clock, changes })
  const settings = createSettings({ db, clock })
  const samples = createSamples({ db, clock, log })
  const operations = createOperations({ db, clock, outbox, log, holder: leases.holder })
  const runtime = scope.own(
    await createProcessRuntime({
      root: path.join(config.dataRoot, 'runtime'),
      imagesRoot: given.imagesRoot,
      platformUrl: `http://localhost:${port}${config.basePath}`,
      log,
      clock,
      ...(given.network ? { network: given.network } : {}),
      ...(given.searchPath ? { searchPath: given.searchPath } : {}),
      ...(config.python ? { pythonCandidates: [config.python] } : {}),
      ...(config.uv ? { uvPath: config.uv } : {}),
      isolation: config.processIsolation,
      ...(config.bwrap ? { bwrapPath: config.bwrap } : {}),
      warmPool: config.warmPool,
      maxProcesses: config.workloadProcesses,
      reservedDiskBytes: config.freeSpaceMb * 2 ** 20,
      ...(given.environmentsRoot ? { cacheRoot: given.environmentsRoot } : {}),
    }),
  )
  const rounds = createRounds({ leases, log })

  return {
    config,
    log,
    clock,
    db,
    objects,
    changes,
    space,
    secrets,
    leases,
    outbox,
    settings,
    samples,
    operations,
    rounds,
    runtime,
  }
}
