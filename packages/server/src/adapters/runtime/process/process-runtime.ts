import { mkdir, rmdir, statfs } from 'node:fs/promises'
import path from 'node:path'

import { createScope, messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { InstanceSpec, Runtime, RuntimeCapabilities } from '../../../ports/runtime.ts'
import { probeCgroups, removeFolder } from './host/cgroup.ts'
import { createHost, SYSTEM_PATH } from './host/host.ts'
import { readBootId } from './host/proc.ts'
import { createEnvironments } from './images/environments.ts'
import { createImages, type ProcessImages } from './images/images.ts'
import { createPythons, usualPythons } from './images/python.ts'
import { findUv } from './images/uv.ts'
import { createInstances } from './instances/instances.ts'
import { createLifecycle } from './instances/lifecycle.ts'
import { createLimits } from './instances/limits.ts'
import { adoptInstances, createRegistry } from './instances/registry.ts'
import { superviseInstances } from './instances/supervisor.ts'
import { createTcpPorts } from './instances/tcp-ports.ts'
import { toolVariables } from './images/tool-variables.ts'
import { createLayout, type Layout } from './layout.ts'
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
  /** False: do without, as on a machine that lets us have none. Default: tried out. */
  readonly cgroups?: boolean
}

const DEFAULT_LOG_LIMIT_BYTES = 64 * 1024 * 1024

/**
 * The embedded runtime: every instance is a process tree on this machine under a small shell that outlives the server. For one trusting
 * team: all run as the server's user. Linux only.
 */
export async function createProcessRuntime(options: ProcessRuntimeOptions): Promise<Runtime> {
  const root = path.resolve(options.root)
  const layout = createLayout(root)
  const scope = createScope()
  // Not while there are sockets; it may lie in a shared temporary folder.
  scope.defer(() => rmdir(layout.sockets).catch(() => undefined))
  try {
    await emptyTrash(layout)
    const images = await openImages(options, path.resolve(options.cacheRoot ?? path.join(root, 'environments')))
    const { instances, removal } = await openInstances(options, layout, images, scope)
    return {
      kind: 'process',
      capabilities: {
        exec: true,
        stats: true,
        suspend: false,
        isolation: 'none',
        removal,
        limits: { memory: 'sampled', cpu: 'none' },
      },
      instances,
      images,
      volumes: createVolumes(layout),
      platformUrl: options.platformUrl,
      health: () => checkHealth(root),
      close: () => scope.close(),
    }
  } catch (error) {
    await scope.close()
    throw error
  }
}

async function openInstances(options: ProcessRuntimeOptions, layout: Layout, images: ProcessImages, scope: Scope) {
  const { clock, log, network = {}, logLimitBytes = DEFAULT_LOG_LIMIT_BYTES } = options
  const host = scope.own(createHost())
  const cgroups = options.cgroups === false ? undefined : probeCgroups(`mllab-${layout.id}`)
  // Fails, as it should, while instances are in there.
  scope.defer(() => void (cgroups && removeFolder(cgroups)))
  const input = { layout, host, clock, log, bootId: readBootId() }
  const registry = createRegistry(input)
  await adoptInstances(input, registry)
  const ports = createTcpPorts()
  for (const { key, record } of registry.all())
    for (const endpoint of Object.values(record.endpoints)) if (endpoint.kind === 'tcp') ports.adopt(key, endpoint.port)

  superviseInstances({ scope, registry, host, limits: createLimits({ host, clock, log, logLimitBytes }), log })
  const findImage = ({ image }: InstanceSpec) => images.find(image)
  const lifecycle = createLifecycle({ layout, host, clock, registry, ports, network, cgroups, findImage })
  const removal: RuntimeCapabilities['removal'] = cgroups ? 'complete' : 'best-effort'
  return { instances: createInstances({ layout, host, clock, registry, lifecycle }), removal }
}

async function openImages(options: ProcessRuntimeOptions, cacheRoot: string) {
  const { log, clock, uvPath, searchPath = SYSTEM_PATH, pythonCandidates, network = {} } = options
  await mkdir(cacheRoot, { recursive: true, mode: 0o755 })
  const tools = path.join(cacheRoot, 'tools')
  const cache = path.join(cacheRoot, 'uv-cache')
  const { env, indexUrl } = toolVariables(network, { home: tools, cache })
  const pythons = createPythons(async () => pythonCandidates ?? usualPythons(searchPath))
  const environments = await createEnvironments({
    folder: path.join(cacheRoot, 'environments'),
    toolEnv: env,
    cache,
    log,
    clock,
    findUv: (onStep, signal) => findUv({ uvPath, searchPath, tools, indexUrl, env, pythons, log }, onStep, signal),
  })
  const folder = path.join(cacheRoot, 'images')
  return createImages({ imagesRoot: options.imagesRoot, folder, pythons, environments, clock })
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
