import net from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import type { TlsFacts } from '@mllab/gateway'
import { crashPoint, createScope, messageOf, systemClock, type Clock, type Log, type Scope } from '@mllab/kernel'

import { takeDataRoot } from './adapters/data-root.ts'
import { createFileKeys } from './adapters/keys/file-keys.ts'
import { createProcessRuntime } from './adapters/runtime/process/process-runtime.ts'
import { httpWorkloadClient } from './adapters/workload-client/http-client.ts'
import type { Config } from './config.ts'
import { createLeases, stayAlive } from './core/leases.ts'
import { createOperations } from './core/operations.ts'
import { createOutbox } from './core/outbox.ts'
import { createRounds } from './core/rounds.ts'
import { createSamples } from './core/samples.ts'
import { createSecrets } from './core/secrets.ts'
import { createSettings } from './core/settings.ts'
import { publicOriginOf } from './edges/gateway-config.ts'
import { mountEdges } from './edges/mount.ts'
import { openEntrance, type Entrance } from './entrance.ts'
import { migrate } from './migrations/migrate.ts'
import { migrations } from './migrations/index.ts'
import { createAccess, systemActor } from './modules/access/access.ts'
import { createAccounts } from './modules/accounts/accounts.ts'
import { accountsRoutes } from './modules/accounts/accounts.routes.ts'
import { createRemoval } from './modules/accounts/removal.ts'
import { createTokens } from './modules/accounts/tokens.ts'
import { createActivity } from './modules/activity/activity.ts'
import { activityRoutes } from './modules/activity/activity.routes.ts'
import { createDocuments } from './modules/documents/documents.ts'
import { documentsRoutes } from './modules/documents/documents.routes.ts'
import { createFiles } from './modules/files/files.ts'
import { filesRoutes } from './modules/files/files.routes.ts'
import { createHome } from './modules/home/home.ts'
import { homeRoutes } from './modules/home/home.routes.ts'
import { createInvitations } from './modules/projects/invitations.ts'
import { createProjects } from './modules/projects/projects.ts'
import { projectsRoutes } from './modules/projects/projects.routes.ts'
import { createRoutes } from './modules/routes/routes.ts'
import { createNamedSecrets } from './modules/secrets/secrets.ts'
import { secretsRoutes } from './modules/secrets/secrets.routes.ts'
import { withFiles } from './modules/services/model-files.ts'
import { createServices } from './modules/services/services.ts'
import { servicesRoutes } from './modules/services/services.routes.ts'
import { createTracking, modelsRoutes, runsRoutes, trackingUnits } from './modules/tracking/tracking.ts'
import { forgetSamples } from './modules/workloads/forgotten-samples.ts'
import { forgetWorkloads } from './modules/workloads/forgotten-workloads.ts'
import { namedImages } from './modules/workloads/named-images.ts'
import { createWorkloads } from './modules/workloads/workloads.ts'
import { createWorkspaces } from './modules/workspaces/workspaces.ts'
import { workspacesRoutes } from './modules/workspaces/workspaces.routes.ts'
import { openAdapters } from './open-adapters.ts'
import type { Runtime } from './ports/runtime.ts'
import { describeServer } from './setup-facts.ts'
import { version } from './version.ts'
import { landingPage, mlflowLanding, mlflowWire } from './wire/mlflow/mlflow.ts'

export interface PlatformOptions {
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  /** What leads workloads and package tools to the outside. */
  readonly network?: Readonly<Record<string, string>>
  readonly searchPath?: string
  /** Answers are checked against the contract: for tests. */
  readonly checkAnswers?: boolean
  /** Environments shared with others: for tests. */
  readonly environmentsRoot?: string
}

export interface Platform {
  /** Where people open it: `http://localhost:8091`, base path included. */
  readonly url: string
  readonly port: number
  /** One-time link by which the first administrator sets a password; undefined once there is one. */
  readonly setupLink: string | undefined
  /** How the port is encrypted; undefined if it is not, or if another program has it. */
  tls(): TlsFacts | undefined
  /** Ids of the workloads that have an instance right now. */
  running(): Promise<string[]>
  /** Takes no more requests, lets those under way end, stops looking after workloads. The workloads go on. */
  close(): Promise<void>
}

/** In a project: a filter may have to look at all of them. */
const MOST_DOCUMENTS = 100_000
const DAY_MS = 24 * 3600_000

