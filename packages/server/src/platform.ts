import net from 'node:net'
import { fileURLToPath } from 'node:url'

import type { TlsFacts } from '@mllab/gateway'
import { createScope, systemClock, type Clock, type Log, type Scope } from '@mllab/kernel'

import { takeDataRoot } from './adapters/data-root.ts'
import { apiRoutes, wires } from './assembly/endpoints.ts'
import { layFoundations } from './assembly/foundations.ts'
import { createModules } from './assembly/modules.ts'
import { handlePurges, prepareImages, startUpkeep } from './assembly/upkeep.ts'
import type { Config } from './config.ts'
import { stayAlive } from './core/leases.ts'
import { publicOriginOf } from './edges/gateway-config.ts'
import { mountEdges } from './edges/mount.ts'
import { openEntrance, type Entrance } from './entrance.ts'
import { version } from './version.ts'

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

  const foundations = await layFoundations({
    config,
    log,
    clock,
    scope,
    port,
    imagesRoot: config.imagesRoot ?? fileURLToPath(new URL('../../../images', import.meta.url)),
    network: options.network,
    searchPath: options.searchPath,
    environmentsRoot: options.environmentsRoot,
  })
  const { db, objects, changes, space, runtime, outbox } = foundations
  // It stands before everything and is made last.
  let entrance: Entrance | undefined
  const modules = createModules(foundations, { publicOrigin, traffic: () => entrance?.traffic() ?? [] })
  const { access, accounts, projects, routes, workspaces } = modules
  handlePurges(foundations, modules)

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
    holder: foundations.leases.holder,
    version,
    port,
    publicOrigin,
    signingKey: foundations.secrets.derive('apps'),
    checkAnswers: options.checkAnswers ?? false,
    tls: () => entrance?.tls(),
    slugOf: projects.slugOf,
    resolveProject: projects.resolve,
    guestEntrance: workspaces.shares.entrance,
    waitingPath: async (facts) =>
      `${config.basePath}/app/p/${(await projects.slugOf(facts.projectId)) ?? ''}/${facts.kind}s/${facts.slug}?open=1`,
    appFolder: fileURLToPath(new URL('../../ui/dist', import.meta.url)),
    api: apiRoutes(foundations, modules, { publicOrigin }),
    plugins: wires(foundations, modules),
  })

  access.start(scope)
  await routes.start(scope)
  await stayAlive({ leases: foundations.leases, scope, log })
  foundations.operations.start(scope)
  foundations.samples.start(scope)
  modules.files.start(scope)
  modules.tracking.start(scope)
  await modules.workloads.start(scope)
  workspaces.watch(scope)
  startUpkeep(foundations, modules, scope)

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
