import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint, hasCode, isPortError, PortError, sha256Hex, type Clock } from '@mllab/kernel'

import type {
  ImageDescription,
  ImageLayer,
  ImageRequest,
  Images,
  ListedImage,
  ResolvedImage,
} from '../../../../ports/runtime.ts'
import { sweepTemporaries, temporaryFolder } from './builders.ts'
import { createCatalog, type ImageDefinition } from './catalog.ts'
import { makeReadOnly, removeTree, type EnvironmentDescription } from './environment-build.ts'
import type { Environments, WorkOptions } from './environments.ts'
import type { InstalledImage, InstalledLayer } from './installed-image.ts'
import { layerFiles, readLayer } from './layers/layer-description.ts'
import type { Layers } from './layers/layers.ts'
import type { Pythons } from './python.ts'
import { checkRequirements } from './requirements.ts'
import { markUsed, removeUnused } from './retention.ts'

export interface ImagesInput {
  readonly imagesRoot: string
  /** Where resolved images are frozen, one folder each. */
  readonly folder: string
  readonly pythons: Pythons
  readonly environments: Environments
  readonly layers: Layers
  readonly clock: Clock
}

export interface ProcessImages extends Images {
  /** Where a resolved image lies. Throws `NOT_FOUND` if it is not here any more. */
  find(image: ResolvedImage): Promise<InstalledImage>
}

/** Appears with the rename of a frozen image. */
const MANIFEST = 'manifest.json'
const LISTED_FOR_MS = 2000
/** Below a frozen image: the descriptions of its layers, one folder each. */
const LAYERS = 'layers'
/** What containers need and processes do not, or what the environment already is. */
const LEFT_OUT = /^(Dockerfile|requirements\.(in|lock)|warmup\.py|__pycache__)$|_test\.py$/

/** Our images as folders: an environment, and a frozen copy of the image's own files, so that a restart starts what was resolved. */
export async function createImages(input: ImagesInput): Promise<ProcessImages> {
  const { pythons, environments, layers, folder, clock } = input
  const catalog = createCatalog(input.imagesRoot)
  await mkdir(folder, { recursive: true, mode: 0o755 })
  let listed: { readonly at: number; readonly images: Promise<readonly ListedImage[]> } | undefined
  await sweepTemporaries(folder)

  const describe = async (definition: ImageDefinition, request: ImageRequest, notice?: (text: string) => void) => {
    const extra = checkRequirements(request.requirements ?? [])
    const { requirements, overrides, ref } = definition
    if (!requirements) {
      if (extra.length > 0) throw new PortError('INVALID', `${ref} has no Python that could take requirements`)
      return undefined
    }
    const chosen = await pythons.choose(request.python)
    if (chosen.notice) notice?.(chosen.notice)
    const { interpreter } = chosen
    return {
      lock: requirements.lock,
      overrides,
      interpreter,
      ...(extra.length > 0 && { wanted: requirements.wanted, extra }),
    }
  }

  const ensure = async (request: ImageRequest, options: WorkOptions): Promise<ImageDescription> => {
    const definition = await catalog.find(request.ref)
    const notice = (step: string) => options.onProgress({ step, done: 0, total: 100, unit: 'steps', line: step })
    const description = await describe(definition, request, notice)
    const environment =
      description && (await environments.ensure({ description, warmUp: await warmUpOf(definition) }, options))
    const key = await keyOf(definition, environment)
    await freeze(definition, path.join(folder, key), environment)
    listed = undefined
    return publicPart(await find({ ref: request.ref, key }))
  }

  const find = async (image: ResolvedImage): Promise<InstalledImage> => {
    const home = path.join(folder, image.key)
    const installed = /^[0-9a-f]{32}$/.test(image.key) ? await readManifest(home) : undefined
    if (!installed || (installed.environment !== undefined && !(await environments.has(installed.environment))))
      throw new PortError('NOT_FOUND', `${image.ref} is not on this machine any more; it has to be resolved anew`, {
        subjects: [image.ref],
      })
    await markUsed(path.join(home, MANIFEST), clock)
    if (installed.environment !== undefined) await environments.markUsed(installed.environment)
    const own = await layersOf(home)
    for (const { description } of own.values()) await layers.markUsed(description)
    return { ...installed, ...image, folder: home, layers: own }
  }

  /** Frozen with the image, so read once. */
  const knownLayers = new Map<string, ReadonlyMap<string, InstalledLayer>>()
  const layersOf = async (home: string): Promise<ReadonlyMap<string, InstalledLayer>> => {
    const known = knownLayers.get(home)
    if (known) return known
    const descriptions = await readLayers(home)
    const own = new Map(
      descriptions.map(([name, description]) => [name, { description, folder: layers.folderOf(description) }]),
    )
    knownLayers.set(home, own)
    return own
  }

  const layerState = async (name: string, { description }: InstalledLayer): Promise<ImageLayer> => {
    const { title, port, impossible } = description
    if (impossible !== undefined) return { name, title, port, state: 'impossible', detail: impossible }
    return { name, title, port, state: (await layers.has(description)) ? 'ready' : 'missing', detail: '' }
  }

  const inspect = async (image: ResolvedImage) => {
    try {
      return publicPart(await find(image))
    } catch (error) {
      if (isPortError(error, 'NOT_FOUND')) return undefined
      throw error
    }
  }

  const prune = async (named: readonly ResolvedImage[]) => {
    for (const image of named) await inspect(image)
    listed = undefined
    await removeUnused(folder, MANIFEST, clock)
    const homes = (await readdir(folder)).map((key) => path.join(folder, key))
    const kept = await Promise.all(homes.map(readManifest))
    await environments.removeUnused(new Set(kept.flatMap((manifest) => manifest?.environment ?? [])))
    const keptLayers = await Promise.all(homes.filter((_, index) => kept[index]).map(layersOf))
    await layers.removeUnused(new Set(keptLayers.flatMap((own) => [...own.values()].map((layer) => layer.folder))))
  }

  const isReady = async (definition: ImageDefinition, description: EnvironmentDescription | undefined) => {
    const environment = description && environments.folderOf(description)
    return environment === undefined || environments.has(environment)
  }

  return {
    ensure,
    find,
    inspect,
    prune,
    layers: async (image) => {
      const { layers: own } = await find(image)
      return Promise.all([...own].map(([name, layer]) => layerState(name, layer)))
    },
    ensureLayer: async (image, name, options) => {
      const layer = (await find(image)).layers.get(name)
      if (!layer) throw new PortError('NOT_FOUND', `${image.ref} has no ${name} that could be added`)
      await layers.ensure(layer.description, options)
    },
    list: () => {
      if (listed === undefined || clock.now() - listed.at > LISTED_FOR_MS) {
        const images = listNow()
        listed = { at: clock.now(), images }
        images.catch(() => (listed = undefined))
      }
      return listed.images
    },
  }

  async function listNow(): Promise<readonly ListedImage[]> {
    return Promise.all(
      (await catalog.all()).map(async (definition) => {
        const { ref, file } = definition
        try {
          const description = await describe(definition, { ref })
          const key = await keyOf(definition, description && environments.folderOf(description))
          return {
            ref,
            title: file.title,
            ports: file.ports,
            env: file.env,
            key,
            ready: await isReady(definition, description),
          }
        } catch {
          // Without a Python none is ready; why not is said by whoever asks for one.
          return { ref, title: file.title, ports: file.ports, env: file.env, key: undefined, ready: false }
        }
      }),
    )
  }
}

