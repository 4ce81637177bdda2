import { isLabError } from '@mllab/contract'
import type { Clock, Log, Scope } from '@mllab/kernel'

import type { Rounds } from '../../core/rounds.ts'
import type { Database } from '../../ports/database.ts'
import type { Blobs } from './blobs.ts'
import type { FilesStore } from './files.store.ts'
import type { Parts } from './parts.ts'
import type { TreesStore } from './trees.store.ts'
import type { UploadRow, UploadsStore } from './uploads.store.ts'
import type { VersionsStore } from './versions.store.ts'

/** An upload nobody has sent a part of for so long was given up. */
export const UPLOAD_MS = 7 * 24 * 3600_000

const SWEEP_EVERY_MS = 10 * 60_000
const SWEEP_OBJECTS_EVERY_MS = 24 * 3600_000
const PAGE = 100

export type Sweeps = ReturnType<typeof createSweeps>

/** What goes by itself, and how a project goes. Every step is safe beside a second server that does the same, and can be repeated. */
export function createSweeps({
  db,
  files,
  versions,
  uploads,
  trees,
  blobs,
  parts,
  rounds,
  keepDeletedMs,
  clock,
  log,
}: {
  db: Database
  files: FilesStore
  versions: VersionsStore
  uploads: UploadsStore
  trees: TreesStore
  blobs: Blobs
  parts: Parts
  rounds: Rounds
  keepDeletedMs: number
  clock: Clock
  log: Log
}) {
  const forgetUploads = async (which: Parameters<UploadsStore['abandoned']>[0], signal?: AbortSignal) => {
    for (;;) {
      signal?.throwIfAborted()
      const rows = await uploads.abandoned(which, PAGE)
      for (const row of rows) await forgetUpload(row)
      if (rows.length < PAGE) break
    }
    await uploads.forgetComplete(which)
  }

  const forgetUpload = async (row: UploadRow) => {
    try {
      await parts.forget(row)
    } catch (error) {
      if (!isLabError(error, 'NOT_FOUND')) throw error // completed or forgotten at this moment
    }
    if (row.tree_id === null && row.folder === 1) await versions.removeUnseenEntries(row.id, clock.now())
  }

  const eraseFiles = async (which: Parameters<FilesStore['gone']>[0], signal?: AbortSignal) => {
    for (;;) {
      const ids = await files.gone(which, PAGE)
      for (const id of ids) {
        signal?.throwIfAborted()
        // Nothing can bring it back any more, so it may go in portions.
        for (const versionId of await versions.folderVersions(id)) await versions.removeEntries(versionId, clock.now())
        await db.batch(files.eraseSteps(id, clock.now()))
      }
      if (ids.length < PAGE) return
    }
  }

  /** Given-up uploads, datasets and models that were deleted long enough ago, bytes nothing has referred to for a day. */
  const sweep = async (signal?: AbortSignal): Promise<void> => {
    await forgetUploads({ untouchedSinceMs: clock.now() - UPLOAD_MS }, signal)
    await eraseFiles({ deletedBeforeMs: clock.now() - keepDeletedMs }, signal)
    const removed = await blobs.sweepDead(signal)
    if (removed > 0) log.info('removed bytes nothing referred to', { objects: removed })
  }

  /** Objects without a row: a look at the whole store. */
  const sweepObjects = async (signal?: AbortSignal): Promise<void> => {
    const removed = await blobs.sweepUnknown(signal)
    if (removed > 0) log.info('removed objects no row knew', { objects: removed })
  }

  return {
    sweep,
    sweepObjects,

    /** Everything of a project that is deleted, its bytes at once. May be begun again after a crash. */
    purgeProject: async (projectId: string, signal?: AbortSignal): Promise<void> => {
      await forgetUploads({ projectId }, signal)
      await trees.purge(projectId, clock.now())
      await eraseFiles({ projectId }, signal)
      await files.eraseSpace(projectId)
      await blobs.purge(projectId, signal)
    },

    start: (scope: Scope): void => {
      rounds.every(scope, { name: 'files', everyMs: SWEEP_EVERY_MS }, sweep)
      rounds.every(scope, { name: 'objects', everyMs: SWEEP_OBJECTS_EVERY_MS }, sweepObjects)
    },
  }
}
