import { access, mkdir } from 'node:fs/promises'
import path from 'node:path'

import { sha256Hex } from '@mllab/kernel'

import type { ImageProgress } from '../../../../ports/runtime.ts'
import { sweepTemporaries, temporaryFolder } from './builders.ts'
import { BUILDER_VERSION, buildEnvironment, removeTree, type EnvironmentDescription } from './environment-build.ts'
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
}

export interface EnvironmentsInput {
  /** Holds the environments and uv's cache: on one file system, so that files are shared by hard links. */
  readonly folder: string
  readonly toolEnv: Readonly<Record<string, string>>
  findUv(onStep: (step: string) => void, signal: AbortSignal): Promise<string>
}

/** Read-only Python environments by the hash of their description. Present means usable: they appear by a rename. */
export async function createEnvironments(input: EnvironmentsInput): Promise<Environments> {
  await mkdir(input.folder, { recursive: true, mode: 0o755 })
  await sweepTemporaries(input.folder)
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
    has: isThere,
    ensure: async (request, options) => {
      const folder = folderOf(request.description)
      if (!(await isThere(folder))) await shared(folder, (joint) => build(request, joint), options)
      return folder
    },
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

async function isThere(folder: string): Promise<boolean> {
  try {
    await access(path.join(folder, 'built.json'))
    return true
  } catch {
    return false
  }
}
