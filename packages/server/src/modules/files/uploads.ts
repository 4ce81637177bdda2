import type { Readable } from 'node:stream'

import { isLabError, LabError, type FileVersion, type Operation, type Upload } from '@mllab/contract'
import { isoTime, newId, type Clock } from '@mllab/kernel'

import type { Operations } from '../../core/operations.ts'
import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { ExpectationError } from '../../ports/database.ts'
import type { Accepted, Access, Actor, ProjectRef } from '../access/access.ts'
import type { BodyOptions } from './blobs.ts'
import { numbersTo, partsOf, type Completion, type Progress } from './completion.ts'
import { filesPolicy as policy } from './files.policy.ts'
import type { FileKind } from './files.store.ts'
import { createLongCompletion, isLong } from './long-completion.ts'
import type { ModelRegistry } from './model-uploads.ts'
import { datasetName, requireDistinctPaths, safePath } from './names.ts'
import type { Parts } from './parts.ts'
import { personOf } from './present.ts'
import type { Publish } from './publish.ts'
import type { DeclaredEntry, UploadRow, UploadsStore } from './uploads.store.ts'
import type { VersionsStore } from './versions.store.ts'

export interface NewUpload {
  readonly kind?: FileKind | undefined
  readonly name: string
  readonly folder: boolean
  readonly contentType?: string | undefined
  readonly entries: readonly DeclaredEntry[]
}

export type Uploads = ReturnType<typeof createUploads>

const MIB = 1024 * 1024
const PART_BYTES = 8 * MIB
const MAX_PARTS = 10_000
const MAX_ENTRIES = 100_000
/** What S3 takes as one object. */
const MAX_BYTES = 5 * 1024 ** 4

/**
 * Uploads of datasets and models: one stream of bytes, the files one after the other, cut into parts of one size. Parts come in any order; when all
 * are here, the bytes are read once more to verify them, and become a version.
 */
