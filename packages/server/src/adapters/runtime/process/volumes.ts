import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, mkdir, readdir, rename } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint, hasCode, isSafeRelativePath, messageOf, PortError } from '@mllab/kernel'

import type { Volumes } from '../../../ports/runtime.ts'
import { copyFolder, forgetHalfCopies, HALF_COPY } from './copy-volume.ts'
import type { Isolation } from './isolation/isolation.ts'
import { giveTo } from './isolation/place.ts'
import type { Layout } from './layout.ts'
import { placeNew } from './place-file.ts'
import { putInside, writeNew } from './put-inside.ts'
import { removeFolder } from './remove-folder.ts'
import { seal } from './sealed-volume.ts'

/** Volumes as plain folders: `<root>/volumes/<id>`. */
export function createVolumes(layout: Layout, isolation: Isolation): Volumes {
  const folderOf = (id: string) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id))
      throw new PortError('INVALID', `not a volume: ${id}`, { subjects: [id] })
    return path.join(layout.volumes, id)
  }
  const existing = async (id: string) => {
    const folder = folderOf(id)
    await access(folder).catch((cause: unknown) => {
      throw new PortError('NOT_FOUND', `there is no volume ${id}`, { cause, subjects: [id] })
    })
    return folder
  }

  return {
    ensure: async ({ id, sealed = false, ...owner }) => {
      const identity = await isolation.identityOf(owner)
      if (sealed) return seal(folderOf(id), identity)
      await mkdir(folderOf(id), { recursive: true, mode: 0o700 })
      if (identity) await giveTo(folderOf(id), identity)
    },
    remove: async (id) => {
      // Renamed first: half of a volume is never seen under its name.
      const aside = path.join(layout.trash, `${id}-${randomBytes(6).toString('hex')}`)
      try {
        await rename(folderOf(id), aside)
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return
        throw error
      }
      crashPoint('volume/aside')
      await removeFolder(aside)
    },
    list: async () => (await readdir(layout.volumes)).filter((name) => !name.startsWith(HALF_COPY)),
    copy: async (source, target, { signal, onProgress }) => {
      const folder = await existing(source)
      const total = await diskUsage(folder)
      await copyFolder(folder, folderOf(target), {
        trash: layout.trash,
        isolation,
        usage: diskUsage,
        signal,
        onProgress: (done) => onProgress(Math.min(done, total), total),
      })
      onProgress(total, total)
    },
    usage: async (id) => ({ bytes: await diskUsage(await existing(id)) }),
    writeFile: async (id, relativePath, content) =>
      putInside(await existing(id), segmentsOf(relativePath), (place) => writeNew(place, content)),
    placeFile: async (id, relativePath, source) =>
      putInside(await existing(id), segmentsOf(relativePath), (place) => placeNew(place, source)),
  }
}

function segmentsOf(relativePath: string): string[] {
  if (!isSafeRelativePath(relativePath)) throw new PortError('INVALID', `not a path inside a volume: ${relativePath}`)
  return relativePath.split('/')
}

/** What a crash left half deleted. */
export async function emptyTrash(layout: Layout): Promise<void> {
  await forgetHalfCopies(layout.volumes, layout.trash)
  for (const name of await readdir(layout.trash)) await removeFolder(path.join(layout.trash, name))
}

/** Blocks on disk, hard links counted once. */
function diskUsage(folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    execFile('/usr/bin/du', ['-skx', folder], { env: { LC_ALL: 'C' } }, (error, stdout) => {
      // A file that vanished meanwhile makes du complain and still print the sum.
      const kibibytes = Number.parseInt(stdout, 10)
      if (Number.isNaN(kibibytes)) reject(new PortError('UNAVAILABLE', messageOf(error), { cause: error }))
      else resolve(kibibytes * 1024)
    })
  })
}
