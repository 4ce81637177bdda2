import type { Readable } from 'node:stream'

import { LabError } from '@mllab/contract'

import type { ByteRange, ObjectKey } from '../../ports/objects.ts'
import type { Actor, BytesAnswer, ProjectRef } from '../access/access.ts'
import { openArchive } from './archive.ts'
import type { Blobs } from './blobs.ts'
import { answerBytes, nothing, type BytesRequest } from './bytes-answer.ts'
import { filesPolicy as policy } from './files.policy.ts'
import type { FilesStore } from './files.store.ts'
import { downloadHeaders, namesTag } from './http-facts.ts'
import { parseKey, safePath } from './names.ts'
import type { EntryRow, VersionRow, VersionsStore } from './versions.store.ts'

export interface DownloadRequest extends BytesRequest {
  readonly version?: number | undefined
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
  entries(after: string | undefined, limit: number): Promise<readonly { path: string; sizeBytes: number }[]>
  /** The bytes of a single file (`path` is not looked at), or of a file of a folder. */
  open(path: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable>
}

export type Downloads = ReturnType<typeof createDownloads>

const KIND = 'dataset'
const ARCHIVE_PAGE = 500

interface Located {
  readonly name: string
  readonly version: VersionRow
  readonly key: ObjectKey
  readonly crc32: number
  /** What of a folder was asked for; '' is all. */
  readonly inside: string
}

/** Bytes of datasets, for people and for workloads. */
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
    const blob = await versions.blob(version.blob_id)
    if (!blob) throw new Error('a version without its blob')
    return { name: file.name, version, inside, ...blob }
  }

  /** The bytes of the object that are a file; undefined if what was asked for is a folder. */
  const entryOf = async ({ version, inside, crc32 }: Located): Promise<EntryRow | undefined> => {
    if (version.folder === 1) return inside === '' ? undefined : versions.entry(version.id, inside)
    return { path: '', start_byte: 0, size_bytes: version.size_bytes, sha256: version.sha256 ?? '', crc32 }
  }

  const answerFile = (located: Located, entry: EntryRow, request: DownloadRequest): Promise<BytesAnswer> =>
    answerBytes(
      {
        name: lastPart(located.inside || located.name),
        contentType: located.version.folder === 1 ? null : located.version.content_type,
        sizeBytes: entry.size_bytes,
        sha256: entry.sha256,
        open: (range) => blobs.open(located.key, shifted(range, entry), request.signal),
      },
      request,
    )

  const answerFolder = async (located: Located, request: DownloadRequest): Promise<BytesAnswer> => {
    const { version, inside, key } = located
    const page = (after: string | undefined) => versions.entries(version.id, inside, ARCHIVE_PAGE, after)
    if ((await versions.entries(version.id, inside, 1, undefined)).length === 0)
      throw new LabError('NOT_FOUND', { what: 'file' })
    const etag = `W/"${version.id}"`
    const headers = {
      ...downloadHeaders(`${lastPart(inside || located.name)}.zip`, 'application/zip'),
      etag,
      'accept-ranges': 'none',
    }
    if (namesTag(request.ifNoneMatch, etag)) return { status: 304, headers, stream: nothing() }
    const modifiedAt = version.created_at
    const stream =
      request.method === 'HEAD' ? nothing() : openArchive({ page, key, blobs, modifiedAt, signal: request.signal })
    return { status: 200, headers, stream }
  }

  return {
    /** A file as it is, a folder as zip. `path` is a dataset's name, or goes on below it. */
    download: async (
      actor: Actor,
      project: ProjectRef,
      path: string,
      request: DownloadRequest,
    ): Promise<BytesAnswer> => {
      const located = await locate(actor, project, path, request.version)
      const entry = await entryOf(located)
      return entry ? answerFile(located, entry, request) : answerFolder(located, request)
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
          (await versions.entries(version.id, '', limit, after)).map((entry) => ({
            path: entry.path,
            sizeBytes: entry.size_bytes,
          })),
        open: async (at, range, signal) => {
          const entry = await entryOf({ ...located, inside: version.folder === 1 ? safePath(at) : '' })
          if (!entry) throw new LabError('NOT_FOUND', { what: 'file' })
          if (entry.size_bytes === 0) return nothing()
          return blobs.open(located.key, shifted(range ?? { start: 0 }, entry), signal)
        },
      }
    },
  }
}

/** A range of an entry as a range of the object it lies in. */
function shifted({ start, end }: ByteRange, entry: EntryRow): ByteRange {
  const last = Math.min(end ?? entry.size_bytes - 1, entry.size_bytes - 1)
  return { start: entry.start_byte + start, end: entry.start_byte + last }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
