import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint, hasCode, isPortError, PortError, sha256Hex, type Clock } from '@mllab/kernel'

import type { ImageDescription, ImageRequest, Images, ResolvedImage } from '../../../../ports/runtime.ts'
import { sweepTemporaries, temporaryFolder } from './builders.ts'
import { createCatalog, type ImageDefinition } from './catalog.ts'
import { makeReadOnly, removeTree, type EnvironmentDescription } from './environment-build.ts'
import type { Environments, WorkOptions } from './environments.ts'
import type { InstalledImage } from './installed-image.ts'
import type { Pythons } from './python.ts'
import { checkRequirements } from './requirements.ts'
import { markUsed, removeUnused } from './retention.ts'

export interface ImagesInput {
  readonly imagesRoot: string
  /** Where resolved images are frozen, one folder each. */
  readonly folder: string
  readonly pythons: Pythons
  readonly environments: Environments
  readonly clock: Clock
}

export interface ProcessImages extends Images {
  /** Where a resolved image lies. Throws `NOT_FOUND` if it is not here any more. */
  find(image: ResolvedImage): Promise<InstalledImage>
}

/** Appears with the rename of a frozen image. */
const MANIFEST = 'manifest.json'
/** What containers need and processes do not, or what the environment already is. */
const LEFT_OUT = /^(Dockerfile|requirements\.(in|lock)|warmup\.py|__pycache__)$|_test\.py$/

/** Our images as folders: an environment, and a frozen copy of the image's own files, so that a restart starts what was resolved. */
export async function createImages(input: ImagesInput): Promise<ProcessImages> {
  const { pythons, environments, folder, clock } = input
  const catalog = createCatalog(input.imagesRoot)
  await mkdir(folder, { recursive: true, mode: 0o755 })
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
    return { ...installed, ...image, folder: home }
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
    await removeUnused(folder, MANIFEST, clock)
    const kept = await Promise.all((await readdir(folder)).map((key) => readManifest(path.join(folder, key))))
    await environments.removeUnused(new Set(kept.flatMap((manifest) => manifest?.environment ?? [])))
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
    list: async () =>
      Promise.all(
        (await catalog.all()).map(async (definition) => {
          const { ref, file } = definition
          // Without a Python none is ready; why not is said by whoever asks for one.
          const ready = await describe(definition, { ref }).then(
            (description) => isReady(definition, description),
            () => false,
          )
          return { ref, title: file.title, ports: file.ports, ready }
        }),
      ),
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

async function keyOf(definition: ImageDefinition, environment: string | undefined): Promise<string> {
  const files = await ownFiles(definition)
  const contents = await Promise.all(
    files.map(async (file) => [file, sha256Hex(await readFile(path.join(definition.folder, file)))]),
  )
  return sha256Hex(JSON.stringify([definition.ref, environment ?? '', contents])).slice(0, 32)
}

async function freeze(definition: ImageDefinition, target: string, environment: string | undefined): Promise<void> {
  if (await readManifest(target)) return
  const temporary = await temporaryFolder(path.dirname(target))
  try {
    for (const file of await ownFiles(definition))
      await cp(path.join(definition.folder, file), path.join(temporary, file))
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

type Manifest = Omit<InstalledImage, 'ref' | 'key' | 'folder'>

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
