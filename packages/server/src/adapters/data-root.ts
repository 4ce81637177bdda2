import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { messageOf } from '@mllab/kernel'

export interface DataRoot {
  readonly path: string
  close(): void
}

/** The data root cannot be used; the message is a sentence for the person who starts the server. */
export class DataRootError extends Error {
  override readonly name = 'DataRootError'
}

/**
 * Makes the folder and takes it for this process: an open exclusive transaction that the kernel ends with the process, however that
 * ends. A second server is refused at once.
 */
export async function takeDataRoot(folder: string): Promise<DataRoot> {
  try {
    // Only the folder itself is closed: users of workloads may have to find a way through those above it.
    await mkdir(path.dirname(folder), { recursive: true })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new DataRootError(
      `The data root ${folder} cannot be written (${messageOf(error)}): choose another one with LAB_DATA_ROOT, or correct its permissions.`,
      { cause: error },
    )
  }
  const lock = new DatabaseSync(path.join(folder, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    throw new DataRootError(
      `Another server uses the data root ${folder}: stop it first, or choose another folder with LAB_DATA_ROOT.`,
      { cause: error },
    )
  }
  return { path: folder, close: () => lock.close() }
}
