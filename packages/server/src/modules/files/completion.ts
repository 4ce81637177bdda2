import { LabError, type FileVersion } from '@mllab/contract'
import { crashPoint, type Clock } from '@mllab/kernel'

import type { Database } from '../../ports/database.ts'
import type { ObjectKey } from '../../ports/objects.ts'
import type { Access } from '../access/access.ts'
import type { Blobs, Received } from './blobs.ts'
import type { ContentDigest, Digested } from './digests.ts'
import type { FileKind } from './files.store.ts'
import type { FrozenStore } from './frozen.store.ts'
import { publishModel, type ModelRegistry } from './model-uploads.ts'
import { requireDistinctPaths } from './names.ts'
import { stillOpen, type Parts } from './parts.ts'
import { presentVersion } from './present.ts'
import type { Publish } from './publish.ts'
import type { DeclaredEntry, UploadRow, UploadsStore } from './uploads.store.ts'
import type { EntryRow, VersionsStore } from './versions.store.ts'

export type Completion = ReturnType<typeof createCompletion>

/** Who watches a completion, and may stop it until the version is made. */
export interface Progress {
  step(name: string): Promise<void>
  /** Bytes that were checked. */
  bytes(done: number): void
  readonly signal: AbortSignal
}

const [JOIN, CHECK, PUBLISH] = ['Join the parts', 'Check the bytes', 'Make the version'] as const
export const completionSteps: readonly string[] = [JOIN, CHECK, PUBLISH]

const unwatched: Progress = {
  step: () => Promise.resolve(),
  bytes: () => undefined,
  signal: new AbortController().signal,
}

/**
 * From parts to a version: joined, read once more and verified, its entries stored, published. The version has the upload's id, so every
 * step may be done again after a crash, or by two servers at once; one of them publishes.
 */
export function createCompletion({
  db,
  store,
  versions,
  blobs,
  parts,
  publish,
  frozen,
  registry,
  clock,
  access,
}: {
  db: Database
  store: UploadsStore
  versions: VersionsStore
  blobs: Blobs
  parts: Parts
  publish: Publish
  frozen: FrozenStore
  registry: ModelRegistry
  clock: Clock
  access: Access
}) {
  /** Fails with `UPLOAD_INCOMPLETE` unless all parts are here. */
  const partsOfAll = async (row: UploadRow) => {
    const tags = await store.parts(row.id)
    requireAllParts(row, new Set(tags.map((tag) => tag.number)))
    return tags
  }

  const makeVersion = async (row: UploadRow, { step, bytes, signal }: Progress): Promise<void> => {
    await stillOpen(() => db.batch([store.sealStep(row, clock.now())]))
    crashPoint('upload/sealed')
    const tags = await partsOfAll(row)
    const declared = await store.entries(row.id)
    if (row.folder === 1) requireDistinctPaths(declared.map((entry) => entry.path))

    await step(JOIN)
    const key = await parts.join(row, tags)
    crashPoint('upload/joined')
    await step(CHECK)
    const { whole, pieces } = await digest(row, key, declared, { signal, onBytes: bytes })
    const wrong = mismatch(row, whole, declared, pieces)
    if (wrong) throw new LabError('CHECKSUM_MISMATCH', wrong)
    await step(PUBLISH)
    if (row.folder === 1) await versions.addEntries(row.id, entriesOf(declared, pieces))
    signal.throwIfAborted()
    crashPoint('upload/entries-stored')
    await commit(row, { key, ...whole })
    crashPoint('upload/published')
  }

  /** A single file is its only piece, and is not digested twice. */
  const digest = async (
    row: UploadRow,
    key: ObjectKey,
    declared: readonly DeclaredEntry[],
    watch: Parameters<Blobs['inspect']>[2],
  ): Promise<Digested> => {
    const lengths = row.folder === 1 ? declared.map((entry) => entry.sizeBytes) : []
    const { whole, pieces } = await blobs.inspect(key, lengths, watch)
    return { whole, pieces: row.folder === 1 ? pieces : [whole] }
  }

  const commit = async (row: UploadRow, received: Received): Promise<void> => {
    const guards = store.completeSteps(row.id, clock.now())
    if (row.kind === 'model') return stillOpen(() => publishModel({ blobs, frozen, registry }, row, received, guards))
    const version = {
      id: row.id,
      projectId: row.project_id,
      kind: 'dataset',
      name: row.name,
      folder: row.folder === 1,
      sizeBytes: row.size_bytes,
      entries: row.entries,
      sha256: row.folder === 1 ? null : received.sha256,
      contentType: row.content_type,
      createdBy: row.created_by ?? '',
    } as const
    await stillOpen(() =>
      blobs.keep(row.project_id, received, (keep) => publish.version(version, received, keep, guards)),
    )
  }

  /** The version an upload became. Fails with `NOT_FOUND` if its dataset is deleted. */
  const versionOf = async (row: UploadRow): Promise<FileVersion> => {
    const version = await versions.versionById(row.project_id, row.id)
    if (!version) throw new LabError('NOT_FOUND', { what: 'upload' })
    const key = keyOf(version.kind, version.name, version.version)
    return { ...presentVersion(version.name, version, await access.people([version.created_by])), key }
  }

  return {
    versionOf,
    requireParts: async (row: UploadRow): Promise<void> => void (await partsOfAll(row)),

    complete: async (row: UploadRow, progress: Progress = unwatched): Promise<FileVersion> => {
      try {
        await makeVersion(row, progress)
      } catch (error) {
        // Whatever went wrong, another server may have completed it meanwhile.
        if (!(await store.isComplete(row.id))) throw error
      }
      return versionOf(row)
    },
  }
}

/** How workloads refer to a version. */
function keyOf(kind: FileKind, name: string, version: number): string {
  return kind === 'model' ? `models:/${name}/${version}` : `${name}@${version}`
}

export function partsOf(row: UploadRow): number {
  return Math.ceil(row.size_bytes / row.part_size_bytes)
}

export function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

function requireAllParts(row: UploadRow, here: ReadonlySet<number>): void {
  const missing = numbersTo(partsOf(row)).filter((number) => !here.has(number))
  if (missing.length === 0) return
  const shown = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '')
  throw new LabError('UPLOAD_INCOMPLETE', { reason: `${missing.length} parts are missing: ${shown}.` })
}

function mismatch(
  row: UploadRow,
  whole: ContentDigest,
  declared: readonly DeclaredEntry[],
  pieces: readonly ContentDigest[],
): { expected: string; actual: string } | undefined {
  if (whole.sizeBytes !== row.size_bytes)
    return { expected: `${row.size_bytes} bytes`, actual: `${whole.sizeBytes} bytes` }
  const index = declared.findIndex(({ sha256 }, at) => sha256 !== undefined && sha256 !== pieces[at]?.sha256)
  const wrong = declared[index]
  return wrong && { expected: `${wrong.sha256} for ${wrong.path}`, actual: pieces[index]?.sha256 ?? 'nothing' }
}

function entriesOf(declared: readonly DeclaredEntry[], pieces: readonly ContentDigest[]): EntryRow[] {
  let start = 0
  return declared.map((entry, index) => {
    const piece = pieces[index]
    if (!piece) throw new Error('the bytes of an entry are missing')
    const row = {
      path: entry.path,
      start_byte: start,
      size_bytes: entry.sizeBytes,
      sha256: piece.sha256,
      crc32: piece.crc32,
    }
    start += entry.sizeBytes
    return row
  })
}
