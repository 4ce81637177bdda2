import { access, mkdir } from 'node:fs/promises'
import path from 'node:path'

import { hasCode, messageOf, PortError, type Clock, type Log } from '@mllab/kernel'

import type { ImageProgress } from '../../../../../ports/runtime.ts'
import { sweepTemporaries, temporaryFolder } from '../builders.ts'
import { removeTree } from '../environment-build.ts'
import type { WorkOptions } from '../environments.ts'
import { markUsed, removeUnused } from '../retention.ts'
import { createSharedWork } from '../shared-work.ts'
import { buildLayer, MARKER } from './layer-build.ts'
import type { LayerDescription } from './layer-description.ts'
import type { NpmArchives } from './npm-archives.ts'

export interface Layers {
  /** Where it is or would be. */
  folderOf(description: LayerDescription): string
  has(description: LayerDescription): Promise<boolean>
  /** Builds it if it is not there; callers at once share one build. `UNSUPPORTED` where it cannot be had. */
  ensure(description: LayerDescription, options: WorkOptions): Promise<void>
  /** Notes that something uses it. */
  markUsed(description: LayerDescription): Promise<void>
  /** Removes what was not used for 30 days. */
  removeUnused(keep: ReadonlySet<string>): Promise<void>
}

/** Read-only folders of programs by the hash of their description. Present means usable: they appear by a rename. */
export async function createLayers(input: {
  folder: string
  archives: NpmArchives
  clock: Clock
  log: Log
}): Promise<Layers> {
  const { folder, archives, clock, log } = input
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await sweepTemporaries(folder)
  const shared = createSharedWork<ImageProgress>()

  const folderOf = ({ key }: LayerDescription) => path.join(folder, key)
  const has = (description: LayerDescription) =>
    access(path.join(folderOf(description), MARKER)).then(
      () => true,
      () => false,
    )
  const build = async (description: LayerDescription, { onProgress, signal }: WorkOptions) => {
    const temporary = await temporaryFolder(folder)
    try {
      await buildLayer({ description, target: folderOf(description), temporary, archives, onProgress, signal })
    } catch (error) {
      throw hasCode(error, 'ENOSPC', 'EDQUOT')
        ? new PortError('STORAGE_FULL', messageOf(error), { cause: error })
        : error
    } finally {
      await removeTree(temporary)
    }
  }

  return {
    folderOf,
    has,
    ensure: async (description, options) => {
      if (description.impossible !== undefined) throw new PortError('UNSUPPORTED', description.impossible)
      if (await has(description)) return
      await shared(description.key, (joint) => build(description, joint), options)
    },
    markUsed: (description) => markUsed(path.join(folderOf(description), MARKER), clock),
    removeUnused: async (keep) => {
      const removed = await removeUnused(folder, MARKER, clock, keep)
      if (removed > 0) log.info('programs that no workspace used for 30 days are removed', { removed })
      await archives.removeUnused()
    },
  }
}