async function warmUpOf(definition: ImageDefinition): Promise<string | undefined> {
  const names = await readdir(definition.folder)
  return names.includes('warmup.py') ? path.join(definition.folder, 'warmup.py') : undefined
}

async function ownFiles(definition: ImageDefinition): Promise<readonly string[]> {
  const entries = await readdir(definition.folder, { withFileTypes: true, recursive: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(definition.folder, path.join(entry.parentPath, entry.name)))
  return files.filter((file) => !file.split(path.sep).some((part) => LEFT_OUT.test(part))).toSorted()
}

/** The image's own files, and the descriptions of its layers: what can be added stays what it was, too. */
async function filesToFreeze(definition: ImageDefinition): Promise<readonly { from: string; to: string }[]> {
  const own = (await ownFiles(definition)).map((file) => ({ from: path.join(definition.folder, file), to: file }))
  const ofLayers = (definition.file.layers ?? []).map(async (name) => {
    const source = path.join(path.dirname(definition.folder), name)
    const files = layerFiles(await readLayer(source))
    return files.map((file) => ({ from: path.join(source, file), to: path.join(LAYERS, name, file) }))
  })
  return [...own, ...(await Promise.all(ofLayers)).flat()]
}

async function readLayers(home: string) {
  const parent = path.join(home, LAYERS)
  const names = await readdir(parent).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
  return Promise.all(names.map(async (name) => [name, await readLayer(path.join(parent, name))] as const))
}

async function keyOf(definition: ImageDefinition, environment: string | undefined): Promise<string> {
  const files = await filesToFreeze(definition)
  const contents = await Promise.all(files.map(async ({ from, to }) => [to, sha256Hex(await readFile(from))]))
  return sha256Hex(JSON.stringify([definition.ref, environment ?? '', contents])).slice(0, 32)
}

async function freeze(definition: ImageDefinition, target: string, environment: string | undefined): Promise<void> {
  if (await readManifest(target)) return
  const temporary = await temporaryFolder(path.dirname(target))
  try {
    for (const { from, to } of await filesToFreeze(definition)) await cp(from, path.join(temporary, to))
    const { command, ports, env, health } = definition.file
    const manifest = {
      command,
      ports,
      env,
      ...(health && { health }),
      ...(environment !== undefined && { environment }),
    }
    await writeFile(path.join(temporary, MANIFEST), JSON.stringify(manifest))
    await makeReadOnly(temporary)
    crashPoint('image/aside')
    await rename(temporary, target)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
  } finally {
    await removeTree(temporary)
  }
}

type Manifest = Omit<InstalledImage, 'ref' | 'key' | 'folder' | 'layers'>

async function readManifest(home: string): Promise<Manifest | undefined> {
  try {
    // Written by `freeze`, present only whole.
    return JSON.parse(await readFile(path.join(home, MANIFEST), 'utf8')) as Manifest
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

function publicPart({ ref, key, command, ports, env, health }: InstalledImage): ImageDescription {
  return { ref, key, command, ports, env, ...(health && { health }) }
}
