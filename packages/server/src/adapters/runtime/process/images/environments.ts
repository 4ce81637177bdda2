import { access, mkdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'

import { messageOf, sha256Hex, type Clock, type Log } from '@mllab/kernel'

import type { ImageProgress } from '../../../../ports/runtime.ts'
import { sweepTemporaries, temporaryFolder } from './builders.ts'
import { BUILDER_VERSION, buildEnvironment, removeTree, type EnvironmentDescription } from './environment-build.ts'
import { isOpen } from './python.ts'
import { markUsed, removeUnused } from './retention.ts'
import { runTool } from './run-tool.ts'
import { createSharedWork } from './shared-work.ts'

export interface EnvironmentRequest {
  readonly description: EnvironmentDescription
  readonly warmUp: string | undefined
}

export interface WorkOptions {
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal: AbortSignal
}

export interface Environments {
  /** Folder of the environment; built if it is not there. Callers of the same description share one build. */
  ensure(request: EnvironmentRequest, options: WorkOptions): Promise<string>
  /** Where it is or would be. */
  folderOf(description: EnvironmentDescription): string
  has(folder: string): Promise<boolean>
  /** Notes that something uses it. */
  markUsed(folder: string): Promise<void>
  /** Removes what was not used for 30 days, and what of uv's cache nothing needs any more then. */
  removeUnused(keep: ReadonlySet<string>): Promise<void>
}

/** Appears with the rename of a finished environment. */
const MARKER = 'built.json'

export interface EnvironmentsInput {
  /** Holds the environments and uv's cache: on one file system, so that files are shared by hard links. */
  readonly folder: string
  readonly toolEnv: Readonly<Record<string, string>>
  /** uv's. */
  readonly cache: string
  readonly log: Log
  readonly clock: Clock
  /** Only those count whose interpreter every user of the machine can start. */
  readonly openOnly: boolean
  findUv(onStep: (step: string) => void, signal: AbortSignal): Promise<string>
}

/** Read-only Python environments by the hash of their description. Present means usable: they appear by a rename. */
export async function createEnvironments(input: EnvironmentsInput): Promise<Environments> {
  await mkdir(input.folder, { recursive: true, mode: 0o755 })
  await sweepTemporaries(input.folder)
  await warnOfCopies(input)
  const shared = createSharedWork<ImageProgress>()

  const folderOf = (description: EnvironmentDescription) => path.join(input.folder, keyOf(description))
  const build = async ({ description, warmUp }: EnvironmentRequest, { onProgress, signal }: WorkOptions) => {
    const uv = await input.findUv((step) => onProgress({ step, done: 0, total: 100, unit: 'steps' }), signal)
    const temporary = await temporaryFolder(input.folder)
    try {
      const target = folderOf(description)
      await buildEnvironment({ description, target, temporary, uv, env: input.toolEnv, warmUp, onProgress, signal })
    } finally {
      await removeTree(temporary)
    }
  }

  return {
    folderOf,
    has: async (folder) => (await isThere(folder)) && (!input.openOnly || isOpen(await realpath(pythonOf(folder)))),
    markUsed: (folder) => markUsed(path.join(folder, MARKER), input.clock),
    removeUnused: async (keep) => {
      const removed = await removeUnused(input.folder, MARKER, input.clock, keep)
      if (removed === 0) return
      input.log.info('environments that nothing used for 30 days are removed', { removed })
      await pruneCache(input)
    },
    ensure: async (request, options) => {
      const folder = folderOf(request.description)
      if (!(await isThere(folder))) await shared(folder, (joint) => build(request, joint), options)
      return folder
    },
  }
}

/** Links do not reach over a file system: every environment would be a copy of some hundred MB. */
async function warnOfCopies({ folder, cache, log }: EnvironmentsInput): Promise<void> {
  await mkdir(cache, { recursive: true, mode: 0o700 })
  const [here, there] = [await stat(folder), await stat(cache)]
  if (here.dev !== there.dev)
    log.warn(
      'environments and the cache of packages are on different file systems: every environment is a full copy. Put both on one.',
      { environments: folder, cache },
    )
}

async function pruneCache({ folder, toolEnv, findUv, log }: EnvironmentsInput): Promise<void> {
  const signal = AbortSignal.timeout(300_000)
  try {
    const uv = await findUv(() => undefined, signal)
    await runTool(uv, ['cache', 'prune', '--quiet'], { cwd: folder, env: toolEnv, signal })
  } catch (error) {
    // It costs disk, nothing else; the next removal tries again.
    log.warn('the cache of packages could not be tidied', { error: messageOf(error) })
  }
}

function keyOf(description: EnvironmentDescription): string {
  const { lock, wanted, extra, overrides, interpreter } = description
  const { path: python, version, libc } = interpreter
  const parts = [
    BUILDER_VERSION,
    lock,
    extra ? wanted : '',
    extra ?? [],
    overrides,
    python,
    version,
    libc,
    process.platform,
    process.arch,
  ]
  return sha256Hex(JSON.stringify(parts)).slice(0, 32)
}

function pythonOf(folder: string): string {
  return path.join(folder, 'bin', 'python')
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await access(path.join(folder, MARKER))
    return true
  } catch {
    return false
  }
}
