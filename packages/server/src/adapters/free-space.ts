import { statfs } from 'node:fs/promises'

import { createScope, messageOf, PortError, type Log } from '@mllab/kernel'

/** Keeps what users bring from filling the disk to the last byte, so that deleting, which writes too, goes on working. */
export interface FreeSpace {
  /** Throws `STORAGE_FULL` when less than the floor is free. Cheap: from the last look. */
  require(): void
  health(): Promise<{ ok: boolean; detail: string }>
  close(): Promise<void>
}

const LOOK_MS = 5000

/** Looks at the file system of a folder every five seconds. */
export async function watchFreeSpace(options: {
  readonly folder: string
  readonly floorBytes: number
  readonly log: Log
}): Promise<FreeSpace> {
  const { folder, floorBytes, log } = options
  const scope = createScope()
  let freeBytes = Number.POSITIVE_INFINITY
  let wasLow = false

  const look = async () => {
    try {
      const { bavail, bsize } = await statfs(folder)
      freeBytes = bavail * bsize
    } catch (error) {
      log.warn('the free space of the disk is not known', { folder, error: messageOf(error) })
    }
    if (isLow() !== wasLow) {
      wasLow = isLow()
      if (wasLow)
        log.error('the disk is nearly full: uploads and metrics are refused', { folder, freeBytes, floorBytes })
      else log.info('the disk has room again', { folder, freeBytes })
    }
  }
  const isLow = () => freeBytes < floorBytes
  const said = () => `${megabytes(freeBytes)} free in ${folder}, ${megabytes(floorBytes)} are kept (LAB_FREE_SPACE_MB)`

  await look()
  scope.every(LOOK_MS, () => void look())
  return {
    require: () => {
      if (isLow()) throw new PortError('STORAGE_FULL', `The disk is nearly full: ${said()}`)
    },
    health: async () => {
      await look()
      return { ok: !isLow(), detail: said() }
    },
    close: () => scope.close(),
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MB`
}
