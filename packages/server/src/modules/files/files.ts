import type { Readable } from 'node:stream'

import { LabError, type FileVersion } from '@mllab/contract'
import { newId, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { Operations } from '../../core/operations.ts'
import type { Outbox } from '../../core/outbox.ts'
import { outlineOf } from '../../core/outline.ts'
import type { Rounds } from '../../core/rounds.ts'
import type { Database } from '../../ports/database.ts'
import type { ObjectStore } from '../../ports/objects.ts'
import type { Access, Actor, ProjectRef, Visible } from '../access/access.ts'
import { createBlobs, type BodyOptions } from './blobs.ts'
import { createCompletion } from './completion.ts'
import { createDatasets } from './datasets.ts'
import { createDigests } from './digests.ts'
import { createDownloads } from './downloads.ts'
import { filesPolicy as policy } from './files.policy.ts'
import { createFilesStore } from './files.store.ts'
import { createFolders } from './folders.ts'
import { createFrozenStore } from './frozen.store.ts'
import { digestOf } from './http-facts.ts'
import { datasetName } from './names.ts'
import type { ModelRegistry } from './model-uploads.ts'
import { createParts } from './parts.ts'
import { presentVersion } from './present.ts'
import { createPublish } from './publish.ts'
import { createSweeps } from './sweeps.ts'
import { createTrees } from './trees.ts'
import { createTreesStore } from './trees.store.ts'
import { createUploads } from './uploads.ts'
import { createUploadsStore } from './uploads.store.ts'
import { createVersionsStore } from './versions.store.ts'

export { answerBytes, type BytesRequest, type Downloadable } from './bytes-answer.ts'
export type { LocalEntry, ReadableVersion } from './downloads.ts'
export type { FolderChild, FolderEntry, FolderRef, FrozenRef, TreeRef } from './folders.ts'
export { NOTHING_TO_FREEZE, type ModelSlot } from './frozen.store.ts'
export type { ModelRegistry } from './model-uploads.ts'
export type { Trees } from './trees.ts'

export interface FilesOptions {
  readonly db: Database
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly access: Access
  readonly outbox: Outbox
  readonly operations: Operations
  readonly rounds: Rounds
  /** What was deleted can be restored for so long, then it is purged. */
  readonly keepDeletedMs: number
  /** Where uploads of models become versions. */
  readonly registry: ModelRegistry
  readonly log: Log
}

export interface PutOptions extends BodyOptions {
  readonly contentType?: string | undefined
  /** `Content-Digest` of the request, if it had one. */
  readonly contentDigest?: string | undefined
}

export type Files = ReturnType<typeof createFiles>
/** Files that never change: steps for whoever keeps the registry of models, and their bytes. */
export type Frozen = Files['frozen']

/** Everything that is bytes: datasets with their versions, uploads, downloads, and the trees of artifacts other modules keep here. */
export function createFiles({
  db,
  objects,
  clock,
  access,
  outbox,
  operations,
  rounds,
  keepDeletedMs,
  registry,
  log,
}: FilesOptions) {
  const digests = createDigests()
  const blobs = createBlobs({ db, objects, clock, digests, log })
  const store = createFilesStore(db)
  const versions = createVersionsStore(db)
  const uploadsStore = createUploadsStore(db)
  const treesStore = createTreesStore(db, blobs)
  const parts = createParts({ db, objects, store: uploadsStore, outbox, clock })
  const publish = createPublish({ store, versions, blobs, outbox, clock })
  const frozen = createFrozenStore(db)
  const completion = createCompletion({
    db,
    store: uploadsStore,
    versions,
    blobs,
    parts,
    publish,
    frozen,
    registry,
    clock,
    access,
  })
  const sweeps = createSweeps({
    db,
    files: store,
    versions,
    uploads: uploadsStore,
    trees: treesStore,
    blobs,
    parts,
    rounds,
    keepDeletedMs,
    clock,
    log,
  })
  const downloads = createDownloads({ store, versions, blobs })
  const folders = createFolders({ trees: treesStore, versions, blobs })
  const minPartBytes = objects.capabilities.minPartSizeBytes

  /** A body as the next version of a single file. */
  const put = async (
    actor: Actor,
    project: ProjectRef,
    path: string,
    body: Readable,
    { contentType, contentDigest, ...options }: PutOptions,
  ): Promise<FileVersion> => {
    policy.write(actor, project.id)
    const name = datasetName(path)
    const expected = digestOf(contentDigest)
    if (expected === null)
      throw new LabError('INVALID_INPUT', { reason: 'Content-Digest has to be `sha-256=:<base64>:`.' })
    await publish.check(project.id, 'dataset', name, false)
    const received = await blobs.receive(body, options)
    const row = await blobs.keepOrDiscard(project.id, received, async (keep) => {
      if (expected !== undefined && expected !== received.sha256)
        throw new LabError('CHECKSUM_MISMATCH', { expected, actual: received.sha256 })
      const version = {
        id: newId(),
        projectId: project.id,
        kind: 'dataset',
        name,
        folder: false,
        sizeBytes: received.sizeBytes,
        entries: 1,
        sha256: received.sha256,
        contentType: contentType?.slice(0, 200) ?? null,
        createdBy: actor.principalId,
      } as const
      return publish.version(version, received, keep)
    })
    return presentVersion(name, row, await access.people([row.created_by]))
  }

  return {
    datasets: createDatasets({ store, versions, clock, access, outbox, keepDeletedMs }),
    uploads: createUploads({
      store: uploadsStore,
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
    }),
    trees: createTrees({ db, folders, store: treesStore, uploads: uploadsStore, blobs, parts, clock }),
    put,
    /** Files of registered models: steps for the batches of whoever keeps the registry. */
    frozen: {
      ...frozen,
      download: downloads.downloadFrozen,
      erase: (versionId: string) => versions.erase(versionId, clock.now()),
    },
    download: downloads.download,
    /** What a key means to a workload. Fails with `NOT_FOUND`. */
    fileByKey: downloads.byKey,
    /** Bytes of all versions of datasets, and of all artifacts; content that several share counts each time. */
    storageOf: (visible: Visible) => store.storage(visible),
    outline: (visible: Visible, projectId: string) =>
      outlineOf(db, visible, projectId, { table: 'file', at: 'created_at', kind: 'dataset' }),
    /** Handler of the operation `project.purge`: repeatable. */
    purgeProject: sweeps.purgeProject,
    sweep: sweeps.sweep,
    sweepObjects: sweeps.sweepObjects,
    start: (scope: Scope): void => {
      scope.defer(() => digests.close())
      sweeps.start(scope)
    },
  }
}
