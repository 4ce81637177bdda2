import { retry } from '@mllab/kernel'

import { ExpectationError } from '../../../ports/database.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { invalid } from '../values.ts'
import type { FullLoggedModel, LoggedModels } from './logged-models.ts'
import { checkTag, type Registry } from './registry.ts'
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

/** Makes versions. Numbers count up in each model and are never used again. */
export function createNewVersions(
  { db, clock, outbox }: TrackingContext,
  { registry, models }: { registry: Registry; models: LoggedModels },
) {
  const store = createVersionsStore(db)

  /** The logged model a version is made of, named by itself or by its source. It has to be one of this project. */
  const loggedModelOf = async (project: ProjectRef, { source, loggedModelId }: NewVersion) => {
    const tree = filesOfSource(project.id, source)?.tree
    const id = loggedModelId ?? (tree?.kind === 'logged-model' ? tree.id : undefined)
    if (id === undefined) return undefined
    const row = await models.store.get({ projects: [project.id] }, project.id, id)
    if (!row || row.deleted_at !== null) throw invalid(`Unable to fetch model from model URI source '${source}'.`)
    return (await models.hydrate([row]))[0]
  }

  return async (actor: Actor, project: ProjectRef, name: string, input: NewVersion): Promise<NamedVersionRow> => {
    checkSource(input.source)
    input.tags.forEach(checkTag)
    const logged = await loggedModelOf(project, input)
    const attempt = async () => {
      const model = await registry.findForWriting(actor, project, name)
      const now = clock.now()
      const row: VersionRow = {
        model_id: model.id,
        version: model.last_version + 1,
        project_id: project.id,
        description: input.description,
        stage: 'None',
        status: 'READY',
        status_message: '',
        source: input.source,
        run_id: input.runId || logged?.runId || null,
        logged_model_id: logged?.id ?? null,
        run_link: input.runLink,
        user_name: actor.name,
        created_by: actor.principalId,
        created_at: now,
        updated_at: now,
      }
      const noted = logged ? [models.store.tagStep(logged.id, versionsTag(logged, model.name, row.version))] : []
      await outbox.commit(
        [...store.createSteps(row, input.tags), ...noted],
        [registry.changed('model.version_created', actor, model, { version: row.version })],
      )
      return { ...row, name: model.name }
    }
    // Two at once draw the same number; the one that lost draws again.
    return retry(attempt, {
      attempts: 20,
      firstDelayMs: 2,
      maxDelayMs: 100,
      when: (error) => error instanceof ExpectationError,
    })
  }
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
