import type { BatchStep, StepResult } from '../../ports/database.ts'
import type { Actor, ProjectRef } from '../access/access.ts'
import type { Blobs, Received } from './blobs.ts'
import type { FrozenStore, ModelSlot } from './frozen.store.ts'
import type { UploadRow } from './uploads.store.ts'

/** What uploads of models need of the registry, which lies above this module and is handed in. */
export interface ModelRegistry {
  /** Throws unless the actor may make a version of this model, and the name can be one's: before anybody sends bytes. */
  check(actor: Actor, project: ProjectRef, name: string): Promise<void>
  /**
   * Makes the next version of a model, and the model if it is new, in one batch with the steps that store its files. Answers what each step
   * did. A step of the caller that does not hold fails with its `ExpectationError`.
   */
  addUploaded(
    upload: { readonly id: string; readonly projectId: string; readonly name: string; readonly createdBy: string },
    files: (slot: ModelSlot) => readonly BatchStep[],
  ): Promise<ReadonlyMap<BatchStep, StepResult>>
}

/** Makes an upload, whose entries are stored, a version of a registered model. `guards` are steps in the same batch. */
export async function publishModel(
  { blobs, frozen, registry }: { blobs: Blobs; frozen: FrozenStore; registry: ModelRegistry },
  row: UploadRow,
  received: Received,
  guards: readonly BatchStep[],
): Promise<void> {
  const upload = { id: row.id, projectId: row.project_id, name: row.name, createdBy: row.created_by ?? '' }
  const content = {
    sizeBytes: row.size_bytes,
    entries: row.entries,
    blobId: blobs.idOf(row.project_id, received.sha256),
  }
  await blobs.keep(row.project_id, received, async (keep) => {
    const results = await registry.addUploaded(upload, (slot) => [
      ...guards,
      keep,
      ...frozen.uploadedSteps(slot, content),
    ])
    const kept = results.get(keep)
    if (!kept) throw new Error('the batch gave no result for the blob')
    return { kept, value: undefined }
  })
}
