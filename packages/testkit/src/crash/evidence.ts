import { readdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What the disk and the database of a data root tell that no answer of the API does. Lists of ids; empty is good. */
export interface Evidence {
  /** Workloads that may use a token right now. */
  readonly tokensOf: readonly string[]
  readonly routesOf: readonly string[]
  readonly volumes: readonly string[]
  /** Volumes that snapshots are kept in. */
  readonly snapshotVolumes: readonly string[]
  /** Values of secrets and variables that nobody can ask for any more, and secrets without a value. */
  readonly strayValues: readonly string[]
  readonly instances: readonly string[]
  readonly trash: readonly string[]
  readonly halfMadeImages: readonly string[]
  /** Deleted workloads that something is left of. */
  readonly unpurged: readonly string[]
  readonly openOperations: readonly string[]
  readonly failedOperations: readonly string[]
  /** Operations that ended without telling. */
  readonly silentOperations: readonly string[]
  readonly servers: readonly string[]
}

/** Reads beside a running server; each query sees one moment. */
export function readEvidence(dataRoot: string): Evidence {
  const runtime = path.join(dataRoot, 'runtime')
  const db = new DatabaseSync(path.join(dataRoot, 'lab.sqlite'), { readOnly: true, timeout: 5000 })
  const ids = (sql: string) =>
    db
      .prepare(sql)
      .all()
      .map((row) => String(row['id']))
  try {
    return {
      tokensOf: ids(`select workload_id as id from token where kind = 'workload' and revoked_at is null order by id`),
      routesOf: ids(`select workload_id as id from route where removed_at is null order by id`),
      volumes: readdirSync(path.join(runtime, 'volumes')).toSorted(),
      snapshotVolumes: ids(`select volume_id as id from workspace_snapshot`),
      strayValues: ids(
        `select id from sealed where id like 'secret:%' and substr(id, 8) not in (select id from secret)
         union select 'no value of ' || id from secret where 'secret:' || id not in (select id from sealed)
         union select id from sealed where id like 'workload:%' and not exists
           (select 1 from workload where deleted_at is null and sealed.id like 'workload:' || workload.id || ':%')
         union select id from secret where owner_id in (select principal_id from account where deleted_at is not null)
         union select id from secret where project_id in (select id from project where deleted_at is not null)`,
      ),
      instances: readdirSync(path.join(runtime, 'instances'))
        .map((name) => name.replace(/\.\d+$/, ''))
        .toSorted(),
      trash: readdirSync(path.join(runtime, 'trash')),
      halfMadeImages: readdirSync(path.join(runtime, 'environments', 'images')).filter((name) => name.startsWith('.')),
      unpurged: ids(`select id from workload where desired = 'deleted' and purged_at is null`),
      openOperations: ids(`select id from operation where finished_at is null`),
      failedOperations: ids(`select kind || ' ' || coalesce(error, '') as id from operation where status = 'failed'`),
      silentOperations: ids(
        `select id from operation where finished_at is not null
         and not exists (select 1 from event where type = 'operation.ended' and subject_id = operation.id)`,
      ),
      servers: ids(`select name as id from lease where name like 'server:%'`),
    }
  } finally {
    db.close()
  }
}

/** Problems of the database file itself, read after the server has ended. */
export function integrityOf(dataRoot: string): string[] {
  const db = new DatabaseSync(path.join(dataRoot, 'lab.sqlite'), { readOnly: true })
  try {
    return [...db.prepare('pragma integrity_check').all(), ...db.prepare('pragma foreign_key_check').all()]
      .map((row) => JSON.stringify(row))
      .filter((row) => row !== '{"integrity_check":"ok"}')
  } finally {
    db.close()
  }
}
