import { mkdir, rmdir, stat, statfs } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { createScope, messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { Runtime, RuntimeCapabilities } from '../../../ports/runtime.ts'
import { probeCgroups } from './host/cgroup.ts'
import { chooseBase, has, removeGroups } from './host/controllers.ts'
import { createHost, SYSTEM_PATH, type Host } from './host/host.ts'
import { readBootId } from './host/proc.ts'
import { createEnvironments } from './images/environments.ts'
import { createImages, type ProcessImages } from './images/images.ts'
import { createLayers } from './images/layers/layers.ts'
import { createNpmArchives } from './images/layers/npm-archives.ts'
import { createPythons, hasOpenPython, usualPythons, type Pythons } from './images/python.ts'
import { findUv } from './images/uv.ts'
import { createActivities } from './instances/activity.ts'
import { createInstances } from './instances/instances.ts'
import { createLifecycle } from './instances/lifecycle.ts'
import { createDiskGuard } from './instances/disk-guard.ts'
import { createEndInstance, createLimits } from './instances/limits.ts'
import { createLogFloods } from './instances/log-floods.ts'
import { createMachineGuard } from './instances/machine-guard.ts'
import { createNotices } from './instances/notices.ts'
import { adoptInstances, createRegistry } from './instances/registry.ts'
import { superviseInstances } from './instances/supervisor.ts'
import { createTcpPorts } from './instances/tcp-ports.ts'
import { npmRegistry, toolVariables } from './images/tool-variables.ts'
import { chooseIsolation, type IsolationInput } from './isolation/choose.ts'
import type { Isolation } from './isolation/isolation.ts'
import { createLayout, type Layout } from './layout.ts'
import { createWarmPool, NO_WARM_POOL, type WarmPool } from './warm/warm-pool.ts'
import { createVolumes, emptyTrash } from './volumes.ts'

export interface ProcessRuntimeOptions {
  /** `<data root>/runtime`: instances, volumes. One server at a time. */
  readonly root: string
  /** The shipped `images` folder. */
  readonly imagesRoot: string
  readonly platformUrl: string
  readonly log: Log
  readonly clock: Clock
  /** What leads to the outside, see `networkVariables` in `instances/variables.ts`: handed to workloads and to the package tools. */
  readonly network?: Readonly<Record<string, string>>
  /** The server's PATH, to look for Python and uv. */
  readonly searchPath?: string
  /** `LAB_PYTHON`: interpreters to choose from, instead of those on the machine. */
  readonly pythonCandidates?: readonly string[]
  /** `LAB_UV` */
  readonly uvPath?: string
  /** Environments, uv and its cache; default `<root>/environments`. May be shared by several servers. */
  readonly cacheRoot?: string
  /** How much of the end of every log is kept; default 64 MiB. */
  readonly logLimitBytes?: number
  /** How many processes an instance may have; default 8192. */
  readonly maxProcesses?: number
  /** What the platform itself keeps free of the disk; who writes is ended while twice as much is left. */
  readonly reservedDiskBytes?: number
  /** What workloads leave free of the disk; default 2 %, at least 256 MiB and at most 2 GiB, and twice what the platform keeps. */
  readonly diskFloorBytes?: number
  /** False: no process of an image in use is kept ready to become its next instance; nor is there one below 4 GB of memory. */
  readonly warmPool?: boolean
  /** False: do without, as on a machine that lets us have none. Default: tried out. */
  readonly cgroups?: boolean
  /** `LAB_PROCESS_ISOLATION`; default `auto`. */
  readonly isolation?: IsolationInput['wanted']
  /** bubblewrap, if it is not where the system keeps its programs. */
  readonly bwrapPath?: string
}

const DEFAULT_LOG_LIMIT_BYTES = 64 * 1024 * 1024
/** Threads of the kernel's count too where it keeps the limit: a large JVM or a Spark worker has some hundred. */
const DEFAULT_MAX_PROCESSES = 8192
const GIBIBYTE = 1024 ** 3
const LEAST_MEMORY_FOR_WARMTH = 4e9
/** statfs(2) */
const TMPFS = 0x01021994

/**
 * The embedded runtime: every instance is a process tree on this machine under a small shell that outlives the server, behind the best wall
 * the machine permits: `capabilities.isolation` says which. Linux only.
 */
export async function createProcessRuntime(options: ProcessRuntimeOptions): Promise<Runtime> {
  const root = path.resolve(options.root)
  const cacheRoot = path.resolve(options.cacheRoot ?? path.join(root, 'environments'))
  const scope = createScope()
  try {
    await mkdir(path.dirname(path.dirname(root)), { recursive: true })
    await mkdir(root, { recursive: true, mode: 0o700 })
    const candidates = async () => options.pythonCandidates ?? usualPythons(options.searchPath ?? SYSTEM_PATH)
    const isolation = await chooseIsolation({
      wanted: options.isolation ?? 'auto',
      root,
      cacheRoot,
      ...(options.bwrapPath !== undefined && { bwrap: options.bwrapPath }),
      hasOpenPython: async () => hasOpenPython(await candidates()),
    })
    options.log.info('isolation of workloads', { isolation: isolation.mode, detail: isolation.detail })
    const layout = createLayout(root, isolation)
    // Not while there are sockets; it may lie in a shared temporary folder.
    scope.defer(() => rmdir(layout.sockets).catch(() => undefined))
    await emptyTrash(layout)
    const openOnly = isolation.mode === 'users'
    const pythons = createPythons(candidates, { openOnly })
    const images = await openImages(options, cacheRoot, { pythons, openOnly })
    const { instances, removal, limits, warmPool } = await openInstances(options, { layout, images, scope, isolation })
    return {
      kind: 'process',
      capabilities: {
        exec: true,
        stats: true,
        suspend: true,
        isolation: isolation.mode,
        isolationDetail: isolation.detail,
        removal,
        limits,
      },
      instances,
      images: {
        ...images,
        ensure: async (request, how) => {
          const image = await images.ensure(request, how)
          if (how.keepReady === true) warmPool.refill(await images.find(image))
          return image
        },
      },
      volumes: createVolumes(layout, isolation),
      platformUrl: options.platformUrl,
      health: () => checkHealth(root),
      close: () => scope.close(),
    }
  } catch (error) {
    await scope.close()
    throw error
  }
}

async function openInstances(
  options: ProcessRuntimeOptions,
  { layout, images, scope, isolation }: { layout: Layout; images: ProcessImages; scope: Scope; isolation: Isolation },
) {
  const {
    clock,
    log,
    network = {},
    logLimitBytes = DEFAULT_LOG_LIMIT_BYTES,
    maxProcesses = DEFAULT_MAX_PROCESSES,
  } = options
  const host = scope.own(createHost())
  const name = `mllab-${layout.id}`
  const { base: cgroups, controllers } = chooseBase(options.cgroups === false ? [] : probeCgroups(name), name)
  // Fails, as it should, while instances are in there.
  scope.defer(() => removeGroups({ ...(cgroups && { main: cgroups }), others: [...controllers.v1.values()] }))
  const input = { layout, host, clock, log, bootId: readBootId(), maxProcesses }
  const registry = createRegistry(input)
  await adoptInstances(input, registry)
  const ports = createTcpPorts()
  for (const { key, record } of registry.all())
    for (const endpoint of Object.values(record.endpoints)) if (endpoint.kind === 'tcp') ports.adopt(key, endpoint.port)

  const floorBytes = options.diskFloorBytes ?? (await usualFloor(layout.root, options.reservedDiskBytes ?? 0))
  const guard = { folder: layout.instances, logLimitBytes, floorBytes, pidFile: path.join(layout.root, 'guard') }
  let posted: Promise<void> | undefined
  // Before the first instance of this server, one it found included.
  const onStart = () => (posted ??= host.guard(guard))
  if (registry.all().some((entry) => !entry.exit)) await onStart()
  const warmPool = await openWarmPool(options, { layout, host, isolation, scope })
  const activities = createActivities()
  const floods = createLogFloods({ keptBytes: logLimitBytes })
  const end = createEndInstance({ host, clock, log })
  const limits = createLimits({
    activities,
    floods,
    end,
    host,
    clock,
    log,
    logLimitBytes,
    sampleMemory: !has(controllers, 'memory'),
    sampleProcesses: !has(controllers, 'pids'),
    maxProcesses,
  })
  const disks = [{ folder: layout.root, floorBytes }, ...(await temporaryDisk(layout.root))]
  const guardDisks = disks.map((disk) => createDiskGuard({ host, clock, disk, end }))
  superviseInstances({ scope, registry, host, limits, guardDisks, guard: createMachineGuard({ host, end }), log })
  const notices = createNotices({ maxProcesses, floods })
  const parts = { registry, ports, network, cgroups, controllers, isolation, warmPool, onStart }
  const lifecycle = createLifecycle({
    ...input,
    ...parts,
    findImage: ({ image }) => images.find(image),
  })
  const removal: RuntimeCapabilities['removal'] =
    cgroups || isolation.mode === 'namespaces' ? 'complete' : 'best-effort'
  const instances = createInstances({ layout, host, clock, registry, lifecycle, isolation, activities, notices })
  return {
    instances,
    removal,
    warmPool,
    limits: {
      memory: has(controllers, 'memory') ? 'hard' : 'sampled',
      cpu: has(controllers, 'cpu') ? 'hard' : 'none',
    } as const,
  }
}

async function openImages(
  options: ProcessRuntimeOptions,
  cacheRoot: string,
  { pythons, openOnly }: { pythons: Pythons; openOnly: boolean },
) {
  const { log, clock, uvPath, searchPath = SYSTEM_PATH, network = {} } = options
  await mkdir(cacheRoot, { recursive: true, mode: 0o755 })
  const tools = path.join(cacheRoot, 'tools')
  const cache = path.join(cacheRoot, 'uv-cache')
  const { env, indexUrl } = toolVariables(network, { home: tools, cache })
  const environments = await createEnvironments({
    folder: path.join(cacheRoot, 'environments'),
    toolEnv: env,
    cache,
    log,
    clock,
    openOnly,
    findUv: (onStep, signal) => findUv({ uvPath, searchPath, tools, indexUrl, env, pythons, log }, onStep, signal),
  })
  const folder = path.join(cacheRoot, 'images')
  const archives = await createNpmArchives({
    folder: path.join(cacheRoot, 'npm-cache'),
    registryUrl: npmRegistry(network),
    clock,
  })
  const layers = await createLayers({ folder: path.join(cacheRoot, 'layers'), archives, clock, log })
  return createImages({ imagesRoot: options.imagesRoot, folder, pythons, environments, layers, clock })
}

/** Behind namespaces a process cannot be made before its view is known; on a small machine its memory is better left alone. */
async function openWarmPool(
  options: ProcessRuntimeOptions,
  { layout, host, isolation, scope }: { layout: Layout; host: Host; isolation: Isolation; scope: Scope },
): Promise<WarmPool> {
  const wanted = options.warmPool !== false && os.totalmem() >= LEAST_MEMORY_FOR_WARMTH
  if (!wanted || isolation.mode === 'namespaces') return NO_WARM_POOL
  return scope.own(await createWarmPool({ layout, host, log: options.log }))
}

async function usualFloor(folder: string, reservedBytes: number): Promise<number> {
  const { blocks, bsize } = await statfs(folder)
  const share = Math.min(2 * GIBIBYTE, Math.max(GIBIBYTE / 4, blocks * bsize * 0.02))
  return Math.max(share, 2 * reservedBytes)
}

/** Workloads may write to the machine's folder for temporary files too. What lies in memory counts as theirs. */
async function temporaryDisk(root: string): Promise<{ folder: string; floorBytes: number }[]> {
  const folder = os.tmpdir()
  const [own, other, { type }] = await Promise.all([stat(root), stat(folder), statfs(folder)])
  return own.dev === other.dev || type === TMPFS ? [] : [{ folder, floorBytes: await usualFloor(folder, 0) }]
}

async function checkHealth(root: string): Promise<{ ok: boolean; detail: string }> {
  try {
    const { bavail, bsize, blocks } = await statfs(root)
    const freeShare = bavail / blocks
    if (freeShare < 0.02)
      return { ok: false, detail: `only ${Math.round((bavail * bsize) / 1024 ** 2)} MiB are free at ${root}` }
    return { ok: true, detail: 'processes on this machine' }
  } catch (error) {
    return { ok: false, detail: messageOf(error) }
  }
}
