import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'

import { isLabError, type Role } from '@mllab/contract'
import { createFakeClock, createScope, newId, silentLog } from '@mllab/kernel'
import type { OpenDatabase } from '@mllab/testkit/database'
import { afterEach } from 'vitest'

import { createLocalChanges } from '../../adapters/changes/local.ts'
import { openFilesystemObjects } from '../../adapters/objects/filesystem/filesystem.ts'
import { createLeases } from '../../core/leases.ts'
import { createOperations } from '../../core/operations.ts'
import { createOutbox } from '../../core/outbox.ts'
import { createRounds } from '../../core/rounds.ts'
import type { Database } from '../../ports/database.ts'
import { createAccess, type Actor, type ProjectRef } from '../access/access.ts'
import { createFiles, type Files, type Trees } from '../files/files.ts'
import type { FullRun } from './runs/runs.store.ts'
import { createTracking, trackingUnits, type ServicesOf, type Tracking } from './tracking.ts'
import { wireRunId } from './values.ts'

/** For tests of this module: real databases, a real store on the disk, two projects, and a clock that is ours. */
export interface TrackingRig {
  readonly db: Database
  readonly tracking: Tracking
  readonly trees: Trees
  readonly files: Files
  /** Keys of all objects. */
  keys(): Promise<string[]>
  readonly clock: ReturnType<typeof createFakeClock>
  readonly project: ProjectRef
  readonly other: ProjectRef
  /** An editor of both projects. */
  readonly mara: Actor
  actor(role: Role, project: ProjectRef): Actor
  /** Type and subject of everything that happened. */
  events(): Promise<string[]>
  run(name: string, options?: { project?: ProjectRef; experiment?: number; startedAt?: number }): Promise<FullRun>
  log(run: { readonly id: string }, what: Logged, project?: ProjectRef): Promise<void>
}

export interface Logged {
  readonly metrics?: readonly { key: string; value: number | string; step?: number; timestamp?: number }[]
  readonly params?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
}

/** Call inside `describe`: what it makes is removed after each test. */
export function trackingRig(open: OpenDatabase): (options?: { servicesOf?: ServicesOf }) => Promise<TrackingRig> {
  const scopes: ReturnType<typeof createScope>[] = []
  afterEach(async () => {
    for (const scope of scopes.splice(0)) await scope.close()
  })

  return async (options = {}) => {
    const scope = createScope()
    scopes.push(scope)
    const folder = await mkdtemp(path.join(tmpdir(), 'mllab-tracking-'))
    scope.defer(() => rm(folder, { recursive: true, force: true }))
    const clock = createFakeClock(Date.now())
    const db = await open({ clock, units: trackingUnits })
    const objects = await openFilesystemObjects({ folder, clock, log: silentLog })
    const changes = scope.own(createLocalChanges())
    const access = createAccess({ db, clock, changes, log: silentLog, sessionMs: 1 })
    const outbox = createOutbox({ db, clock, changes })
    const rounds = createRounds({ leases: createLeases({ db }), log: silentLog })
    const operations = createOperations({ db, clock, outbox, log: silentLog, holder: 'test' })
    const files = createFiles({
      db,
      objects,
      clock,
      access,
      outbox,
      operations,
      rounds,
      keepDeletedMs,
      registry: {
        check: (...about) => tracking.versions.uploads.check(...about),
        addUploaded: (...about) => tracking.versions.uploads.addUploaded(...about),
      },
      log: silentLog,
    })
    operations.start(scope)
    files.start(scope)
    const tracking = createTracking({
      db,
      clock,
      access,
      outbox,
      trees: files.trees,
      frozen: files.frozen,
      rounds,
      keepDeletedMs,
      log: silentLog,
      ...options,
    })
    const [project, other] = [await addProject(db, 'wine'), await addProject(db, 'other')]
    const actor = (roles: readonly (readonly [ProjectRef, Role])[]): Actor => ({
      kind: 'user',
      principalId: newId(),
      name: 'Mara',
      admin: false,
      status: 'active',
      credential: { kind: 'none', id: 'test', expiresAt: null },
      roles: new Map(roles.map(([{ id }, role]) => [id, role])),
      scopes: 'all',
    })
    const mara = actor([
      [project, 'editor'],
      [other, 'editor'],
    ])
    return {
      db,
      tracking,
      trees: files.trees,
      files,
      keys: async () => (await objects.list({ limit: 10_000 })).map((object) => object.key),
      clock,
      project,
      other,
      mara,
      actor: (role, where) => actor([[where, role]]),
      events: async () => (await outbox.after(0, 1000)).map((event) => `${event.type} ${event.subject.id}`),
      run: (name, { project: where = project, experiment = 0, startedAt } = {}) =>
        tracking.runs.create(mara, where, { experiment, name, userName: 'mara', startedAt, tags: [] }),
      log: (run, what, where = project) => tracking.metrics.logBatch(mara, where, bodyOf(run.id, what)),
    }
  }
}

const keepDeletedMs = 30 * 24 * 3600_000

/** The body of a `runs/log-batch`. */
export function bodyOf(runId: string, { metrics = [], params = {}, tags = {} }: Logged): Uint8Array {
  const pairs = (texts: Readonly<Record<string, string>>) =>
    Object.entries(texts).map(([key, value]) => ({ key, value }))
  return new TextEncoder().encode(
    JSON.stringify({
      run_id: wireRunId(runId),
      metrics: metrics.map((metric) => ({ timestamp: 1000, step: 0, ...metric })),
      params: pairs(params),
      tags: pairs(tags),
    }),
  )
}

export function body(text: string): Readable {
  return Readable.from([Buffer.from(text)], { objectMode: false })
}

/** Code and sentence of the error something fails with, or `done`. */
export async function problemOf(task: Promise<unknown>): Promise<string> {
  try {
    await task
    return 'done'
  } catch (error) {
    if (isLabError(error)) return `${error.code} ${error.message}`
    throw error
  }
}

async function addProject(db: Database, slug: string): Promise<ProjectRef> {
  const id = newId()
  const at = { created_at: 1, updated_at: 1, deleted_at: null }
  const row = { id, slug, name: slug, description: '', personal_of: null, version: 1, created_by: id, ...at }
  await db.sql.insertInto('project').values(row).execute()
  return { id, slug }
}
