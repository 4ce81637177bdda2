import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { PortError, sha256Hex } from '@mllab/kernel'

/** Part of every key: counts up when the same description would be built differently. */
const BUILDER_VERSION = 1

/** A package of the npm registry at one version, with the digest that we ship. */
export interface LayerPackage {
  readonly name: string
  readonly version: string
  readonly integrity: string
  /** Folder of the layer that gets its files. */
  readonly into: string
  /** Only for this processor, in Node's words. */
  readonly cpu?: string
}

/** `layer.json`: programs beside an image's own, built when somebody wants them. */
export interface LayerFile {
  readonly title: string
  /** Name of the image's port on which it is reached. */
  readonly port: string
  readonly packages: readonly LayerPackage[]
  /** Folders of the layer whose `npm-shrinkwrap.json` lists what belongs there, with digests: it came with a package above. */
  readonly locks: readonly string[]
  /** Files and folders that nobody needs. */
  readonly without: readonly string[]
  /** What comes from here: file of the description → file of the layer, in place of a package's if there is one. */
  readonly files: Readonly<Record<string, string>>
  /** Symbolic links: file of the layer → what it says. */
  readonly links: Readonly<Record<string, string>>
}

export interface LayerDescription extends LayerFile {
  /** Where the description lies. */
  readonly source: string
  /** What is built from it, by content: its name in the cache. */
  readonly key: string
  /** Why it cannot be had on this machine, for people; absent if it can. */
  readonly impossible?: string
}

export const LAYER_FILE = 'layer.json'

/** Reads the description in `source`. `glibc`: whether this machine has it, else what npm carries does not run. */
export async function readLayer(source: string, glibc = hasGlibc()): Promise<LayerDescription> {
  // A file that we ship.
  const file = JSON.parse(await readFile(path.join(source, LAYER_FILE), 'utf8')) as LayerFile
  const contents = await Promise.all(
    Object.keys(file.files).map(async (name) => {
      const place = path.join(source, name)
      return [name, sha256Hex(await readFile(place)), ((await stat(place)).mode & 0o111) !== 0]
    }),
  )
  const packages = file.packages.filter(({ cpu }) => cpu === undefined || cpu === process.arch)
  const impossible = whyImpossible(file, glibc)
  const key = sha256Hex(JSON.stringify([BUILDER_VERSION, file, contents, process.platform, process.arch])).slice(0, 32)
  return { ...file, packages, source, key, ...(impossible !== undefined && { impossible }) }
}

/** Files of a description, to take them along. */
export function layerFiles({ files }: LayerFile): readonly string[] {
  return [LAYER_FILE, ...Object.keys(files)]
}

/** What a lock of npm says: the packages that belong on this machine, by their folder. Throws `CORRUPT` for one without a digest. */
export function lockedPackages(lock: string): readonly LockedPackage[] {
  const { packages = {} } = JSON.parse(lock) as { packages?: Record<string, LockEntry> } // npm's format, version 3
  return Object.entries(packages).flatMap(([into, entry]) => {
    if (into === '' || entry.dev || entry.link || entry.inBundle || !fitsHere(entry)) return []
    const { resolved, integrity } = entry
    if (!resolved || !integrity) throw new PortError('CORRUPT', `the lock has no digest for ${into}`)
    return [{ into, pathname: new URL(resolved).pathname, integrity }]
  })
}

export interface LockedPackage {
  readonly into: string
  /** Of its archive on the registry. */
  readonly pathname: string
  readonly integrity: string
}

interface LockEntry {
  readonly resolved?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
}

function fitsHere({ os, cpu, libc }: LockEntry): boolean {
  return allows(os, process.platform) && allows(cpu, process.arch) && allows(libc, 'glibc')
}

/** npm's `os` and `cpu`: names, or names to exclude. */
function allows(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined || list.length === 0) return true
  if (list.includes(`!${value}`)) return false
  return list.includes(value) || list.every((name) => name.startsWith('!'))
}

function whyImpossible({ title, packages }: LayerFile, glibc: boolean): string | undefined {
  const processors = packages.flatMap(({ cpu }) => cpu ?? [])
  if (process.platform !== 'linux' || !glibc) return `${title} needs Linux with glibc.`
  if (processors.length > 0 && !processors.includes(process.arch))
    return `${title} is there for ${processors.join(' and ')} only, and this is ${process.arch}.`
  return undefined
}

function hasGlibc(): boolean {
  // The typings know the report as an object only; the field is absent on musl.
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime !== undefined
}
