import { LabError } from '@mllab/contract'
import { newId, retry } from '@mllab/kernel'

import { ExpectationError } from '../../../ports/database.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { createRunsStore } from '../runs/runs.store.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid } from '../values.ts'
import type { FullLoggedModel, LoggedModels } from './logged-models.ts'
import { checkTag, type Registry } from './registry.ts'
import { PROMPT_TAG } from './registry.store.ts'
import { checkSource, filesOfSource, filesOfVersion, versionOfSource, type ModelFiles } from './sources.ts'
import { createVersionsStore, type NamedVersionRow, type VersionRow } from './versions.store.ts'

export interface NewVersion {
  readonly source: string
  readonly runId: string | undefined
  readonly loggedModelId: string | undefined
  readonly runLink: string
  readonly description: string
  readonly tags: readonly KeyValue[]
}

const VERSIONS_TAG = 'mlflow.modelVersions'
/** As for uploads: what one statement copies in a moment. */
const MOST_FILES = 100_000

/**
 * Makes versions. Numbers count up in each model and are never used again. What lies at a source of ours is frozen with the version, which keeps it
 * whatever becomes of the source; a source elsewhere, or one with nothing in it, stays a pointer.
 */
export function createNewVersions(
  { db, clock, outbox, frozen }: TrackingContext,
  { registry, models }: { registry: Registry; models: LoggedModels },
) {
  const store = createVersionsStore(db)
  const runs = createRunsStore(db)

  /** The logged model a version is made of, named by itself or by its source. It has to be one of this project. */
  const loggedModelOf = async (project: ProjectRef, { source, loggedModelId }: NewVersion) => {
    const tree = filesOfSource(project.id, source)?.tree
    const id = loggedModelId ?? (tree?.kind === 'logged-model' ? tree.id : undefined)
    if (id === undefined) return undefined
    const row = await models.store.get({ projects: [project.id] }, project.id, id)
    if (!row || row.deleted_at !== null) throw unknownSource(source)
    return (await models.hydrate([row]))[0]
  }

  /** Where the files of a source may lie, likeliest first. */
  const places = async (actor: Actor, project: ProjectRef, input: NewVersion): Promise<ModelFiles[]> => {
    const other = versionOfSource(input.source)
    if (other) {
      const model = await registry.store.byName(policy.readModels(actor, project.id), project.id, other.name)
      const number =
        model && (other.alias === undefined ? other.version : await registry.store.alias(model.id, other.alias))
      const row =
        model && number !== undefined ? await store.get({ projects: [project.id] }, model.id, number) : undefined
      if (!row) throw unknownSource(input.source)
      const files = filesOfVersion(row)
      return files ? [files] : []
    }
    const files = filesOfVersion({
      project_id: project.id,
      source: input.source,
      logged_model_id: input.loggedModelId ?? null,
      file_version_id: null,
    })
    return files ? [files, ...(await loggedAs(project, files))] : []
  }

  /** `runs:/<run>/model` means the run's folder of this name, or, since MLflow 3, the model it logged under this name. */
  const loggedAs = async (project: ProjectRef, { tree, folder }: ModelFiles): Promise<ModelFiles[]> => {
    const run = tree.kind === 'run' ? await runs.get({ projects: [project.id] }, project.id, tree.id) : undefined
    const made = run && folder !== '' ? await models.store.ofRun(run.ref) : []
    return made
      .filter(({ name }) => name === folder)
      .map(({ id }) => ({ tree: { projectId: project.id, kind: 'logged-model', id }, folder: '' }))
  }

  /** What there is to freeze right now. Whoever freezes must be allowed to read it. */
  const freezable = async (actor: Actor, project: ProjectRef, candidates: readonly ModelFiles[]) => {
    for (const files of candidates) {
      const count = await frozen.count(files.tree, files.folder, MOST_FILES + 1)
      if (count === 0) continue
      if (count > MOST_FILES) throw new LabError('TOO_LARGE', { limit: `${MOST_FILES} files` })
      if (files.tree.kind !== 'version') policy.readRuns(actor, project.id)
      return files
    }
    return undefined
  }

  return async (actor: Actor, project: ProjectRef, name: string, input: NewVersion): Promise<NamedVersionRow> => {
    policy.writeModels(actor, project.id)
    checkSource(input.source)
    input.tags.forEach(checkTag)
    const logged = await loggedModelOf(project, input)
    const candidates = await places(actor, project, input)
    const attempt = async () => {
      const model = await registry.findForWriting(actor, project, name)
      const files = await freezable(actor, project, candidates)
      const now = clock.now()
      const row: VersionRow = {
        model_id: model.id,
        version: model.last_version + 1,
        project_id: project.id,
        description: input.description,
        stage: 'None',
        status: 'READY',
        status_message:
          files || isPrompt(input) ? '' : 'Its files are not kept with it: they stay where its source says.',
        source: input.source,
        run_id: input.runId || logged?.runId || null,
        logged_model_id: logged?.id ?? null,
        file_version_id: files ? newId(now) : null,
        run_link: input.runLink,
        user_name: actor.name,
        created_by: actor.principalId,
        created_at: now,
        updated_at: now,
      }
      const noted = logged ? [models.store.tagStep(logged.id, versionsTag(logged, model.name, row.version))] : []
      const freezing = files ? frozen.freezeSteps(files.tree, files.folder, slotOf(row, model.name)) : []
      await outbox.commit(
        [...store.createSteps(row, input.tags), ...noted, ...freezing],
        [registry.changed('model.version_created', actor, model, { version: row.version })],
      )
      return { ...row, name: model.name }
    }
    // Two at once draw the same number, or the files went meanwhile: what is so now is looked at again.
    return retry(attempt, {
      attempts: 20,
      firstDelayMs: 2,
      maxDelayMs: 100,
      when: (error) => error instanceof ExpectationError,
    })
  }
}

function slotOf(row: VersionRow, name: string) {
  return {
    id: row.file_version_id ?? '',
    projectId: row.project_id,
    modelId: row.model_id,
    name,
    number: row.version,
    createdBy: row.created_by,
    nowMs: row.created_at,
  }
}

/** A prompt is text in a tag; it has no files anywhere. */
function isPrompt({ tags }: NewVersion): boolean {
  return tags.some(({ key, value }) => key === PROMPT_TAG && value === 'true')
}

function unknownSource(source: string): LabError {
  return invalid(`Unable to fetch model from model URI source '${source}'.`)
}

/** Where MLflow notes on a logged model which versions were made of it. */
function versionsTag(model: FullLoggedModel, name: string, version: number): KeyValue {
  const before = model.tags.find(({ key }) => key === VERSIONS_TAG)?.value
  const listed = before === undefined ? [] : parsedList(before)
  return { key: VERSIONS_TAG, value: JSON.stringify([...listed, { name, version: String(version) }]) }
}

/** A client may have written something else there. */
function parsedList(json: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(json)
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
