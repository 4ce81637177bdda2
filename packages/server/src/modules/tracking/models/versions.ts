import { LabError, type ModelVersion } from '@mllab/contract'

import { pageOf, pageOfFound, readCursor, type PageRequest } from '../../../core/pages.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TrackingContext } from '../context.ts'
import type { Experiments } from '../experiments/experiments.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { createRunsStore } from '../runs/runs.store.ts'
import { parseFilter, parseSort } from '../search/grammar.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid, modelArtifactUri, runIdFromWire } from '../values.ts'
import type { LoggedModels } from './logged-models.ts'
import { createNewVersions } from './new-version.ts'
import { checkTag } from './registry.rules.ts'
import type { Registry, ServicesOf } from './registry.ts'
import { modelVersionSort, modelVersionWords } from './registry.search.ts'
import { createVersionFiles } from './version-files.ts'
import { createVersionView, type FullVersion } from './version-view.ts'
import { createVersionsStore, type NamedVersionRow } from './versions.store.ts'

const stages = ['None', 'Staging', 'Production', 'Archived'] as const

export type Versions = ReturnType<typeof createVersions>

/** Versions of registered models: each keeps files that were frozen when it was made, or points at some elsewhere. */
export function createVersions(
  context: TrackingContext,
  {
    experiments,
    registry,
    models,
    servicesOf,
  }: { experiments: Experiments; registry: Registry; models: LoggedModels; servicesOf: ServicesOf },
) {
  const { db, clock, outbox } = context
  const store = createVersionsStore(db)
  const runsStore = createRunsStore(db)
  const { create, uploads } = createNewVersions(context, { registry, models })
  const { hydrate, hydrateOne, present, presentOne, facts } = createVersionView(context, {
    experiments,
    registry,
    models,
    servicesOf,
  })

  /** Throws `NOT_FOUND`. */
  const find = async (actor: Actor, project: ProjectRef, name: string, version: number): Promise<NamedVersionRow> => {
    const visible = policy.readModels(actor, project.id)
    const model = await registry.find(actor, project, name)
    const row = Number.isSafeInteger(version) ? await store.get(visible, model.id, version) : undefined
    if (!row) throw new LabError('NOT_FOUND', { what: `version ${version} of ${model.name}` })
    return row
  }

  return {
    find,
    hydrate,
    create,
    ...createVersionFiles(context, { registry, find, facts }),
    /** What uploads of models need. */
    uploads,

    full: async (actor: Actor, project: ProjectRef, name: string, version: number): Promise<FullVersion> =>
      hydrateOne(await find(actor, project, name, version)),

    get: async (actor: Actor, project: ProjectRef, name: string, version: number): Promise<ModelVersion> =>
      presentOne(actor, await find(actor, project, name, version)),

    list: async (actor: Actor, project: ProjectRef, name: string, request: PageRequest) => {
      const visible = policy.readModels(actor, project.id)
      const model = await registry.find(actor, project, name)
      const list = ['versions', model.id]
      const cursor = readCursor(request, list)
      const rows = await store.list(visible, model.id, request.limit + 1, cursor && Number(cursor[0]))
      const page = pageOf(
        rows,
        request,
        list,
        (row) => [row.version],
        (row) => row,
      )
      return { items: await present(actor, page.items), next: page.next }
    },

    search: async (
      actor: Actor,
      project: ProjectRef,
      request: PageRequest & { filter: string | undefined; orderBy: readonly string[] },
    ): Promise<{ versions: FullVersion[]; next: string | null }> => {
      const visible = policy.readModels(actor, project.id)
      const list = ['model versions', project.id, request.filter ?? '', request.orderBy]
      const found = await store.search(
        visible,
        project.id,
        parseFilter(request.filter, modelVersionWords),
        modelVersionSort(request.orderBy.map((order) => parseSort(order, modelVersionWords))),
        { after: readCursor(request, list), limit: request.limit + 1 },
      )
      const page = pageOfFound(found, request, list)
      return { versions: await hydrate(page.items.map(({ row }) => row)), next: page.next }
    },

    /** The version an alias points at; `latest` is the newest one unless somebody set it. */
    byAlias: async (actor: Actor, project: ProjectRef, name: string, alias: string): Promise<FullVersion> => {
      const visible = policy.readModels(actor, project.id)
      const model = await registry.find(actor, project, name)
      const set = await registry.store.alias(model.id, alias)
      const [newest] = set === undefined && alias === 'latest' ? await store.list(visible, model.id, 1, undefined) : []
      const version = set ?? newest?.version
      if (version === undefined) throw new LabError('NOT_FOUND', { what: `alias ${alias} of ${model.name}` })
      return hydrateOne(await find(actor, project, name, version))
    },

    latest: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      wanted: readonly string[],
    ): Promise<FullVersion[]> => {
      const visible = policy.readModels(actor, project.id)
      const model = await registry.find(actor, project, name)
      const canonical = wanted.map(stageNamed)
      const rows = await store.latestOfStages(visible, [model.id])
      return hydrate(canonical.length === 0 ? rows : rows.filter(({ stage }) => canonical.some((one) => one === stage)))
    },

    /** Registers what a run logged, and the model itself if it is new. */
    register: async (
      actor: Actor,
      project: ProjectRef,
      input: { name: string; run: string; loggedModel?: string | undefined },
    ): Promise<ModelVersion> => {
      policy.writeModels(actor, project.id)
      const runId = runIdFromWire(input.run)
      const run = runId && (await runsStore.get(policy.readRuns(actor, project.id), project.id, runId))
      if (!run) throw new LabError('NOT_FOUND', { what: `run ${input.run}` })
      const made = await models.store.ofRun(run.ref)
      const chosen = input.loggedModel ? made.find(({ id }) => id === input.loggedModel) : made.at(-1)
      if (!chosen) throw new LabError('NOT_FOUND', { what: 'logged model of this run' })
      const model = await models.get(actor, project, chosen.id)
      await registry.ensure(actor, project, input.name)
      const row = await create(actor, project, input.name, {
        source: modelArtifactUri(model.experimentNumber, model.id),
        runId: input.run,
        loggedModelId: model.id,
        runLink: '',
        description: '',
        tags: [],
      })
      return presentOne(actor, row)
    },

    describe: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      version: number,
      description: string,
    ): Promise<FullVersion> => {
      policy.writeModels(actor, project.id)
      const row = await find(actor, project, name, version)
      const change = { description, updated_at: clock.now() }
      await outbox.commit(
        [store.updateStep(row, change)],
        [registry.changed('model.version_changed', actor, row, { version })],
      )
      return hydrateOne({ ...row, ...change })
    },

    moveToStage: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      version: number,
      to: { stage: string; archiveOthers: boolean },
    ): Promise<FullVersion> => {
      policy.writeModels(actor, project.id)
      const row = await find(actor, project, name, version)
      const stage = stageNamed(to.stage)
      if (to.archiveOthers && stage !== 'Staging' && stage !== 'Production')
        throw invalid(
          `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are Staging, Production`,
        )
      const change = { stage, updated_at: clock.now() }
      await outbox.commit(
        [
          store.updateStep(row, change),
          ...(to.archiveOthers ? [store.archiveOthersStep(row, stage, change.updated_at)] : []),
        ],
        [registry.changed('model.version_changed', actor, row, { version, stage })],
      )
      return hydrateOne({ ...row, ...change })
    },

    /** Throws `CONFLICT` while a service serves it. Its files go when it is purged. */
    remove: async (actor: Actor, project: ProjectRef, name: string, version: number): Promise<void> => {
      policy.writeModels(actor, project.id)
      const row = await find(actor, project, name, version)
      const [service] = await servicesOf(project.id, row.name, version)
      if (service) throw new LabError('CONFLICT', { reason: `The service ${service.name} serves this version.` })
      const now = clock.now()
      await outbox.commit(
        [
          store.updateStep(row, { deleted_at: now, updated_at: now }),
          store.dropAliasesStep(row),
          registry.store.updateStep(row.model_id, { updated_at: now }),
        ],
        [registry.changed('model.version_deleted', actor, row, { version })],
      )
    },

    setTag: async (actor: Actor, project: ProjectRef, name: string, version: number, tag: KeyValue): Promise<void> => {
      policy.writeModels(actor, project.id)
      const row = await find(actor, project, name, version)
      await db.batch([store.tagStep(row.model_id, version, checkTag(tag))])
    },

    deleteTag: async (actor: Actor, project: ProjectRef, name: string, version: number, key: string): Promise<void> => {
      policy.writeModels(actor, project.id)
      const row = await find(actor, project, name, version)
      await db.batch([store.deleteTagStep(row.model_id, version, key)])
    },
  }
}

/** MLflow takes stages in any case. */
function stageNamed(given: string): string {
  const stage = stages.find((one) => one.toLowerCase() === given.toLowerCase())
  if (!stage) throw invalid(`Invalid Model Version stage: ${given}. Value must be one of ${stages.join(', ')}.`)
  return stage
}
