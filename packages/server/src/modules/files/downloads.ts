import type { Readable } from 'node:stream'

import { LabError } from '@mllab/contract'

import type { ByteRange } from '../../ports/objects.ts'
import type { Actor, BytesAnswer, ProjectRef } from '../access/access.ts'
import { openArchive } from './archive.ts'
import type { Blobs } from './blobs.ts'
import { answerBytes, nothing, type BytesRequest } from './bytes-answer.ts'
import { filesPolicy as policy } from './files.policy.ts'
import type { FilesStore } from './files.store.ts'
import { downloadHeaders, namesTag } from './http-facts.ts'
import { parseKey, safePath } from './names.ts'
import { rangeInObject, type FrozenRef } from './folders.ts'
import type { StoredEntry, VersionRow, VersionsStore } from './versions.store.ts'

export interface DownloadRequest extends BytesRequest {
  readonly version?: number | undefined
}

/** Where on this machine bytes lie that never change. */
export interface LocalEntry {
  readonly file: string
  readonly start: number
  readonly sizeBytes: number
}

export interface ReadableEntry {
  readonly path: string
  readonly sizeBytes: number
  /** Undefined where the store has no files. */
  local(): Promise<LocalEntry | undefined>
}

/** A version somebody may read: what workloads get for a key. */
export interface ReadableVersion {
  readonly name: string
  readonly version: number
  readonly folder: boolean
  readonly sizeBytes: number
  /** Null for a folder. */
  readonly sha256: string | null
  /** Of a folder: its files by path, behind `after`. */
  entries(after: string | undefined, limit: number): Promise<readonly ReadableEntry[]>
  /** Of a single file: where its bytes lie on this machine, if they do. */
  local(): Promise<LocalEntry | undefined>
  /** The bytes of a single file (`path` is not looked at), or of a file of a folder. */
  open(path: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable>
}

export type Downloads = ReturnType<typeof createDownloads>

const KIND = 'dataset'
const ARCHIVE_PAGE = 500

interface Located {
  /** What it is called when it is saved. */
  readonly name: string
  readonly version: VersionRow
  /** What of a folder was asked for; '' is all. */
  readonly inside: string
}

/** Bytes of versions, for people and for workloads. */
export function createDownloads({
  store,
  versions,
  blobs,
}: {
  store: FilesStore
  versions: VersionsStore
  blobs: Blobs
}) {
  const locate = async (
    actor: Actor,
    project: ProjectRef,
    path: string,
    wanted: number | undefined,
  ): Promise<Located> => {
    const file = await store.byPath(policy.read(actor, project.id), project.id, KIND, safePath(path))
    if (!file) throw new LabError('NOT_FOUND', { what: 'file' })
    const version = await versions.version(file.id, wanted ?? file.last_version)
    if (!version) throw new LabError('NOT_FOUND', { what: 'version' })
    const inside = path.slice(file.name.length + 1)
    if (version.folder === 0 && inside !== '') throw new LabError('NOT_FOUND', { what: 'file' })
    return { name: file.name, version, inside }
  }

  /** The bytes that are a file; undefined if what was asked for is a folder. */
  const entryOf = async ({ version, inside }: Located): Promise<StoredEntry | undefined> => {
    if (version.folder === 1) return inside === '' ? undefined : versions.entry(version.id, inside)
    const blob = version.blob_id === null ? undefined : await versions.blob(version.blob_id)
    if (!blob) throw new Error('a single file without its blob')
    return { path: '', start_byte: 0, size_bytes: version.size_bytes, sha256: version.sha256 ?? '', ...blob }
  }

  const openEntry = (entry: StoredEntry, range: ByteRange | undefined, signal: AbortSignal | undefined) =>
    blobs.open(entry.key, rangeInObject(range, { startByte: entry.start_byte, sizeBytes: entry.size_bytes }), signal)

  const localEntry = async (entry: StoredEntry): Promise<LocalEntry | undefined> => {
    const file = await blobs.localPath(entry.key)
    return file === undefined ? undefined : { file, start: entry.start_byte, sizeBytes: entry.size_bytes }
  }

  const answerFile = (located: Located, entry: StoredEntry, request: DownloadRequest): Promise<BytesAnswer> =>
    answerBytes(
      {
        name: lastPart(located.inside || located.name),
        contentType: located.version.folder === 1 ? null : located.version.content_type,
        sizeBytes: entry.size_bytes,
        sha256: entry.sha256,
        open: (range) => openEntry(entry, range, request.signal),
      },
      request,
    )

  const answerFolder = async (located: Located, request: DownloadRequest): Promise<BytesAnswer> => {
    const { version, inside } = located
    const page = (after: string | undefined) => versions.entries(version.id, inside, ARCHIVE_PAGE, { after })
    if ((await versions.entries(version.id, inside, 1)).length === 0) throw new LabError('NOT_FOUND', { what: 'file' })
    const etag = `W/"${version.id}"`
    const headers = {
      ...downloadHeaders(`${lastPart(inside || located.name)}.zip`, 'application/zip'),
      etag,
      'accept-ranges': 'none',
    }
    if (namesTag(request.ifNoneMatch, etag)) return { status: 304, headers, stream: nothing() }
    const modifiedAt = version.created_at
    const stream =
      request.method === 'HEAD' ? nothing() : openArchive({ page, blobs, modifiedAt, signal: request.signal })
    return { status: 200, headers, stream }
  }

  const answer = async (located: Located, request: DownloadRequest): Promise<BytesAnswer> => {
    const entry = await entryOf(located)
    return entry ? answerFile(located, entry, request) : answerFolder(located, request)
  }

  return {
    /** A file as it is, a folder as zip. `path` is a dataset's name, or goes on below it. */
    download: async (
      actor: Actor,
      project: ProjectRef,
      path: string,
      request: DownloadRequest,
    ): Promise<BytesAnswer> => {
      return answer(await locate(actor, project, path, request.version), request)
    },

    /** The same of a frozen folder, or of what lies at a path in it. The caller has asked the policy. */
    downloadFrozen: async (
      { projectId, id }: FrozenRef,
      { name, path }: { name: string; path: string | undefined },
      request: BytesRequest,
    ): Promise<BytesAnswer> => {
      const version = await versions.versionById(projectId, id)
      if (!version) throw new LabError('NOT_FOUND', { what: 'version' })
      return answer({ name, version, inside: path === undefined ? '' : safePath(path) }, request)
    },

    /** What a key means to a workload: `name@version`, or `name` for the latest. */
    byKey: async (actor: Actor, project: ProjectRef, key: string): Promise<ReadableVersion> => {
      const { path, version: wanted } = parseKey(key)
      const located = await locate(actor, project, path, wanted)
      const { version, name, inside } = located
      if (inside !== '') throw new LabError('NOT_FOUND', { what: 'file' })
      return {
        name,
        version: version.version,
        folder: version.folder === 1,
        sizeBytes: version.size_bytes,
        sha256: version.sha256,
        entries: async (after, limit) =>
          (await versions.entries(version.id, '', limit, { after })).map((entry) => ({
            path: entry.path,
            sizeBytes: entry.size_bytes,
            local: () => localEntry(entry),
          })),
        local: async () => {
          const entry = version.folder === 1 ? undefined : await entryOf(located)
          return entry && localEntry(entry)
        },
        open: async (at, range, signal) => {
          const entry = await entryOf({ ...located, inside: version.folder === 1 ? safePath(at) : '' })
          if (!entry) throw new LabError('NOT_FOUND', { what: 'file' })
          if (entry.size_bytes === 0) return nothing()
          return openEntry(entry, range, signal)
        },
      }
    },
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
