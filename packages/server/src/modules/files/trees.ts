import type { Readable } from 'node:stream'

import { isLabError, LabError } from '@mllab/contract'
import { newId, type Clock } from '@mllab/kernel'

import { ExpectationError, type Database } from '../../ports/database.ts'
import type { Blobs, Received } from './blobs.ts'
import { safePath } from './names.ts'
import { stillOpen, type Parts } from './parts.ts'
import { treeId, treeRef, type PageStart, type TreesStore } from './trees.store.ts'
import type { UploadRow, UploadsStore } from './uploads.store.ts'

/** Files that may still change, of a run or a logged model; frozen when they are registered. */
export interface TreeRef {
  readonly projectId: string
  readonly kind: 'run' | 'logged-model'
  readonly id: string
}

export interface TreeEntry {
  readonly path: string
  readonly sizeBytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

export interface TreeChild {
  readonly path: string
  readonly folder: boolean
  /** Null for a folder. */
  readonly sizeBytes: number | null
}

/**
 * Mutable trees of files. The caller has asked the policy; here a tree is only kept apart from other projects' trees.
 * A path that is not safe (`isSafeRelativePath`) fails with `INVALID_INPUT`, one that is not there with `NOT_FOUND`.
 */
export interface Trees {
  /** Stores or replaces one file. A path cannot be a file and a folder at once: `CONFLICT`. */
  put(
    tree: TreeRef,
    path: string,
    body: Readable,
    options?: { sizeBytes?: number; signal?: AbortSignal },
  ): Promise<TreeEntry>
  entry(tree: TreeRef, path: string): Promise<TreeEntry | undefined>
  /** Direct children of a folder ('' is the root), folders and files, by name. */
  list(tree: TreeRef, folder: string): Promise<readonly TreeChild[]>
  /** Everything below a folder, in pages by path. */
  walk(tree: TreeRef, folder: string, options: { after?: string; limit: number }): Promise<readonly TreeEntry[]>
  /** `range` counts bytes from 0; `end` is inclusive. The stream fails if the bytes end early. */
  open(
    tree: TreeRef,
    path: string,
    range?: { start: number; end?: number },
  ): Promise<{ entry: TreeEntry; stream: Readable }>
  /** A file, or a folder with everything in it; '' is the whole tree. */
  remove(tree: TreeRef, path: string): Promise<void>
  usage(tree: TreeRef): Promise<{ files: number; sizeBytes: number }>
  /** For clients that send large files in parts (MLflow `mpu/*`): begin → putPart, any order → complete or abort. */
  beginParts(tree: TreeRef, path: string): Promise<{ uploadId: string }>
  /** Where an open upload in parts belongs, for who asks the policy before `putPart`; undefined if there is none. */
  partsTarget(uploadId: string): Promise<{ tree: TreeRef; path: string } | undefined>
  /** `number` counts from 1; the last body of a number counts. */
  putPart(uploadId: string, number: number, body: Readable, sizeBytes: number | undefined): Promise<void>
  completeParts(uploadId: string): Promise<TreeEntry>
  /** Aborting twice, or what is complete, succeeds. */
  abortParts(uploadId: string): Promise<void>
}

const LIST_PAGE = 200

export function createTrees({
  db,
  store,
  uploads,
  blobs,
  parts,
  clock,
}: {
  db: Database
  store: TreesStore
  uploads: UploadsStore
  blobs: Blobs
  parts: Parts
  clock: Clock
}): Trees {
  const known = async (tree: TreeRef, path: string) => {
    const entry = await store.entry(tree, safePath(path))
    if (!entry) throw new LabError('NOT_FOUND', { what: 'artifact' })
    return entry
  }

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

  const completeOpen = async (row: UploadRow, tree: TreeRef): Promise<TreeEntry> => {
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
    put: async (tree, path, body, options = {}) => {
      safePath(path)
      const received = await blobs.receive(body, options)
      return blobs.keepOrDiscard(tree.projectId, received, commit(tree, path, received, []))
    },

    entry: async (tree, path) => {
      const entry = await store.entry(tree, safePath(path))
      return entry && withoutKey(entry)
    },

    list: async (tree, folder) => {
      const prefix = folder === '' ? '' : `${safePath(folder)}/`
      const children: TreeChild[] = []
      let start: PageStart = {}
      for (;;) {
        const page = await store.entries(tree, folder, LIST_PAGE, start)
        for (const entry of page) addChild(children, prefix, entry)
        const last = children.at(-1)
        if (page.length < LIST_PAGE || !last) return children
        // A folder may hold thousands: go on behind it, where `0` follows `/`.
        start = last.folder ? { at: `${last.path}0` } : { after: last.path }
      }
    },

    walk: (tree, folder, { after, limit }) =>
      store.entries(tree, folder === '' ? '' : safePath(folder), limit, { after }),

    open: async (tree, path, range) => {
      const entry = await known(tree, path)
      return { entry: withoutKey(entry), stream: await blobs.open(entry.key, range) }
    },

    remove: async (tree, path) => {
      try {
        await db.batch(store.removeSteps(tree, path === '' ? '' : safePath(path), clock.now()))
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'artifact' }, { cause: error })
        throw error
      }
    },

    usage: (tree) => store.usage(tree),

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
      return withoutKey(await known(tree, row.name))
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

function addChild(children: TreeChild[], prefix: string, entry: TreeEntry): void {
  const slash = entry.path.indexOf('/', prefix.length)
  if (slash < 0) children.push({ path: entry.path, folder: false, sizeBytes: entry.sizeBytes })
  else {
    const path = entry.path.slice(0, slash)
    if (children.at(-1)?.path !== path) children.push({ path, folder: true, sizeBytes: null })
  }
}

function withoutKey({ path, sizeBytes, sha256 }: TreeEntry): TreeEntry {
  return { path, sizeBytes, sha256 }
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
