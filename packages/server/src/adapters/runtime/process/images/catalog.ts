import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { hasCode, PortError } from '@mllab/kernel'

import type { HealthSpec, PortSpec } from '../../../../ports/runtime.ts'

/** `image.json`: what both kinds of runtime make of an image folder. */
export interface ImageFile {
  readonly title: string
  readonly command: readonly string[]
  readonly ports: readonly PortSpec[]
  readonly env: Readonly<Record<string, string>>
  readonly health?: HealthSpec
  /** Folders beside the image's with programs that can be added to it: `layer.json` describes them. */
  readonly layers?: readonly string[]
}

export interface ImageDefinition {
  readonly ref: string
  readonly folder: string
  readonly file: ImageFile
  /** What the image asks for, and what that was resolved to; absent for an image without Python. */
  readonly requirements?: { readonly wanted: string; readonly lock: string }
  /** Resolutions for all images, in uv's format. */
  readonly overrides: string
}

const OWN_PREFIX = 'mllab/'

/** The images that are shipped: one folder each below `imagesRoot`. */
export function createCatalog(imagesRoot: string) {
  const load = async (name: string): Promise<ImageDefinition> => {
    const folder = path.join(imagesRoot, name)
    const [wanted, lock, overrides] = await Promise.all([
      readOptional(path.join(folder, 'requirements.in')),
      readOptional(path.join(folder, 'requirements.lock')),
      readOptional(path.join(imagesRoot, 'overrides.txt')),
    ])
    return {
      ref: OWN_PREFIX + name,
      folder,
      file: parseImageFile(await readFile(path.join(folder, 'image.json'), 'utf8'), name),
      overrides: overrides ?? '',
      ...(wanted !== undefined && lock !== undefined && { requirements: { wanted, lock } }),
    }
  }

  return {
    /** Throws `UNSUPPORTED` for an image that only a container engine can run, `NOT_FOUND` for one of ours that does not exist. */
    find: async (ref: string): Promise<ImageDefinition> => {
      const name = /^mllab\/([a-z0-9][a-z0-9-]*)(?::latest)?$/.exec(ref)?.[1]
      if (!ref.startsWith(OWN_PREFIX))
        throw new PortError(
          'UNSUPPORTED',
          `${ref} is a container image; the process runtime runs ours only (mllab/…)`,
          { subjects: [ref] },
        )
      try {
        return await load(name ?? '')
      } catch (cause) {
        if (name !== undefined && !hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause
        throw new PortError('NOT_FOUND', `there is no image ${ref}`, { cause, subjects: [ref] })
      }
    },
    all: async (): Promise<readonly ImageDefinition[]> => {
      const folders = (await readdir(imagesRoot, { withFileTypes: true })).filter((entry) => entry.isDirectory())
      const loaded = await Promise.all(
        folders.map(({ name }) =>
          load(name).catch((error: unknown) => (hasCode(error, 'ENOENT') ? undefined : Promise.reject(error))),
        ),
      )
      return loaded.filter((definition) => definition !== undefined)
    },
  }
}

function parseImageFile(text: string, name: string): ImageFile {
  // A file that we ship; what is checked here is what its author may forget.
  const file = JSON.parse(text) as Partial<ImageFile>
  if (!file.title || !Array.isArray(file.command))
    throw new PortError('INVALID', `images/${name}/image.json needs a title and a command`)
  return {
    title: file.title,
    command: file.command,
    ports: file.ports ?? [],
    env: file.env ?? {},
    ...(file.health && { health: file.health }),
    ...(file.layers && { layers: file.layers }),
  }
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
