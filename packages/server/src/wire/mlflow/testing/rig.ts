import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { scopes as allScopes, type Role, type Scope as TokenScope } from '@mllab/contract'
import { createScope, memoryLog, newId, randomSecret, sha256Hex, systemClock, type LogEntry } from '@mllab/kernel'
import fastify, { type FastifyRequest } from 'fastify'

import { openSqlite } from '../../../adapters/database/sqlite/sqlite.ts'
import { createLocalChanges } from '../../../adapters/changes/local.ts'
import { openFilesystemObjects } from '../../../adapters/objects/filesystem/filesystem.ts'
import { createLeases } from '../../../core/leases.ts'
import { createOperations } from '../../../core/operations.ts'
import { createOutbox } from '../../../core/outbox.ts'
import { createRounds } from '../../../core/rounds.ts'
import { migrations } from '../../../migrations/index.ts'
import { migrate } from '../../../migrations/migrate.ts'
import { createAccess, type Actor, type ProjectRef } from '../../../modules/access/access.ts'
import { createFiles } from '../../../modules/files/files.ts'
import { createProjects } from '../../../modules/projects/projects.ts'
import { createTracking, trackingUnits, type Tracking } from '../../../modules/tracking/tracking.ts'
import { mlflowLanding, mlflowWire } from '../mlflow.ts'

/** The wire on a real socket, over a real database and store, with two projects and a person in both. */
export interface WireRig {
  readonly url: string
  readonly tracking: Tracking
  /** Slugs. */
  readonly project: string
  readonly other: string
  projectRef(slug: string): ProjectRef
  /** Mara, editor of both. */
  readonly token: string
  readonly log: readonly LogEntry[]
  /** A token of a person with a role in projects, or of one with fewer scopes. */
  tokenFor(roles: Readonly<Record<string, Role>>, scopes?: readonly TokenScope[]): Promise<string>
  actorOf(token: string): Promise<Actor>
  close(): Promise<void>
}

export async function startWire(): Promise<WireRig> {
  const scope = createScope()
  const log = memoryLog()
  const folder = await mkdtemp(path.join(tmpdir(), 'mllab-mlflow-'))
  scope.defer(() => rm(folder, { recursive: true, force: true }))
  const clock = systemClock
  const db = scope.own(await openSqlite({ file: path.join(folder, 'lab.sqlite'), log, units: trackingUnits }))
  await migrate(db, migrations, { programVersion: '999.0.0' })
  const objects = await openFilesystemObjects({ folder: path.join(folder, 'objects'), clock, log })
  const changes = scope.own(createLocalChanges())
  const access = createAccess({ db, clock, changes, log, sessionMs: 60_000 })
  const outbox = createOutbox({ db, clock, changes })
  const operations = createOperations({ db, clock, outbox, log, holder: 'test' })
  const projects = createProjects({ db, clock, access, outbox, operations })
  const rounds = createRounds({ leases: createLeases({ db }), log })
  const keepDeletedMs = 30 * 24 * 3600_000
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
    log,
  })
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
    log,
  })
  tracking.start(scope)

  const addProject = async (slug: string) => {
    const id = newId()
    const at = { created_at: 1, updated_at: 1, deleted_at: null }
    const row = { id, slug, name: slug, description: '', personal_of: null, version: 1, created_by: id, ...at }
    await db.batch([
      access.store.createPrincipalStep(id, 'service', 1),
      { query: db.sql.insertInto('project').values(row).compile() },
    ])
    return id
  }
  const ids = new Map([
    ['wine', await addProject('wine')],
    ['other', await addProject('other')],
  ])

  const tokenFor: WireRig['tokenFor'] = async (roles, scopes = allScopes.filter((one) => one !== 'admin')) => {
    const principalId = newId()
    const secret = randomSecret('mlp_')
    const account = { principal_id: principalId, username: principalId, display_name: 'Mara', password_hash: null }
    const at = { created_at: 1, updated_at: 1, last_login_at: null, deleted_at: null }
    await access.commit([
      access.store.createPrincipalStep(principalId, 'user', 1),
      { query: db.sql.insertInto('account').values({ ...account, ...at, admin: 0, status: 'active' }).compile() }, // prettier-ignore
      ...Object.entries(roles).map(([slug, role]) =>
        access.store.setMemberStep(ids.get(slug) ?? '', principalId, role, 1),
      ),
      access.store.createTokenStep({
        id: newId(),
        secretHash: sha256Hex(secret),
        kind: 'user',
        name: 'test',
        principalId,
        projectId: null,
        workloadId: null,
        scopes,
        createdBy: principalId,
        createdAt: 1,
        expiresAt: null,
      }),
    ])
    return secret
  }

  const authenticate = async (request: FastifyRequest) => {
    const secret = secretOf(request.headers.authorization)
    return secret === undefined ? undefined : access.authenticate({ kind: 'token', secret })
  }
  const options = {
    tracking,
    authenticate,
    resolveProject: projects.resolve,
    slugOf: projects.slugOf,
    log,
    originOf: (request: FastifyRequest) => `http://${request.headers.host ?? ''}`,
    basePath: '',
  }
  const app = fastify({ routerOptions: { maxParamLength: 2000 } })
  scope.defer(() => app.close())
  await app.register(mlflowWire(options))
  await app.register(async (inner) => mlflowLanding(options)(inner))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    tracking,
    project: 'wine',
    other: 'other',
    projectRef: (slug) => ({ id: ids.get(slug) ?? '', slug }),
    token: await tokenFor({ wine: 'editor', other: 'editor' }),
    log: log.entries,
    tokenFor,
    actorOf: async (token) => {
      const actor = await access.authenticate({ kind: 'token', secret: token })
      if (!actor) throw new Error('the token is not known')
      return actor
    },
    close: () => scope.close(),
  }
}

/** Bearer, or Basic with the token as password. */
function secretOf(authorization: string | undefined): string | undefined {
  const [scheme = '', value = ''] = authorization?.split(' ') ?? []
  if (scheme === 'Bearer') return value
  return scheme === 'Basic' ? Buffer.from(value, 'base64').toString().split(':')[1] : undefined
}
