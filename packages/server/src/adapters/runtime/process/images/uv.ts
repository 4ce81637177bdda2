import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { hasCode, isPortError, messageOf, PortError, type Log } from '@mllab/kernel'

import { SYSTEM_PATH } from '../host/host.ts'
import type { Pythons } from './python.ts'
import { downloadWheel, unzipEntry, type WheelFile } from './wheel.ts'

const run = promisify(execFile)

/** The uv we test with. Its messages are parsed, so another one on the machine counts only if it is of the same series. */
export const UV_VERSION = '0.13.9'
const KNOWN_VERSION = /^uv 0\.13\.\d+/

/** Wheels for glibc, with the digests that PyPI publishes. */
const WHEELS: Readonly<Record<string, WheelFile>> = {
  x64: {
    project: 'uv',
    fileName: `uv-${UV_VERSION}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`,
    sha256: 'd7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19',
  },
  arm64: {
    project: 'uv',
    fileName: `uv-${UV_VERSION}-py3-none-manylinux_2_28_aarch64.whl`,
    sha256: 'ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375',
  },
}

export interface UvInput {
  /** `LAB_UV`: taken as it is, whatever its version. */
  readonly uvPath: string | undefined
  /** The server's PATH. */
  readonly searchPath: string
  /** Folder for tools that we install. */
  readonly tools: string
  readonly indexUrl: string
  /** Environment of the package tools. */
  readonly env: Readonly<Record<string, string>>
  readonly pythons: Pythons
  readonly log: Log
}

/** Path of a uv that works: the one that was named, one on the machine, the one we installed, or a new one from the package index. */
export async function findUv(input: UvInput, onStep: (step: string) => void, signal: AbortSignal): Promise<string> {
  if (input.uvPath !== undefined) return checkNamed(input.uvPath)
  const installed = path.join(input.tools, `uv-${UV_VERSION}`, 'uv')
  const onPath = input.searchPath
    .split(':')
    .filter(path.isAbsolute)
    .map((folder) => path.join(folder, 'uv'))
  for (const candidate of [...onPath, installed]) if (KNOWN_VERSION.test(await versionOf(candidate))) return candidate

  onStep('Fetching uv, the installer of Python packages')
  await mkdir(input.tools, { recursive: true, mode: 0o700 })
  const temporary = await mkdtemp(path.join(input.tools, '.uv-'))
  try {
    const wheel = hasGlibc() ? WHEELS[process.arch] : undefined
    const viaWheel = wheel ? await attempt(() => fromWheel(wheel, input.indexUrl, temporary, signal)) : undefined
    signal.throwIfAborted()
    // Pip would take from the same index what we have just refused.
    if (isPortError(viaWheel, 'CORRUPT')) throw viaWheel
    if (viaWheel !== undefined)
      input.log.info('uv could not be fetched directly, trying pip', { error: messageOf(viaWheel) })
    if (!wheel || viaWheel !== undefined) await fromPip(input, temporary, signal)
    await keep(temporary, path.dirname(installed))
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return installed
}

async function fromWheel(wheel: WheelFile, indexUrl: string, folder: string, signal: AbortSignal): Promise<void> {
  const file = path.join(folder, 'uv')
  await writeFile(file, unzipEntry(await downloadWheel(wheel, indexUrl, signal), '.data/scripts/uv'))
  await chmod(file, 0o755)
  if (!KNOWN_VERSION.test(await versionOf(file)))
    throw new PortError('UNSUPPORTED', 'the uv for this processor does not run here')
}

/** Behind a proxy, or on another libc: pip knows its way. Needs `venv` with `ensurepip` (Debian: python3-venv). */
async function fromPip(input: UvInput, folder: string, signal: AbortSignal): Promise<void> {
  const { interpreter } = await input.pythons.choose()
  const venv = path.join(folder, 'venv')
  const options = { env: input.env, signal, timeout: 300_000 }
  try {
    await run(interpreter.path, ['-I', '-m', 'venv', venv], options)
    await run(path.join(venv, 'bin', 'pip'), ['install', '--quiet', '--no-input', `uv==${UV_VERSION}`], options)
    await rename(path.join(venv, 'bin', 'uv'), path.join(folder, 'uv'))
    await rm(venv, { recursive: true })
  } catch (cause) {
    signal.throwIfAborted()
    const message = `uv ${UV_VERSION}, which installs Python packages, is not here and could not be fetched: ${lastLine(cause)}`
    throw new PortError(
      'UNAVAILABLE',
      `${message}. Name one in LAB_UV, or set PIP_INDEX_URL to an index that can be reached.`,
      { cause },
    )
  }
}

/** The first to finish wins; a second one has fetched the same. */
async function keep(temporary: string, target: string): Promise<void> {
  try {
    await rename(temporary, target)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
  }
}

async function checkNamed(file: string): Promise<string> {
  const version = await versionOf(file)
  if (version === '') throw new PortError('INVALID', `LAB_UV names ${file}, which is not a uv that runs`)
  return file
}

async function versionOf(file: string): Promise<string> {
  const answer = await attemptValue(() => run(file, ['--version'], { env: { PATH: SYSTEM_PATH }, timeout: 10_000 }))
  return answer?.stdout.trim() ?? ''
}

function hasGlibc(): boolean {
  // The typings know the report as an object only; the field is absent on musl.
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime !== undefined
}

async function attempt(task: () => Promise<void>): Promise<unknown> {
  try {
    await task()
    return undefined
  } catch (error) {
    return error
  }
}

async function attemptValue<T>(task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task()
  } catch {
    return undefined
  }
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : messageOf(error)
  return text.trim().split('\n').at(-1) ?? ''
}
