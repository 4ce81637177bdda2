import type { Readable } from 'node:stream'

import { LabError, type Artifact } from '@mllab/contract'

import type { Actor, ProjectRef } from '../access/access.ts'
import type { FolderEntry, FolderRef, TreeRef } from '../files/files.ts'
import type { TrackingContext } from './context.ts'
import type { LoggedModels } from './models/logged-models.ts'
import type { Runs } from './runs/runs.ts'
import { trackingPolicy as policy } from './tracking.policy.ts'
import { runIdFromWire } from './values.ts'

/** Whose files are meant. The id as clients know it; of a registered version, that of the files it keeps. */
export interface ArtifactOwner {
  readonly kind: 'run' | 'logged-model' | 'version'
  readonly id: string
}

export type Artifacts = ReturnType<typeof createArtifacts>

/** Files of runs, logged models and registered versions. Each operation finds the owner in the project first, then asks whether the actor may. */
export function createArtifacts({ trees }: TrackingContext, { runs, models }: { runs: Runs; models: LoggedModels }) {
  const readable = async (actor: Actor, project: ProjectRef, owner: ArtifactOwner): Promise<FolderRef> => {
    if (owner.kind !== 'version') return treeOf(actor, project, owner.kind, owner.id)
    policy.readModels(actor, project.id)
    const id = runIdFromWire(owner.id)
    if (id === undefined) throw new LabError('NOT_FOUND', { what: 'artifacts' })
    return { projectId: project.id, kind: 'version', id }
  }

  const writable = async (actor: Actor, project: ProjectRef, owner: ArtifactOwner): Promise<TreeRef> => {
    policy.writeRuns(actor, project.id)
    if (owner.kind === 'version')
      throw new LabError('CONFLICT', { reason: 'The files of a registered version never change.' })
    return treeOf(actor, project, owner.kind, owner.id)
  }

  const treeOf = async (actor: Actor, project: ProjectRef, kind: TreeRef['kind'], id: string): Promise<TreeRef> => {
    const owner = kind === 'run' ? await runs.find(actor, project, id) : await models.find(actor, project, id)
    return { projectId: project.id, kind, id: owner.id }
  }

  return {
    list: async (actor: Actor, project: ProjectRef, owner: ArtifactOwner, folder: string): Promise<Artifact[]> => {
      const children = await trees.list(await readable(actor, project, owner), folder)
      return children.map(({ path, folder: isFolder, sizeBytes }) => ({ path, folder: isFolder, sizeBytes }))
    },

    /** `range` is the header as it came; one that cannot be met is ignored, as RFC 9110 allows. */
    open: async (
      actor: Actor,
      project: ProjectRef,
      owner: ArtifactOwner,
      path: string,
      range: string | undefined,
    ): Promise<{ entry: FolderEntry; stream: Readable; range: { start: number; end: number } | undefined }> => {
      const tree = await readable(actor, project, owner)
      const entry = await trees.entry(tree, path)
      if (!entry) throw new LabError('NOT_FOUND', { what: `artifact ${path.slice(0, 200)}` })
      const wanted = rangeOf(range, entry.sizeBytes)
      const opened = await trees.open(tree, path, wanted)
      return { ...opened, range: wanted }
    },

    put: async (
      actor: Actor,
      project: ProjectRef,
      owner: ArtifactOwner,
      path: string,
      body: Readable,
      options: { sizeBytes?: number; signal?: AbortSignal },
    ): Promise<FolderEntry> => trees.put(await writable(actor, project, owner), path, body, options),

    remove: async (actor: Actor, project: ProjectRef, owner: ArtifactOwner, path: string): Promise<void> =>
      trees.remove(await writable(actor, project, owner), path),

    beginParts: async (actor: Actor, project: ProjectRef, owner: ArtifactOwner, path: string) =>
      trees.beginParts(await writable(actor, project, owner), path),

    /** The upload's id is as good as a key to it, but whoever uses it must still be allowed to write to the owner. */
    putPart: async (
      actor: Actor,
      project: ProjectRef,
      owner: ArtifactOwner,
      part: { uploadId: string; number: number; body: Readable; sizeBytes: number | undefined },
    ): Promise<void> => {
      await writable(actor, project, owner)
      await trees.putPart(part.uploadId, part.number, part.body, part.sizeBytes)
    },

    completeParts: async (
      actor: Actor,
      project: ProjectRef,
      owner: ArtifactOwner,
      uploadId: string,
    ): Promise<FolderEntry> => {
      await writable(actor, project, owner)
      return trees.completeParts(uploadId)
    },

    abortParts: async (actor: Actor, project: ProjectRef, owner: ArtifactOwner, uploadId: string): Promise<void> => {
      await writable(actor, project, owner)
      await trees.abortParts(uploadId)
    },
  }
}

/** A single range of bytes, both ends inclusive. */
function rangeOf(header: string | undefined, sizeBytes: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || sizeBytes === 0) return undefined
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from)
  const end = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  return start <= end && start < sizeBytes ? { start, end } : undefined
}
