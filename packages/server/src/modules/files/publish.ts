import { LabError } from '@mllab/contract'
import { isPortError, newId, type Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import { ExpectationError, type BatchStep, type StepResult } from '../../ports/database.ts'
import type { Blobs, Received } from './blobs.ts'
import type { FileKind, FilesStore } from './files.store.ts'
import type { VersionRow, VersionsStore } from './versions.store.ts'

export interface NewVersion {
  readonly id: string
  readonly projectId: string
  readonly kind: FileKind
  readonly name: string
  readonly folder: boolean
  readonly sizeBytes: number
  readonly entries: number
  /** Null for a folder. */
  readonly sha256: string | null
  readonly contentType: string | null
  readonly createdBy: string
}

export type Publish = ReturnType<typeof createPublish>

/** How often a name may come and go between looking and storing. */
const TRIES = 8

/**
 * Makes received bytes the next version of a name, and the name if it is new. Two at once make two versions. Fails with `NAME_TAKEN` if the
 * name lies in another one or another one in it, with `CONFLICT` if a folder would become a file or a file a folder. `guards` are steps
 * of the caller in the same batch; when one of them does not hold, its `ExpectationError` comes through.
 */
export function createPublish({
  store,
  versions,
  blobs,
  outbox,
  clock,
}: {
  store: FilesStore
  versions: VersionsStore
  blobs: Blobs
  outbox: Outbox
  clock: Clock
}) {
  const attempt = async (version: NewVersion, received: Received, keep: BatchStep, guards: readonly BatchStep[]) => {
    const { projectId, kind, name } = version
    const nowMs = clock.now()
    const known = await store.byName({ projects: [projectId] }, projectId, kind, name)
    if (known) requireSameShape(name, known.folder === 1, version.folder)
    const fileId = known?.id ?? newId()
    const folder = version.folder ? 1 : 0
    const naming = known
      ? [store.nextVersionStep(known.id, folder, version.sizeBytes, nowMs)]
      : [
          ...store.freeNameSteps(projectId, kind, name),
          store.createStep({
            id: fileId,
            project_id: projectId,
            kind,
            name,
            folder,
            description: '',
            size_bytes: version.sizeBytes,
            created_by: version.createdBy,
            created_at: nowMs,
          }),
        ]
    const adding = versions.addVersionStep(
      {
        id: version.id,
        file_id: fileId,
        folder,
        size_bytes: version.sizeBytes,
        entries: version.entries,
        sha256: version.sha256,
        content_type: version.contentType,
        created_by: version.createdBy,
        created_at: nowMs,
      },
      blobs.idOf(projectId, received.sha256),
    )
    const steps = [...guards, ...naming, keep, adding]
    const results = await outbox.commit(steps, [
      {
        type: `${kind}.version_added`,
        projectId,
        subject: { kind, id: fileId },
        actorId: version.createdBy,
        payload: { name, sizeBytes: version.sizeBytes, new: known === undefined },
      },
    ])
    return { kept: resultOf(results, steps, keep), added: resultOf(results, steps, adding) }
  }

  return {
    /** The batch for `blobs.keep`. */
    version: async (
      version: NewVersion,
      received: Received,
      keep: BatchStep,
      guards: readonly BatchStep[] = [],
    ): Promise<{ kept: StepResult; value: VersionRow }> => {
      for (let tries = 1; ; tries += 1) {
        try {
          const { kept, added } = await attempt(version, received, keep, guards)
          return { kept, value: added.rows[0] as unknown as VersionRow } // `returning` gave these columns
        } catch (error) {
          if (tries >= TRIES || !nameMoved(error)) throw refusedName(error, version.kind, version.name)
        }
      }
    },

    /** Fails early where `version` would fail later: before somebody sends bytes for nothing. */
    check: async (projectId: string, kind: FileKind, name: string, folder: boolean): Promise<void> => {
      const visible = { projects: [projectId] }
      const known = await store.byPath(visible, projectId, kind, name)
      if (known?.name === name) return requireSameShape(name, known.folder === 1, folder)
      const other = known?.name ?? (await store.nameBelow(visible, projectId, kind, name))
      if (other !== undefined) throw new LabError('NAME_TAKEN', { what: kind, name: other })
    },
  }
}

function resultOf(results: readonly StepResult[], steps: readonly BatchStep[], step: BatchStep): StepResult {
  const result = results[steps.indexOf(step)]
  if (!result) throw new Error(`the batch gave no result for ${step.name}`)
  return result
}

function requireSameShape(name: string, isFolder: boolean, wantsFolder: boolean): void {
  if (isFolder === wantsFolder) return
  const [is, wants] = isFolder ? ['a folder', 'a single file'] : ['a single file', 'a folder']
  throw new LabError('CONFLICT', { reason: `${name} is ${is}; its versions cannot be ${wants}.` })
}

/** The name was made, deleted or got another id since it was looked up. */
function nameMoved(error: unknown): boolean {
  if (error instanceof ExpectationError) return error.step === 'file'
  return isPortError(error, 'CONFLICT')
}

/** The error a caller gets when a batch with a name in it was refused; anything else as it is. */
export function refusedName(error: unknown, kind: FileKind, name: string): unknown {
  const step = error instanceof ExpectationError ? String(error.step) : ''
  if (step.startsWith('name ')) return new LabError('NAME_TAKEN', { what: kind, name: step.slice(5) }, { cause: error })
  if (step === 'file' || isPortError(error, 'CONFLICT'))
    return new LabError('NAME_TAKEN', { what: kind, name }, { cause: error })
  return error
}