export function createUploads({
  store,
  versions,
  parts,
  completion,
  publish,
  registry,
  operations,
  minPartBytes,
  clock,
  access,
  outbox,
}: {
  store: UploadsStore
  versions: VersionsStore
  parts: Parts
  completion: Completion
  publish: Publish
  registry: ModelRegistry
  operations: Operations
  minPartBytes: number
  clock: Clock
  access: Access
  outbox: Outbox
}) {
  const completing = new Map<string, Promise<FileVersion>>()
  const partBytesFor = (sizeBytes: number) =>
    Math.max(PART_BYTES, minPartBytes, Math.ceil(sizeBytes / MAX_PARTS / MIB) * MIB)

  const find = async (actor: Actor, project: ProjectRef, id: string): Promise<UploadRow> => {
    const row = await store.get(policy.write(actor, project.id), id)
    if (!row || row.project_id !== project.id || row.tree_id !== null)
      throw new LabError('NOT_FOUND', { what: 'upload' })
    return row
  }

  const presentAll = async (rows: readonly UploadRow[]): Promise<Upload[]> => {
    const received = await store.received(rows.map((row) => row.id))
    const people = await access.people(rows.map((row) => row.created_by))
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      name: row.name,
      folder: row.folder === 1,
      entries: row.entries,
      sizeBytes: row.size_bytes,
      partSizeBytes: row.part_size_bytes,
      parts: partsOf(row),
      received: row.status === 'open' ? (received.get(row.id) ?? []) : numbersTo(partsOf(row)),
      createdAt: isoTime(row.created_at),
      createdBy: personOf(row.created_by, people),
    }))
  }

  const presentOne = async (row: UploadRow): Promise<Upload> => {
    const [upload] = await presentAll([row])
    if (!upload) throw new Error('one row presents as one upload')
    return upload
  }

  const changed = (type: NewEvent['type'], row: UploadRow, actorId: string): NewEvent => ({
    type,
    projectId: row.project_id,
    subject: { kind: 'upload', id: row.id },
    actorId,
    payload: { name: row.name },
  })

  const forget = async (row: UploadRow, actorId: string): Promise<void> => {
    await parts.forget(row, [changed('upload.aborted', row, actorId)])
    await versions.removeUnseenEntries(row.id, clock.now())
  }

  /** Throws bytes away that are not the declared ones: they would never be. */
  const complete = async (row: UploadRow, actorId: string, progress?: Progress): Promise<FileVersion> => {
    try {
      return await completion.complete(row, progress)
    } catch (error) {
      if (isLabError(error, 'CHECKSUM_MISMATCH')) await forget(row, actorId)
      throw error
    }
  }

  const long = createLongCompletion({ operations, outbox, access, store, complete })

  return {
    list: async (actor: Actor, project: ProjectRef): Promise<Upload[]> =>
      presentAll(await store.open(policy.write(actor, project.id), project.id, 500)),

    get: async (actor: Actor, project: ProjectRef, id: string): Promise<Upload> =>
      presentOne(await find(actor, project, id)),

    begin: async (actor: Actor, project: ProjectRef, input: NewUpload): Promise<Upload> => {
      policy.write(actor, project.id)
      const { kind = 'dataset' } = input
      const name = kind === 'model' ? input.name.trim() : datasetName(input.name)
      const folder = kind === 'model' || input.folder
      if (!folder && input.entries.length !== 1)
        throw new LabError('INVALID_INPUT', { reason: 'A single file has exactly one entry.' })
      requireGoodEntries(input.entries)
      const sizeBytes = totalOf(0, input.entries)
      if (kind === 'model') await registry.check(actor, project, name)
      else await publish.check(project.id, kind, name, folder)
      const nowMs = clock.now()
      const row: UploadRow = {
        id: newId(),
        project_id: project.id,
        tree_id: null,
        name,
        folder: folder ? 1 : 0,
        content_type: input.contentType ?? null,
        size_bytes: sizeBytes,
        part_size_bytes: partBytesFor(sizeBytes),
        entries: input.entries.length,
        ...(await parts.begin()),
        sealed: 0,
        status: 'open',
        created_by: actor.principalId,
        created_at: nowMs,
        touched_at: nowMs,
        kind,
      }
      await outbox.commit(
        [store.beginStep(row), store.pageStep(row.id, 0, input.entries)],
        [changed('upload.begun', row, actor.principalId)],
      )
      return presentOne(row)
    },

    addEntries: async (
      actor: Actor,
      project: ProjectRef,
      id: string,
      { first, entries }: { first: number; entries: readonly DeclaredEntry[] },
    ): Promise<Upload> => {
      const row = await find(actor, project, id)
      requireGoodEntries(entries)
      if (first + entries.length <= row.entries) return presentOne(row)
      if (row.folder === 0 || first !== row.entries)
        throw new LabError('CONFLICT', { reason: `The upload has ${row.entries} entries, not ${first}.` })
      if (row.entries + entries.length > MAX_ENTRIES) throw new LabError('TOO_LARGE', { limit: `${MAX_ENTRIES} files` })
      const sizeBytes = totalOf(row.size_bytes, entries)
      const grown = { entries: row.entries + entries.length, sizeBytes, partSizeBytes: partBytesFor(sizeBytes) }
      try {
        await outbox.commit([store.growStep(row, grown, clock.now()), store.pageStep(row.id, first, entries)], [])
      } catch (error) {
        if (!(error instanceof ExpectationError)) throw error
        throw new LabError('CONFLICT', { reason: 'The first part is here, or somebody else added entries.' })
      }
      return presentOne(await find(actor, project, id))
    },

    putPart: async (
      actor: Actor,
      project: ProjectRef,
      id: string,
      number: number,
      body: Readable,
      { sizeBytes, signal }: BodyOptions,
    ): Promise<void> => {
      const row = await find(actor, project, id)
      if (row.status !== 'open') throw new LabError('NOT_FOUND', { what: 'open upload' })
      const expected = partBytes(row, number)
      if (sizeBytes !== undefined && sizeBytes !== expected)
        throw new LabError('INVALID_INPUT', { reason: `Part ${number} has ${expected} bytes, not ${sizeBytes}.` })
      await parts.receive(row, number, body, { sizeBytes: expected, signal })
    },

    /** Goes on when the caller leaves; calling again waits for it, or for the same operation, and answers the same afterwards. */
    complete: async (actor: Actor, project: ProjectRef, id: string): Promise<FileVersion | Accepted<Operation>> => {
      const row = await find(actor, project, id)
      if (row.status === 'complete') return completion.versionOf(row)
      if (row.kind === 'model') await registry.check(actor, project, row.name)
      if (isLong(row)) {
        await completion.requireParts(row)
        return (await long.accept(actor, project, row, clock.now())) ?? completion.versionOf(row)
      }
      const running = completing.get(id)
      if (running) return await running
      const mine = complete(row, actor.principalId).finally(() => completing.delete(id))
      completing.set(id, mine)
      return await mine
    },

    abort: async (actor: Actor, project: ProjectRef, id: string): Promise<void> => {
      await forget(await find(actor, project, id), actor.principalId)
    },
  }
}

function requireGoodEntries(entries: readonly DeclaredEntry[]): void {
  const paths = entries.map((entry) => safePath(entry.path))
  if (entries.length > 1) requireDistinctPaths(paths)
}

function totalOf(startBytes: number, entries: readonly DeclaredEntry[]): number {
  const total = entries.reduce((sum, entry) => sum + entry.sizeBytes, startBytes)
  if (total > MAX_BYTES) throw new LabError('TOO_LARGE', { limit: '5 TB' })
  return total
}

function partBytes(row: UploadRow, number: number): number {
  const count = partsOf(row)
  if (number > count) throw new LabError('INVALID_INPUT', { reason: `The upload has ${count} parts.` })
  return number < count ? row.part_size_bytes : row.size_bytes - (count - 1) * row.part_size_bytes
}
