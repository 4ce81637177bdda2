import { rm, stat, writeFile } from 'node:fs/promises'

import { isPortError, messageOf, type Clock, type Log } from '@mllab/kernel'

import type { ObjectKey, ObjectStore } from '../../../ports/objects.ts'
import { mapConcurrent } from '../concurrent.ts'
import { onDisk } from './errors.ts'
import { openLayout, type Layout } from './layout.ts'
import { listObjects } from './listing.ts'
import { createParts } from './parts.ts'
import { openForReading } from './read.ts'
import { sweepLeftovers } from './sweep.ts'
import { publishStaged, stageBody } from './write.ts'

export interface FilesystemObjectsOptions {
  /** Made if it does not exist. Must be one file system throughout, and nobody else's. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  /** Asked before bytes are taken. */
  readonly space?: { require(): void }
}

/**
 * Objects as files `ab/cd/<key>`: written aside, synced, renamed, the folder synced. Sweeps old leftovers of crashes while it opens.
 * Fails with `PortError` if the folder cannot be made or written.
 */
export async function openFilesystemObjects(options: FilesystemObjectsOptions): Promise<ObjectStore> {
  const layout = await onDisk(openLayout(options.folder))
  const swept = await onDisk(sweepLeftovers(layout, options.clock))
  if (swept > 0) options.log.info('Removed what unfinished writes had left', { entries: swept })

  const head = (key: ObjectKey) => describeObject(layout, key)

  return {
    kind: 'filesystem',
    capabilities: { minPartSizeBytes: 1 },
    head,
    ...createParts(layout, head, options.space),

    async put(key, body, putOptions = {}) {
      layout.object(key) // refuses what is no key before the body is read
      options.space?.require()
      const staged = await stageBody(layout, body, putOptions)
      await publishStaged(layout, staged, key)
      return { key, sizeBytes: staged.sizeBytes }
    },

    get: async (key, getOptions = {}) => await onDisk(openForReading(layout.object(key), getOptions)),

    async delete(keys) {
      await onDisk(mapConcurrent(keys, 16, (key) => rm(layout.object(key), { force: true })).then(() => undefined))
    },

    list: (page) => onDisk(listObjects(layout, page)),

    localPath: async (key) => ((await head(key)) ? layout.object(key) : undefined),

    health: () => checkWritable(layout),

    close: () => Promise.resolve(),
  }
}

async function describeObject(layout: Layout, key: ObjectKey) {
  try {
    return { key, sizeBytes: (await onDisk(stat(layout.object(key)))).size }
  } catch (error) {
    if (isPortError(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

/** Writes and removes a small file: that finds a full disk, a disk that went read-only, and lost permissions alike. */
async function checkWritable(layout: Layout): Promise<{ ok: boolean; detail: string }> {
  const probe = layout.newStagingPath()
  try {
    await onDisk(writeFile(probe, 'x'.repeat(4096)))
    await onDisk(rm(probe))
    return { ok: true, detail: 'writable' }
  } catch (error) {
    await rm(probe, { force: true }).catch(() => undefined) // what is wrong is known already
    return {
      ok: false,
      detail: isPortError(error, 'NOT_FOUND') ? `The folder ${layout.root} is gone` : messageOf(error),
    }
  }
}
