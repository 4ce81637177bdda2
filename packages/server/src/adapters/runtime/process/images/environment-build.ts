import { chmod, copyFile, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { hasCode, isPortError, PortError } from '@mllab/kernel'

import type { ImageProgress } from '../../../../ports/runtime.ts'
import { SYSTEM_PATH } from '../host/host.ts'
import type { Interpreter } from './python.ts'
import { runTool } from './run-tool.ts'
import { createUvProgress } from './uv-progress.ts'

/** Part of every key: counts up when the same description would be built differently. */
export const BUILDER_VERSION = 2

/** Everything an environment is made of. Its hash is the environment's name. */
export interface EnvironmentDescription {
  /** Pinned with hashes; or, with `extra`, preferences for what `wanted` and `extra` leave open. */
  readonly lock: string
  /** The image's own requirements, unpinned: with `extra` they are resolved anew together. */
  readonly wanted?: string
  readonly extra?: readonly string[]
  readonly overrides: string
  readonly interpreter: Interpreter
}

export interface BuildInput {
  readonly description: EnvironmentDescription
  /** Where the finished environment goes; its parent exists. */
  readonly target: string
  /** An empty folder beside it. */
  readonly temporary: string
  readonly uv: string
  readonly env: Readonly<Record<string, string>>
  /** A Python script that imports what the workloads will, or undefined. */
  readonly warmUp: string | undefined
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal: AbortSignal
}

const CHECK_SCRIPT = fileURLToPath(new URL('check_environment.py', import.meta.url))

/**
 * Builds an environment aside and renames it into place: it is there whole or not at all. Progress counts to 100.
 * Fails with `UNAVAILABLE` (no index), `INVALID` (requirements that contradict each other), `STORAGE_FULL`, `CORRUPT`.
 */
export async function buildEnvironment(input: BuildInput): Promise<void> {
  const { description, temporary, uv, env, signal } = input
  const progress = createUvProgress(input.onProgress)
  const tool = (program: string, args: readonly string[], extraEnv: Readonly<Record<string, string>> = {}) =>
    runTool(program, args, { cwd: temporary, env: { ...env, ...extraEnv }, signal, onLine: progress.line })

  progress.step(`Preparing Python ${description.interpreter.version}`, 1)
  const folder = path.join(temporary, 'environment')
  const python = path.join(folder, 'bin', 'python')
  await tool(uv, ['venv', '--quiet', '--relocatable', '--python', description.interpreter.path, folder])
  const lock = path.join(folder, 'requirements.lock')
  await writeInputs(temporary, lock, description)
  if (description.extra) await tool(uv, resolveArguments(temporary, lock, python))
  // Wheels only: building a source package would run a stranger's code as the server.
  await install((...more) =>
    tool(uv, ['pip', 'sync', ...more, '--require-hashes', '--no-build', '--python', python, lock]),
  )

  progress.step('Checking the installation', 70)
  await check(() => tool(python, ['-I', '-B', CHECK_SCRIPT, folder]))
  if (input.warmUp) {
    progress.step('Preparing for fast starts', 75)
    await warm(python, input.warmUp, temporary, tool)
  }
  progress.step('Finishing', 97)
  await writeFile(
    path.join(folder, 'built.json'),
    JSON.stringify({ python: description.interpreter, builder: BUILDER_VERSION }),
  )
  await makeReadOnly(folder)
  await publish(folder, input.target, 'built.json')
  progress.step('Ready', 100)
}

async function writeInputs(temporary: string, lock: string, description: EnvironmentDescription): Promise<void> {
  // As `uv pip compile` finds its own last output, it keeps what is in there as long as it fits.
  await writeFile(lock, description.lock)
  await writeFile(
    path.join(temporary, 'requirements.in'),
    [description.wanted ?? '', ...(description.extra ?? []), ''].join('\n'),
  )
  await writeFile(path.join(temporary, 'overrides.txt'), description.overrides)
}

function resolveArguments(temporary: string, lock: string, python: string): string[] {
  const files = [
    '--override',
    path.join(temporary, 'overrides.txt'),
    path.join(temporary, 'requirements.in'),
    '--output-file',
    lock,
  ]
  return ['pip', 'compile', '--quiet', '--generate-hashes', '--no-build', '--python', python, ...files]
}

/** Without a way to the index everything may still lie in the cache. */
async function install(sync: (...more: readonly string[]) => Promise<void>): Promise<void> {
  try {
    await sync()
  } catch (error) {
    if (!isPortError(error, 'UNAVAILABLE')) throw error
    await sync('--offline').catch(() => Promise.reject(error))
  }
}

async function check(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (error instanceof PortError) throw new PortError('CORRUPT', error.message, { cause: error, retryable: true })
    throw error
  }
}

/** Importing once leaves compiled files for just what is used: a read-only environment cannot write them later. */
async function warm(
  python: string,
  script: string,
  temporary: string,
  tool: (program: string, args: readonly string[], env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const home = path.join(temporary, 'home')
  await mkdir(home)
  const copy = path.join(temporary, 'warmup.py')
  await copyFile(script, copy)
  const env = { HOME: home, TMPDIR: home, PATH: `${path.dirname(python)}:${SYSTEM_PATH}`, LANG: 'C.UTF-8' }
  await tool(python, ['-I', copy], env)
}

/** Renames a finished folder to its place; `markerFile` in it is on disk by then. If somebody else was faster, his stays. */
export async function publish(folder: string, target: string, markerFile: string): Promise<void> {
  const marker = await open(path.join(folder, markerFile), 'r')
  try {
    await marker.sync()
  } finally {
    await marker.close()
  }
  // A folder that its owner may not write cannot be moved to another one (rename(2)), unless by root.
  await chmod(folder, 0o755)
  try {
    await rename(folder, target)
  } catch (error) {
    // Somebody else finished the same first.
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return
    throw error
  }
  await chmod(target, 0o555)
}

/** Readable for every user a workload may run as, whatever the server's umask; writable for nobody. */
export async function makeReadOnly(folder: string): Promise<void> {
  await runTool('/bin/chmod', ['-R', 'a+rX,a-w', folder], quiet)
}

/** Deletes a tree whose folders may be read-only. */
export async function removeTree(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) await runTool('/bin/chmod', ['-R', 'u+w', folder], quiet).catch(() => undefined)
  await rm(folder, { recursive: true, force: true })
}

const quiet = { env: { PATH: SYSTEM_PATH }, cwd: '/', signal: new AbortController().signal }
