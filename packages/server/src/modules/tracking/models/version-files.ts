import { LabError, type FileEntry } from '@mllab/contract'

import { pageOf, readCursor, type Page, type PageRequest } from '../../../core/pages.ts'
import type { Actor, BytesAnswer, ProjectRef } from '../../access/access.ts'
import type { BytesRequest, FolderRef, FrozenRef } from '../../files/files.ts'
import type { TrackingContext } from '../context.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import type { ModelFacts } from './model-file.ts'
import type { Registry } from './registry.ts'
import { filesOfVersion, type ModelFiles } from './sources.ts'
import { createVersionsStore, type NamedVersionRow } from './versions.store.ts'

export interface DeployableModel {
  readonly name: string
  readonly version: number
  readonly tree: FolderRef
  /** Where in the tree the `MLmodel` file lies; '' is its root. */
  readonly folder: string
  readonly requirements: string[]
  readonly python: string | null
}

/** Files of versions: listed, downloaded, and served. */
export function createVersionFiles(
  { db, trees, frozen }: TrackingContext,
  {
    registry,
    find,
    facts,
  }: {
    registry: Registry
    find: (actor: Actor, project: ProjectRef, name: string, version: number) => Promise<NamedVersionRow>
    facts: (files: ModelFiles | undefined) => Promise<ModelFacts>
  },
) {
  const store = createVersionsStore(db)

  return {
    /** The files a version keeps, below a folder, by path. */
    entries: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      version: number,
      request: PageRequest & { prefix?: string | undefined },
    ): Promise<Page<FileEntry>> => {
      const kept = keptFiles(await find(actor, project, name, version))
      const folder = (request.prefix ?? '').replace(/\/$/, '')
      const list = ['entries', kept.id, folder]
      const cursor = readCursor(request, list)
      const after = cursor ? { after: String(cursor[0]) } : {}
      const rows = await trees.walk(kept, folder, { limit: request.limit + 1, ...after })
      return pageOf(
        rows,
        request,
        list,
        (entry) => [entry.path],
        (entry) => ({ ...entry }),
      )
    },

    /** A file a version keeps as it is, a folder or all of it as zip. */
    download: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      version: number,
      path: string | undefined,
      request: BytesRequest,
    ): Promise<BytesAnswer> => {
      const row = await find(actor, project, name, version)
      return frozen.download(keptFiles(row), { name: `${row.name}-${row.version}`, path }, request)
    },

    /** What a model server needs. Without version or alias: the newest. Throws `NOT_FOUND` if its files are not here. */
    modelForDeployment: async (
      actor: Actor,
      project: ProjectRef,
      wanted: { name: string; version?: number | undefined; alias?: string | undefined },
    ): Promise<DeployableModel> => {
      const visible = policy.readModels(actor, project.id)
      const model = await registry.find(actor, project, wanted.name)
      const number =
        wanted.version ??
        (wanted.alias === undefined
          ? (await store.list(visible, model.id, 1, undefined))[0]?.version
          : await registry.store.alias(model.id, wanted.alias))
      const row = number === undefined ? undefined : await store.get(visible, model.id, number)
      if (!row) throw new LabError('NOT_FOUND', { what: `version of ${model.name}` })
      const files = filesOfVersion(row)
      const entry =
        files && (await trees.entry(files.tree, files.folder === '' ? 'MLmodel' : `${files.folder}/MLmodel`))
      if (!files || !entry) throw new LabError('NOT_FOUND', { what: `MLmodel file of ${model.name} ${row.version}` })
      const { requirements, python } = await facts(files)
      return { name: model.name, version: row.version, ...files, requirements, python }
    },
  }
}

/** Throws `NOT_FOUND` if the files of a version are not kept with it. */
function keptFiles(row: NamedVersionRow): FrozenRef {
  if (row.file_version_id === null)
    throw new LabError('NOT_FOUND', {
      what: `copy of the files of ${row.name} ${row.version}: they stay at ${row.source}`,
    })
  return { projectId: row.project_id, kind: 'version', id: row.file_version_id }
}
