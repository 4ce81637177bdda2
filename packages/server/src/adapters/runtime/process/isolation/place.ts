import { execFile } from 'node:child_process'
import { lchown, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import type { InstalledImage } from '../images/installed-image.ts'
import { SYSTEM_PATH } from '../host/host.ts'
import type { Identity } from './identities.ts'

const run = promisify(execFile)
const env = { PATH: SYSTEM_PATH, LC_ALL: 'C' }

/** Folders of programs that an image needs: its files, its layers, its environment, and the Python below that. */
export async function programFolders(image: InstalledImage): Promise<readonly string[]> {
  // Not the layers but where they lie: one that is built while the image runs is seen then.
  const layers = new Set([...image.layers.values()].map(({ folder }) => path.dirname(folder)))
  const own = [image.folder, ...layers]
  if (image.environment === undefined) return own
  const python = await realpath(path.join(image.environment, 'bin', 'python'))
  return [...own, image.environment, path.dirname(path.dirname(python))]
}

/**
 * Hands a tree over, its root last: a root that has its owner says that everything in it has. Read-only files of root with other names
 * elsewhere stay root's: somebody may have given a file of the platform, which he could read, a name in here.
 */
export async function giveTo(folder: string, { uid, gid }: Identity): Promise<void> {
  const found = await stat(folder)
  if (found.uid === uid && found.gid === gid) return
  await run(
    'find',
    [
      folder,
      '-depth',
      '!',
      '(',
      '-type',
      'f',
      '-uid',
      '0',
      '-links',
      '+1',
      '!',
      '-perm',
      '/222',
      ')',
      '-exec',
      'chown',
      '-h',
      `${uid}:${gid}`,
      '{}',
      '+',
    ],
    { env },
  )
}

/** Links themselves, not what they lead to. */
export async function giveEach(places: readonly string[], { uid, gid }: Identity): Promise<void> {
  for (const place of places) await lchown(place, uid, gid)
}
