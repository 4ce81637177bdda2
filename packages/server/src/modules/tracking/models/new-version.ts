import { newId, retry } from '@mllab/kernel'

import { ExpectationError, type BatchStep, type StepResult } from '../../../ports/database.ts'
import { systemActor, type Actor, type ProjectRef } from '../../access/access.ts'
import { NOTHING_TO_FREEZE, type ModelRegistry, type ModelSlot } from '../../files/files.ts'
import type { TrackingContext } from '../context.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { versionArtifactUri } from '../values.ts'
import { createFreezable, unknownSource } from './freezable.ts'
import type { FullLoggedModel, LoggedModels } from './logged-models.ts'
import { checkName, checkTag } from './registry.rules.ts'
import type { Registry } from './registry.ts'
import { PROMPT_TAG, type RegisteredModelRow } from './registry.store.ts'
import { checkSource, filesOfSource } from './sources.ts'
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
const NOT_KEPT = 'Its files are not kept with it: they stay where its source says.'

/**
 * Makes versions. Numbers count up in each model and are never used again. What lies at a source of ours is frozen with the version, which keeps it
 * whatever becomes of the source; a source elsewhere, or one with nothing in it, stays a pointer.
 */
export function createNewVersions(
  context: TrackingContext,
  { registry, models }: { registry: Registry; models: LoggedModels },
) {
  const { db, clock, access, outbox, frozen } = context
  const store = createVersionsStore(db)
  const freezable = createFreezable(context, { registry, models })

  /** Stores the next version of a model; again with another number when somebody else took it. */
  const commit = (
    actor: Actor,
    project: ProjectRef,
    name: string,
    next: (model: RegisteredModelRow) => Promise<{ row: VersionRow; steps: readonly BatchStep[] }>,
  ): Promise<{ row: NamedVersionRow; results: ReadonlyMap<BatchStep, StepResult> }> => {
    const attempt = async () => {
      const model = await registry.findForWriting(actor, project, name)
      const { row, steps } = await next(model)
      const event = registry.changed('model.version_created', actor, model, { version: row.version })
      const results = await outbox.commit(steps, [event])
      return {
        row: { ...row, name: model.name },
        results: new Map(steps.map((step, at) => [step, resultAt(results, at)])),
      }
    }
    return retry(attempt, { attempts: 20, firstDelayMs: 2, maxDelayMs: 100, when: changedMeanwhile })
  }

  const newRow = (actor: Actor, model: RegisteredModelRow): VersionRow => {
    const now = clock.now()
    return {
      model_id: model.id,
      version: model.last_version + 1,
      project_id: model.project_id,
      description: '',
      stage: 'None',
      status: 'READY',
      status_message: '',
      source: '',
      run_id: null,
      logged_model_id: null,
      file_version_id: null,
      run_link: '',
      user_name: actor.name,
      created_by: actor.principalId,
      created_at: now,
      updated_at: now,
    }
  }

  /** The logged model a version is made of, named by itself or by its source. It has to be one of this project. */
  const loggedModelOf = async (project: ProjectRef, { source, loggedModelId }: NewVersion) => {
    const tree = filesOfSource(project.id, source)?.tree
    const id = loggedModelId ?? (tree?.kind === 'logged-model' ? tree.id : undefined)
    if (id === undefined) return undefined
    const row = await models.store.get({ projects: [project.id] }, project.id, id)
    if (!row || row.deleted_at !== null) throw unknownSource(source)
    return (await models.hydrate([row]))[0]
  }

  const create = async (
    actor: Actor,
    project: ProjectRef,
    name: string,
    input: NewVersion,
  ): Promise<NamedVersionRow> => {
    policy.writeModels(actor, project.id)
    checkSource(input.source)
    input.tags.forEach(checkTag)
    const logged = await loggedModelOf(project, input)
    const places = await freezable.places(actor, project, input)
    const { row } = await commit(actor, project, name, async (model) => {
      const files = await freezable.choose(actor, project, places)
      const next: VersionRow = {
        ...newRow(actor, model),
        description: input.description,
        status_message: files || isPrompt(input) ? '' : NOT_KEPT,
        source: input.source,
        run_id: input.runId || logged?.runId || null,
        logged_model_id: logged?.id ?? null,
        file_version_id: files ? newId() : null,
        run_link: input.runLink,
      }
      const noted = logged ? [models.store.tagStep(logged.id, versionsTag(logged, model.name, next.version))] : []
      const freezing = files ? frozen.freezeSteps(files.tree, files.folder, slotOf(next, model.name)) : []
      return { row: next, steps: [...store.createSteps(next, input.tags), ...noted, ...freezing] }
    })
    return row
  }

  const uploads: ModelRegistry = {
    check: async (actor, project, name) => {
      policy.writeModels(actor, project.id)
      checkName(name)
    },
    addUploaded: async ({ id, projectId, name, createdBy }, files) => {
      const people = await access.people([createdBy])
      // Who uploaded was asked when he began and when he completed; what ends later is done for him.
      const actor = { ...systemActor, principalId: createdBy, name: people.get(createdBy)?.username ?? '' }
      const project = { id: projectId, slug: '' }
      await registry.ensure(actor, project, name)
      const { results } = await commit(actor, project, name, async (model) => {
        const row = { ...newRow(actor, model), source: versionArtifactUri(id), file_version_id: id }
        return { row, steps: [...store.createSteps(row, []), ...files(slotOf(row, model.name))] }
      })
      return results
    },
  }

  return { create, uploads }
}

function resultAt(results: readonly StepResult[], at: number): StepResult {
  const result = results[at]
  if (!result) throw new Error('the batch gave fewer results than it had steps')
  return result
}

/** Two at once drew the same number, or the files went: what is so now is looked at again. */
function changedMeanwhile(error: unknown): boolean {
  return error instanceof ExpectationError && (error.step === 'number' || error.step === NOTHING_TO_FREEZE)
}

function slotOf(row: VersionRow, name: string): ModelSlot {
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
