import { copyFile, mkdir, readFile, rm, stat, symlink, writeFile, chmod } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint } from '@mllab/kernel'

import type { ImageProgress } from '../../../../../ports/runtime.ts'
import { SYSTEM_PATH } from '../../host/host.ts'
import { makeReadOnly, publish } from '../environment-build.ts'
import { runTool } from '../run-tool.ts'
import { lockedPackages, type LayerDescription, type LockedPackage } from './layer-description.ts'
import type { NpmArchives } from './npm-archives.ts'

export interface LayerBuild {
  readonly description: LayerDescription
  /** Where it goes; its parent exists. */
  readonly target: string
  /** An empty folder beside it. */
  readonly temporary: string
  readonly archives: NpmArchives
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal: AbortSignal
}

/** Appears with the rename of a finished layer. */
export const MARKER = 'built.json'

/** How much of a hundred is reached when the packages of the description are there, and when those of its locks are. */
const PACKAGES = 55
const LOCKED = 92
const AT_ONCE = 8

/**
 * Builds a layer aside and renames it into place. Nothing that is fetched is run: packages that would compile something are left out or
 * stood in for. Fails with `UNAVAILABLE` (no registry), `CORRUPT` (other bytes than expected), `STORAGE_FULL`.
 */
export async function buildLayer(build: LayerBuild): Promise<void> {
  const { description, temporary, archives, signal } = build
  const folder = path.join(temporary, 'layer')
  const report = (step: string, done: number) =>
    build.onProgress({ step, done: Math.round(done), total: 100, unit: 'steps' })
  await mkdir(folder)

  const share = PACKAGES / description.packages.length
  for (const [index, wanted] of description.packages.entries()) {
    const { name, version, integrity, into } = wanted
    const onBytes = (done: number, total: number) =>
      report(downloading(name, total), share * (index + (total === 0 ? 0 : done / total)))
    const pathname = `/${name}/-/${path.basename(name)}-${version}.tgz`
    report(`Downloading ${name}`, share * index)
    const archive = await archives.fetch({ pathname, integrity }, { signal, onBytes })
    await unpack(archive, path.join(folder, into), signal)
  }

  const locked = await packagesOfLocks(description, folder)
  let done = 0
  await each(locked, { atOnce: AT_ONCE, signal }, async (wanted, joint) => {
    const archive = await archives.fetch(wanted, { signal: joint })
    await unpack(archive, path.join(folder, wanted.into), joint)
    done += 1
    report(`Installed ${done} of ${locked.length} packages`, PACKAGES + ((LOCKED - PACKAGES) * done) / locked.length)
  })

  report('Finishing', LOCKED)
  for (const place of description.without) await rm(path.join(folder, place), { recursive: true, force: true })
  await addOwn(description, folder)
  await writeFile(path.join(folder, MARKER), JSON.stringify({ key: description.key }))
  await makeReadOnly(folder)
  crashPoint('layer/aside')
  await publish(folder, build.target, MARKER)
  report('Ready', 100)
}

function downloading(name: string, bytes: number): string {
  return bytes === 0 ? `Downloading ${name}` : `Downloading ${name} (${Math.round(bytes / 1e6)} MB)`
}

async function packagesOfLocks(description: LayerDescription, folder: string): Promise<readonly LockedPackage[]> {
  const all = await Promise.all(
    description.locks.map(async (place) => {
      const lock = await readFile(path.join(folder, place, 'npm-shrinkwrap.json'), 'utf8')
      return lockedPackages(lock).map((wanted) => ({ ...wanted, into: path.join(place, wanted.into) }))
    }),
  )
  return all
    .flat()
    .filter(({ into }) => !description.without.some((place) => into === place || into.startsWith(`${place}/`)))
}

/** npm's archives hold one folder, whatever its name. */
async function unpack(archive: string, into: string, signal: AbortSignal): Promise<void> {
  await mkdir(into, { recursive: true })
  const options = ['--strip-components=1', '--no-same-owner', '--no-same-permissions']
  await runTool('tar', ['-xzf', archive, ...options], { cwd: into, env: { PATH: SYSTEM_PATH }, signal })
}

async function addOwn({ source, files, links }: LayerDescription, folder: string): Promise<void> {
  for (const [from, to] of Object.entries(files)) {
    const target = path.join(folder, to)
    await mkdir(path.dirname(target), { recursive: true })
    await copyFile(path.join(source, from), target)
    await chmod(target, (await stat(path.join(source, from))).mode & 0o111 ? 0o755 : 0o644)
  }
  for (const [place, text] of Object.entries(links)) {
    await mkdir(path.dirname(path.join(folder, place)), { recursive: true })
    await symlink(text, path.join(folder, place))
  }
}

/** Ends when all work has ended: after a failure nobody writes any more. */
async function each<T>(
  items: readonly T[],
  { atOnce, signal }: { atOnce: number; signal: AbortSignal },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const joint = AbortSignal.any([signal, failed.signal])
  const left = items[Symbol.iterator]()
  const worker = async () => {
    for (const item of left) {
      joint.throwIfAborted()
      await work(item, joint)
    }
  }
  const workers = Array.from({ length: atOnce }, () =>
    worker().catch((error: unknown) => {
      // The first failure is the reason; the others are its consequence.
      failed.abort(error)
    }),
  )
  await Promise.all(workers)
  joint.throwIfAborted()
}
