import { LabError } from '@mllab/contract'

import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import { createRunsStore } from '../runs/runs.store.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid } from '../values.ts'
import type { LoggedModels } from './logged-models.ts'
import type { Registry } from './registry.ts'
import { filesOfVersion, versionOfSource, type ModelFiles, type VersionSource } from './sources.ts'
import { createVersionsStore } from './versions.store.ts'

/** As for uploads: what one statement copies in a moment. */
const MOST_FILES = 100_000

interface Source {
  readonly source: string
  readonly loggedModelId: string | undefined
}

/** Finds what a source of a new version means, of what is in this project. */
export function createFreezable(
  { db, frozen }: TrackingContext,
  { registry, models }: { registry: Registry; models: LoggedModels },
) {
  const versions = createVersionsStore(db)
  const runs = createRunsStore(db)

  const ofOtherVersion = async (
    actor: Actor,
    project: ProjectRef,
    { name, version, alias }: VersionSource,
  ): Promise<ModelFiles | undefined | 'unknown'> => {
    const model = await registry.store.byName(policy.readModels(actor, project.id), project.id, name)
    const number = model && (alias === undefined ? version : await registry.store.alias(model.id, alias))
    const row =
      model && number !== undefined ? await versions.get({ projects: [project.id] }, model.id, number) : undefined
    return row ? filesOfVersion(row) : 'unknown'
  }

  /** `runs:/<run>/model` means the run's folder of this name, or, since MLflow 3, the model it logged under this name. */
  const loggedAs = async (project: ProjectRef, { tree, folder }: ModelFiles): Promise<ModelFiles[]> => {
    const run = tree.kind === 'run' ? await runs.get({ projects: [project.id] }, project.id, tree.id) : undefined
    const made = run && folder !== '' ? await models.store.ofRun(run.ref) : []
    return made
      .filter(({ name }) => name === folder)
      .map(({ id }) => ({ tree: { projectId: project.id, kind: 'logged-model', id }, folder: '' }))
  }

  return {
    /** Where the files of a source may lie, likeliest first; nowhere for a source elsewhere. Throws for a version that is not there. */
    places: async (actor: Actor, project: ProjectRef, { source, loggedModelId }: Source): Promise<ModelFiles[]> => {
      const other = versionOfSource(source)
      const files = other
        ? await ofOtherVersion(actor, project, other)
        : filesOfVersion({
            project_id: project.id,
            source,
            logged_model_id: loggedModelId ?? null,
            file_version_id: null,
          })
      if (files === 'unknown') throw unknownSource(source)
      return files ? [files, ...(await loggedAs(project, files))] : []
    },

    /** The first place with something in it right now. Throws unless the actor may read it. */
    choose: async (
      actor: Actor,
      project: ProjectRef,
      places: readonly ModelFiles[],
    ): Promise<ModelFiles | undefined> => {
      for (const files of places) {
        const count = await frozen.count(files.tree, files.folder, MOST_FILES + 1)
        if (count === 0) continue
        if (count > MOST_FILES) throw new LabError('TOO_LARGE', { limit: `${MOST_FILES} files` })
        if (files.tree.kind !== 'version') policy.readRuns(actor, project.id)
        return files
      }
      return undefined
    },
  }
}

export function unknownSource(source: string): LabError {
  return invalid(`Unable to fetch model from model URI source '${source}'.`)
}