/** Builds the whole server out of its parts. The only place that knows which adapter is used. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const scope = createScope()
  try {
    return await build(options, scope)
  } catch (error) {
    await scope.close()
    throw error
  }
}

async function build(options: PlatformOptions, scope: Scope): Promise<Platform> {
  const { config, log, clock = systemClock } = options
  const port = config.gateway === 'apart' ? config.port : await claimablePort(config.host, config.port)
  scope.own(await takeDataRoot(config.dataRoot))
  const publicOrigin = publicOriginOf(config, port)

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
      imagesRoot: config.imagesRoot ?? fileURLToPath(new URL('../../../images', import.meta.url)),
      platformUrl: `http://localhost:${port}${config.basePath}`,
      log,
      clock,
      ...(options.network ? { network: options.network } : {}),
      ...(options.searchPath ? { searchPath: options.searchPath } : {}),
      ...(config.python ? { pythonCandidates: [config.python] } : {}),
      ...(config.uv ? { uvPath: config.uv } : {}),
      isolation: config.processIsolation,
      ...(config.bwrap ? { bwrapPath: config.bwrap } : {}),
      warmPool: config.warmPool,
      maxProcesses: config.workloadProcesses,
      reservedDiskBytes: config.freeSpaceMb * 2 ** 20,
      ...(options.environmentsRoot ? { cacheRoot: options.environmentsRoot } : {}),
    }),
  )

  const access = createAccess({ db, clock, changes, log, sessionMs: config.sessionHours * 3600_000 })
  const accounts = createAccounts({
    db,
    clock,
    access,
    outbox,
    settings,
    registrationOpen: config.registrationOpen,
    invitationHolds: (secret) => invitations.holds(secret),
    statusOfRegistered: runtime.capabilities.isolation === 'none' ? 'pending' : 'active',
  })
  const projects = createProjects({ db, clock, access, outbox, operations })
  const tokens = createTokens({ clock, access, outbox, slugOf: projects.slugOf })
  const invitations = createInvitations({ db, clock, access, outbox })
  const activity = createActivity({ db, access, operations })
  const routes = createRoutes({ db, clock, changes, log })
  // It stands before everything and is made last.
  let entrance: Entrance | undefined
  const openUrl = (label: string, to: string) =>
    `${config.basePath}/apps/open?app=${label}&to=${encodeURIComponent(to)}`
  const documents = createDocuments({
    db,
    clock,
    access,
    quota: { documents: MOST_DOCUMENTS, sizeBytes: config.documentQuotaMb * 2 ** 20 },
  })
  const named = createNamedSecrets({ db, clock, access, outbox, seals: secrets })
  const workloads = createWorkloads({
    db,
    clock,
    log,
    access,
    outbox,
    leases,
    secrets,
    named,
    samples,
    runtime,
    routes,
    slugOf: projects.slugOf,
    livingProjectStep: projects.livingStep,
    client: httpWorkloadClient,
    limits: {
      cpus: config.cpuLimit,
      memoryBytes: config.memoryLimitGb === undefined ? undefined : config.memoryLimitGb * 2 ** 30,
    },
    variables: { workspace: config.workspaceEnv },
  })
  const rounds = createRounds({ leases, log })
  const keepDeletedMs = config.keepDeletedDays * DAY_MS
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
      check: (actor, project, name) => tracking.versions.uploads.check(actor, project, name),
      addUploaded: (upload, steps) => tracking.versions.uploads.addUploaded(upload, steps),
    },
    log,
  })
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
    servicesOf: (projectId, model, modelVersion) => services.servingModel(projectId, model, modelVersion),
  })
  const services = createServices({
    access,
    workloads,
    basePath: config.basePath,
    publicOrigin,
    openUrl,
    client: httpWorkloadClient,
    modelFor: async (actor, project, wanted) =>
      withFiles(files.trees, await tracking.modelForDeployment(actor, project, wanted)),
    modelOf: async (projectId, name, modelVersion) => {
      const project = { id: projectId, slug: (await projects.slugOf(projectId)) ?? '' }
      return withFiles(
        files.trees,
        await tracking.modelForDeployment(systemActor, project, { name, version: modelVersion }),
      )
    },
  })
  const home = createHome({
    workloads,
    storageOf: files.storageOf,
    outlines: { data: files.outline, run: tracking.runsOutline, model: tracking.modelsOutline },
  })
  const workspaces = createWorkspaces({
    db,
    clock,
    log,
    access,
    outbox,
    operations,
    workloads,
    files,
    client: httpWorkloadClient,
    traffic: () => entrance?.traffic() ?? [],
    life: {
      suspendAfterMinutes: config.workspaceSuspendMinutes,
      stopAfterHours: config.workspaceStopHours,
      daysToLive: config.workspaceDays,
    },
    basePath: config.basePath,
    openUrl,
    linkUrl: (secret) => `${publicOrigin}${config.basePath}/app/shared#${secret}`,
    slugOf: projects.slugOf,
    settings,
    projects,
    rules: {
      handOut: config.workspaceHandOut,
      members: { kinds: config.workspaceMembers, most: config.workspaceMembersMost },
      administrators: { kinds: config.workspaceAdministrators, most: config.workspaceAdministratorsMost },
    },
    terms: {
      images: config.workspaceImages,
      cpus: config.workspaceCpus,
      memoryGb: config.workspaceMemoryGb,
      most: { cpus: config.cpuLimit, memoryGb: config.memoryLimitGb },
      storageGb: config.workspaceStorageGb ?? config.storageLimitGb,
    },
  })

  operations.handle<{ projectId: string }>('project.purge', async ({ input }) => {
    await workloads.purgeProject(input.projectId)
    crashPoint('project-purge/workloads-deleted')
    await tracking.purgeProject(input.projectId)
    crashPoint('project-purge/runs-erased')
    await files.purgeProject(input.projectId)
    await named.purgeProject(input.projectId)
    await documents.purgeProject(input.projectId)
  })

  operations.handle<{ principalId: string }>('account.purge', async ({ input: { principalId } }) => {
    await workloads.purgeOwner(principalId)
    const personal = await projects.personalOf(principalId)
    if (personal) await projects.remove(systemActor, personal)
    await named.purgePerson(principalId)
  })

  const edges = await mountEdges({
    config,
    log,
    clock,
    scope,
    db,
    objects,
    space,
    runtime,
    changes,
    outbox,
    access,
    routes,
    version,
    port,
    publicOrigin,
    signingKey: secrets.derive('apps'),
    checkAnswers: options.checkAnswers ?? false,
    tls: () => entrance?.tls(),
    slugOf: projects.slugOf,
    resolveProject: projects.resolve,
    guestEntrance: workspaces.shares.entrance,
    waitingPath: async (facts) =>
      `${config.basePath}/app/p/${(await projects.slugOf(facts.projectId)) ?? ''}/${facts.kind}s/${facts.slug}?open=1`,
    appFolder: fileURLToPath(new URL('../../ui/dist', import.meta.url)),
    api: [
      ...accountsRoutes({
        accounts,
        tokens,
        removal: createRemoval({ db, clock, access, outbox, operations }),
        setupFacts: async () => ({
          needed: await accounts.needsSetup(),
          registration: config.registrationOpen,
          version,
          facts: describeServer(config, publicOrigin, runtime),
        }),
        projectFor: projects.resolve,
      }),
      ...projectsRoutes({
        projects,
        invitations,
        access,
        invitationUrl: (secret) => `${publicOrigin}${config.basePath}/app/join#${secret}`,
      }),
      ...activityRoutes(activity),
      ...filesRoutes(files),
      ...runsRoutes(tracking),
      ...modelsRoutes(tracking),
      ...workspacesRoutes(workspaces),
      ...servicesRoutes(services),
      ...secretsRoutes(named),
      ...documentsRoutes(documents),
      ...homeRoutes(home),
    ],
    plugins: (tools) => {
      const callers = { ...tools, resolveProject: projects.resolve, slugOf: projects.slugOf }
      return [
        mlflowWire({ ...callers, tracking, log, basePath: config.basePath }),
        mlflowLanding({ ...callers, tracking, basePath: config.basePath }),
        (app) => void app.get('/', (_, reply) => landingPage(config.basePath, reply)),
      ]
    },
  })

  access.start(scope)
  await routes.start(scope)
  await stayAlive({ leases, scope, log })
  operations.start(scope)
  samples.start(scope)
  files.start(scope)
  tracking.start(scope)
  rounds.every(scope, { name: 'samples', everyMs: DAY_MS }, (signal) =>
    forgetSamples({ db, samples }, clock.now() - keepDeletedMs, signal),
  )
  rounds.every(scope, { name: 'workloads', everyMs: DAY_MS }, (signal) =>
    forgetWorkloads({ db, dependents: workspaces.forgetSteps }, clock.now() - keepDeletedMs, signal),
  )
  await workloads.start(scope)
  workspaces.watch(scope)
  rounds.every(scope, { name: 'images', everyMs: DAY_MS }, async () => runtime.images.prune(await namedImages(db)))

  void prepareImages(runtime, config.prepareImages, log, scope.signal)

  // Before anybody can ask: there is an administrator, or a link that makes one.
  const setupLink = await firstSteps()
  entrance = await openEntrance(config, port, edges.gateway, { log, scope })
  for (const warning of edges.warnings) log.warn(warning)

  return {
    url: `${publicOrigin}${config.basePath}`,
    port,
    setupLink,
    tls: entrance.tls,
    running,
    close: () => scope.close(),
  }

  async function running() {
    return (await runtime.instances.list())
      .filter(({ phase }) => phase !== 'exited')
      .map(({ workloadId }) => workloadId)
  }

  async function firstSteps(): Promise<string | undefined> {
    if (!(await accounts.needsSetup())) return undefined
    if (config.adminPassword !== undefined) {
      await accounts.ensureAdministrator(config.adminPassword)
      return undefined
    }
    return `${publicOrigin}${config.basePath}/app/setup#${await accounts.issueSetupSecret()}`
  }
}

/** One after the other, so that a start somebody waits for has the machine. What fails here is tried and told again by that start. */
async function prepareImages(runtime: Runtime, refs: readonly string[], log: Log, signal: AbortSignal): Promise<void> {
  for (const ref of refs) {
    try {
      await runtime.images.ensure({ ref }, { onProgress: () => undefined, signal, keepReady: true })
      log.info('image is ready', { image: ref })
    } catch (error) {
      if (signal.aborted) return
      log.warn('image could not be prepared', { image: ref, error: messageOf(error) })
    }
  }
}

/**
 * The port, or with 0 one that the system gives away. Asked for before anything else: addresses are told to workloads before we listen,
 * and a taken port is refused before anything was changed.
 */
function claimablePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen(port, host, () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
