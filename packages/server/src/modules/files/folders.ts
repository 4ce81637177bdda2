import type { Readable } from 'node:stream'

import { LabError } from '@mllab/contract'

import type { ByteRange, ObjectKey } from '../../ports/objects.ts'
import type { Blobs } from './blobs.ts'
import { nothing } from './bytes-answer.ts'
import { safePath, type PageStart } from './names.ts'
import type { TreesStore } from './trees.store.ts'
import type { StoredEntry, VersionsStore } from './versions.store.ts'

/** Files that may still change, of a run or a logged model; frozen when they are registered. */
export interface TreeRef {
  readonly projectId: string
  readonly kind: 'run' | 'logged-model'
  readonly id: string
}

/** Files that never change: a version, by its id. */
export interface FrozenRef {
  readonly projectId: string
  readonly kind: 'version'
  readonly id: string
}

export type FolderRef = TreeRef | FrozenRef

export interface FolderEntry {
  readonly path: string
  readonly sizeBytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

export interface FolderChild {
  readonly path: string
  readonly folder: boolean
  /** Null for a folder. */
  readonly sizeBytes: number | null
}

/**
 * Reads folders, those that change and those that do not. The caller has asked the policy; here they are only kept apart from other projects'.
 * A path that is not safe (`isSafeRelativePath`) fails with `INVALID_INPUT`, one that is not there with `NOT_FOUND`.
 */
export interface Folders {
  entry(folder: FolderRef, path: string): Promise<FolderEntry | undefined>
  /** Direct children of a path ('' is the root), folders and files, by name. */
  list(folder: FolderRef, path: string): Promise<readonly FolderChild[]>
  /** Everything below a path, in pages by path. */
  walk(folder: FolderRef, path: string, options: { after?: string; limit: number }): Promise<readonly FolderEntry[]>
  /** `range` counts bytes from 0; `end` is inclusive. The stream fails if the bytes end early. */
  open(
    folder: FolderRef,
    path: string,
    range?: { start: number; end?: number },
  ): Promise<{ entry: FolderEntry; stream: Readable }>
  usage(folder: FolderRef): Promise<{ files: number; sizeBytes: number }>
}

/** Where the bytes of an entry lie. */
interface Located extends FolderEntry {
  readonly key: ObjectKey
  /** Undefined if the object is nothing but these bytes. */
  readonly startByte?: number
}

const LIST_PAGE = 200

export function createFolders({
  trees,
  versions,
  blobs,
}: {
  trees: TreesStore
  versions: VersionsStore
  blobs: Blobs
}): Folders {
  const version = ({ projectId, id }: FrozenRef) => versions.versionById(projectId, id)

  const locate = async (folder: FolderRef, path: string): Promise<Located | undefined> => {
    if (folder.kind !== 'version') return trees.entry(folder, safePath(path))
    const entry = (await version(folder)) && (await versions.entry(folder.id, safePath(path)))
    return entry && { ...presentEntry(entry), key: entry.key, startByte: entry.start_byte }
  }

  const entries = async (folder: FolderRef, path: string, limit: number, start: PageStart): Promise<FolderEntry[]> => {
    if (folder.kind !== 'version') return trees.entries(folder, path, limit, start)
    return (await version(folder)) ? (await versions.entries(folder.id, path, limit, start)).map(presentEntry) : []
  }

  return {
    entry: async (folder, path) => {
      const located = await locate(folder, path)
      return located && withoutPlace(located)
    },

    list: async (folder, path) => {
      const prefix = path === '' ? '' : `${safePath(path)}/`
      const children: FolderChild[] = []
      let start: PageStart = {}
      for (;;) {
        const page = await entries(folder, path, LIST_PAGE, start)
        for (const entry of page) addChild(children, prefix, entry)
        const last = children.at(-1)
        if (page.length < LIST_PAGE || !last) return children
        // A folder may hold thousands: go on behind it, where `0` follows `/`.
        start = last.folder ? { at: `${last.path}0` } : { after: last.path }
      }
    },

    walk: (folder, path, { after, limit }) => entries(folder, path === '' ? '' : safePath(path), limit, { after }),

    open: async (folder, path, range) => {
      const located = await locate(folder, path)
      if (!located) throw new LabError('NOT_FOUND', { what: 'artifact' })
      const { key, startByte, sizeBytes } = located
      const inObject = startByte === undefined ? range : rangeInObject(range, { startByte, sizeBytes })
      return {
        entry: withoutPlace(located),
        stream: startByte !== undefined && sizeBytes === 0 ? nothing() : await blobs.open(key, inObject),
      }
    },

    usage: async (folder) => {
      if (folder.kind !== 'version') return trees.usage(folder)
      const row = await version(folder)
      return { files: row?.entries ?? 0, sizeBytes: row?.size_bytes ?? 0 }
    },
  }
}

/** A range of an entry that is not empty as a range of the object it lies in. */
export function rangeInObject(
  range: ByteRange | undefined,
  { startByte, sizeBytes }: { startByte: number; sizeBytes: number },
): ByteRange {
  const last = Math.min(range?.end ?? sizeBytes - 1, sizeBytes - 1)
  return { start: startByte + (range?.start ?? 0), end: startByte + last }
}

export function presentEntry(row: Pick<StoredEntry, 'path' | 'size_bytes' | 'sha256'>): FolderEntry {
  return { path: row.path, sizeBytes: row.size_bytes, sha256: row.sha256 }
}

function addChild(children: FolderChild[], prefix: string, entry: FolderEntry): void {
  const slash = entry.path.indexOf('/', prefix.length)
  if (slash < 0) children.push({ path: entry.path, folder: false, sizeBytes: entry.sizeBytes })
  else {
    const path = entry.path.slice(0, slash)
    if (children.at(-1)?.path !== path) children.push({ path, folder: true, sizeBytes: null })
  }
}

function withoutPlace({ path, sizeBytes, sha256 }: FolderEntry): FolderEntry {
  return { path, sizeBytes, sha256 }
}
