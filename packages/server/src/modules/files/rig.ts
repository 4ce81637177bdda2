import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

import { isLabError, type Role } from '@mllab/contract'
import { createFakeClock, createScope, newId, silentLog, type Clock } from '@mllab/kernel'
import type { OpenDatabase } from '@mllab/testkit/database'
import { s3TestEndpoint } from '@mllab/testkit/s3'
import { afterEach } from 'vitest'

import { createLocalChanges } from '../../adapters/changes/local.ts'
import { openFilesystemObjects } from '../../adapters/objects/filesystem/filesystem.ts'
import { openS3Objects } from '../../adapters/objects/s3/s3.ts'
import { createLeases } from '../../core/leases.ts'
import { createOperations } from '../../core/operations.ts'
import { createOutbox } from '../../core/outbox.ts'
import { createRounds } from '../../core/rounds.ts'
import type { Database } from '../../ports/database.ts'
import { newObjectKey, type ObjectStore } from '../../ports/objects.ts'
import { createAccess, type Actor, type ProjectRef } from '../access/access.ts'
import { createFiles, type Files, type ModelRegistry } from './files.ts'

/** For tests of this module: real databases and stores, two projects, and a clock that is ours. */
export interface FilesRig {
  readonly db: Database
  readonly objects: ObjectStore
  readonly files: Files
  readonly clock: ReturnType<typeof createFakeClock>
  readonly project: ProjectRef
  readonly other: ProjectRef
  /** An editor of both projects. */
  readonly mara: Actor
  actor(role: Role, project: ProjectRef): Actor
  /** A second server on the same database and store. */
  another(): Files
  /** Keys of all objects. */
  keys(): Promise<string[]>
  events(): Promise<string[]>
}

/** Call inside `describe`: what it makes is removed after each test. */
export function filesRig(open: OpenDatabase): () => Promise<FilesRig> {
  const scopes: ReturnType<typeof createScope>[] = []
  afterEach(async () => {
    for (const scope of scopes.splice(0)) await scope.close()
  })

  return async () => {
    const scope = createScope()
    scopes.push(scope)
    const folder = await mkdtemp(path.join(tmpdir(), 'mllab-files-'))
    scope.defer(() => rm(folder, { recursive: true, force: true }))
    // Objects get their times from the disk, so the fake clock starts now.
    const clock = createFakeClock(Date.now())
    const db = await open({ clock })
    const objects = await openObjects(open.dialect, folder, clock)
    scope.own(objects)
    const changes = createLocalChanges()
    scope.own(changes)
    const access = createAccess({ db, clock, changes, log: silentLog, sessionMs: 1 })
    const outbox = createOutbox({ db, clock, changes })
    const another = () => {
      const rounds = createRounds({ leases: createLeases({ db }), log: silentLog })
      const operations = createOperations({ db, clock, outbox, log: silentLog, holder: newId() })
      const files = createFiles({
        db,
        objects,
        clock,
        access,
        outbox,
        operations,
        rounds,
        keepDeletedMs,
        registry: noModels,
        log: silentLog,
      })
      operations.start(scope)
      files.start(scope)
      return files
    }
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
    return {
      db,
      objects,
      files: another(),
      clock,
      project,
      other,
      mara: actor([
        [project, 'editor'],
        [other, 'editor'],
      ]),
      actor: (role, where) => actor([[where, role]]),
      another,
      keys: async () => (await objects.list({ limit: 10_000 })).map((object) => object.key),
      events: async () => (await outbox.after(0, 1000)).map((event) => event.type),
    }
  }
}

/** As servers run: SQLite with files, PostgreSQL with S3 (with files where the tests have no S3). */
async function openObjects(dialect: OpenDatabase['dialect'], folder: string, clock: Clock): Promise<ObjectStore> {
  const endpoint = dialect === 'postgres' ? s3TestEndpoint() : undefined
  return endpoint
    ? openS3Objects({ ...endpoint, bucket: `mllab-${newObjectKey().slice(0, 12)}`, clock, log: silentLog })
    : openFilesystemObjects({ folder, clock, log: silentLog })
}

const keepDeletedMs = 30 * 24 * 3600_000

/** Models are tested where the registry is. */
const noModels: ModelRegistry = {
  check: () => Promise.reject(new Error('no registry here')),
  addUploaded: () => Promise.reject(new Error('no registry here')),
}

async function addProject(db: Database, slug: string): Promise<ProjectRef> {
  const id = newId()
  const at = { created_at: 1, updated_at: 1, deleted_at: null }
  const row = { id, slug, name: slug, description: '', personal_of: null, version: 1, created_by: id, ...at }
  await db.sql.insertInto('project').values(row).execute()
  return { id, slug }
}

export function body(bytes: string | Uint8Array): Readable {
  const content = Buffer.from(bytes)
  const chunks = Array.from({ length: Math.ceil(content.length / 50_000) }, (_, index) =>
    content.subarray(index * 50_000, (index + 1) * 50_000),
  )
  return Readable.from(chunks, { objectMode: false })
}

/** Breaks off after so many bytes. */
export function breaking(afterBytes: number): Readable {
  return Readable.from(
    (async function* () {
      yield noise(1, afterBytes)
      throw new Error('gone')
    })(),
    { objectMode: false },
  )
}

export async function bytesOf(answer: { stream: Readable }): Promise<Buffer> {
  return buffer(answer.stream)
}

/** The code of the error something fails with, or `done`. */
export async function codeOf(task: Promise<unknown>): Promise<string> {
  try {
    await task
    return 'done'
  } catch (error) {
    if (isLabError(error)) return error.code
    throw error
  }
}

/** Bytes that compress badly and differ by seed. */
export function noise(seed: number, sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes)
  let state = (seed * 2654435761) >>> 0 || 1
  for (let index = 0; index < sizeBytes; index += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state
  }
  return bytes
}
