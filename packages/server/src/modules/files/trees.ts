import type { Readable } from 'node:stream'

import { isLabError, LabError } from '@mllab/contract'
import { newId, type Clock } from '@mllab/kernel'

import { ExpectationError, type Database } from '../../ports/database.ts'
import type { Blobs, Received } from './blobs.ts'
import type { FolderEntry, Folders, TreeRef } from './folders.ts'
import { safePath } from './names.ts'
import { stillOpen, type Parts } from './parts.ts'
import { treeId, treeRef, type TreesStore } from './trees.store.ts'
import type { UploadRow, UploadsStore } from './uploads.store.ts'

/** Trees of files that may change, and every folder to be read. As for `Folders`, the caller has asked the policy. */
export interface Trees extends Folders {
  /** Stores or replaces one file. A path cannot be a file and a folder at once: `CONFLICT`. */
  put(
    tree: TreeRef,
    path: string,
    body: Readable,
    options?: { sizeBytes?: number; signal?: AbortSignal },
  ): Promise<FolderEntry>
  /** A file, or a folder with everything in it; '' is the whole tree. */
  remove(tree: TreeRef, path: string): Promise<void>
  /** Removes a tree and all in it for good, in portions. */
  erase(tree: TreeRef): Promise<void>
  /** For clients that send large files in parts (MLflow `mpu/*`): begin → putPart, any order → complete or abort. */
  beginParts(tree: TreeRef, path: string): Promise<{ uploadId: string }>
  /** Where an open upload in parts belongs, for who asks the policy before `putPart`; undefined if there is none. */
  partsTarget(uploadId: string): Promise<{ tree: TreeRef; path: string } | undefined>
  /** `number` counts from 1; the last body of a number counts. */
  putPart(uploadId: string, number: number, body: Readable, sizeBytes: number | undefined): Promise<void>
  completeParts(uploadId: string): Promise<FolderEntry>
  /** Aborting twice, or what is complete, succeeds. */
  abortParts(uploadId: string): Promise<void>
}

export function createTrees({
  db,
  folders,
  store,
  uploads,
  blobs,
  parts,
  clock,
}: {
  db: Database
  folders: Folders
  store: TreesStore
  uploads: UploadsStore
  blobs: Blobs
  parts: Parts
  clock: Clock
}): Trees {
  const openUpload = async (uploadId: string): Promise<{ row: UploadRow; tree: TreeRef }> => {
    const row = await uploads.get({ projects: 'all' }, uploadId)
    if (!row || row.tree_id === null) throw new LabError('NOT_FOUND', { what: 'upload' })
    return { row, tree: treeRef(row.tree_id, row.project_id) }
  }

  /** The batch for `blobs.keep`. */
  const commit =
    (tree: TreeRef, path: string, received: Received, guards: ReturnType<UploadsStore['completeSteps']>) =>
    async (keep: Parameters<Parameters<Blobs['keep']>[2]>[0]) => {
      const steps = [...guards, ...store.putSteps(tree, path, received, keep, clock.now())]
      const results = await refusingClashes(path, () => db.batch(steps))
      const kept = results[steps.indexOf(keep)]
      if (!kept) throw new Error('the batch gave no result for the blob')
      return { kept, value: { path, sizeBytes: received.sizeBytes, sha256: received.sha256 } }
    }

  const completeOpen = async (row: UploadRow, tree: TreeRef): Promise<FolderEntry> => {
    const tags = await uploads.parts(row.id)
    const gap = tags.findIndex((tag, index) => tag.number !== index + 1)
    if (tags.length === 0 || gap >= 0)
      throw new LabError('UPLOAD_INCOMPLETE', { reason: `Part ${Math.max(gap, 0) + 1} is missing.` })
    const key = await parts.join(row, tags)
    const received = { key, ...(await blobs.inspect(key, [])).whole }
    const guards = uploads.completeSteps(row.id, clock.now())
    return stillOpen(() => blobs.keep(tree.projectId, received, commit(tree, row.name, received, guards)))
  }

  return {
    ...folders,

    put: async (tree, path, body, options = {}) => {
      safePath(path)
      const received = await blobs.receive(body, options)
      return blobs.keepOrDiscard(tree.projectId, received, commit(tree, path, received, []))
    },

    remove: async (tree, path) => {
      try {
        await db.batch(store.removeSteps(tree, path === '' ? '' : safePath(path), clock.now()))
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'artifact' }, { cause: error })
        throw error
      }
    },

    erase: (tree) => store.erase(tree, clock.now()),

    beginParts: async (tree, path) => {
      const nowMs = clock.now()
      const row: UploadRow = {
        id: newId(),
        project_id: tree.projectId,
        tree_id: treeId(tree),
        name: safePath(path),
        folder: 0,
        content_type: null,
        size_bytes: 0,
        part_size_bytes: 0,
        entries: 1,
        ...(await parts.begin()),
        sealed: 0,
        status: 'open',
        created_by: null,
        created_at: nowMs,
        touched_at: nowMs,
        kind: 'dataset',
      }
      await db.batch([uploads.beginStep(row)])
      return { uploadId: row.id }
    },

    partsTarget: async (uploadId) => {
      const row = await uploads.get({ projects: 'all' }, uploadId)
      return row && row.tree_id !== null ? { tree: treeRef(row.tree_id, row.project_id), path: row.name } : undefined
    },

    putPart: async (uploadId, number, body, sizeBytes) => {
      const { row } = await openUpload(uploadId)
      await parts.receive(row, number, body, { sizeBytes })
    },

    completeParts: async (uploadId) => {
      const { row, tree } = await openUpload(uploadId)
      try {
        if (row.status === 'open') return await completeOpen(row, tree)
      } catch (error) {
        // Whatever went wrong, another server may have completed it meanwhile.
        if (!(await uploads.isComplete(row.id))) throw error
      }
      const entry = await folders.entry(tree, row.name)
      if (!entry) throw new LabError('NOT_FOUND', { what: 'artifact' })
      return entry
    },

    abortParts: async (uploadId) => {
      const row = await uploads.get({ projects: 'all' }, uploadId)
      if (row?.status !== 'open' || row.tree_id === null) return
      await parts.forget(row).catch((error: unknown) => {
        if (!isLabError(error, 'NOT_FOUND')) throw error
      })
    },
  }
}

async function refusingClashes<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error
    if (error.step === 'path')
      throw new LabError('CONFLICT', { reason: `${path} would be a file and a folder at once.` }, { cause: error })
    if (error.step === 'tree') throw new LabError('NOT_FOUND', { what: 'artifact tree' }, { cause: error })
    throw error
  }
}
