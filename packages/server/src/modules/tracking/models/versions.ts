import { LabError, type ModelVersion } from '@mllab/contract'
import { isoTime, retry } from '@mllab/kernel'

import { pageOf, readCursor, type PageRequest } from '../../../core/pages.ts'
import { ExpectationError } from '../../../ports/database.ts'
import type { Actor, ProjectRef } from '../../access/access.ts'
import type { TreeRef } from '../../files/files.ts'
import type { TrackingContext } from '../context.ts'
import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { createRunsStore } from '../runs/runs.store.ts'
import { parseFilter, parseSort } from '../search/grammar.ts'
import { trackingPolicy as policy } from '../tracking.policy.ts'
import { invalid, metricNumber, modelArtifactUri, runIdFromWire, wireRunId } from '../values.ts'
import type { FullLoggedModel, LoggedModels } from './logged-models.ts'
import { createModelFiles } from './model-file.ts'
import { checkTag, type Registry, type ServicesOf } from './registry.ts'
import { modelVersionSort, modelVersionWords } from './registry.search.ts'
import { filesOfSource, type ModelFiles } from './sources.ts'
import { createVersionsStore, versionKey, type NamedVersionRow, type VersionRow } from './versions.store.ts'

export interface FullVersion extends NamedVersionRow {
  readonly aliases: readonly string[]
  readonly tags: readonly KeyValue[]
  readonly loggedModel: FullLoggedModel | undefined
}

export interface NewVersion {
  readonly source: string
  readonly runId: string | undefined
  readonly loggedModelId: string | undefined
  readonly runLink: string
  readonly description: string
  readonly tags: readonly KeyValue[]
}

export interface DeployableModel {
  readonly name: string
  readonly version: number
  readonly tree: TreeRef
  /** Where in the tree the `MLmodel` file lies; '' is its root. */
  readonly folder: string
  readonly requirements: string[]
  readonly python: string | null
}

const VERSIONS_TAG = 'mlflow.modelVersions'
const stages = ['None', 'Staging', 'Production', 'Archived'] as const

export type Versions = ReturnType<typeof createVersions>

/** Versions of registered models. Numbers count up and are never used again; a version points at files of a run or a logged model. */
export function createVersions(
  { db, clock, access, outbox, trees }: TrackingContext,
  { registry, models, servicesOf }: { registry: Registry; models: LoggedModels; servicesOf: ServicesOf },
) {
  const store = createVersionsStore(db)
  const runsStore = createRunsStore(db)
  const modelFiles = createModelFiles(trees)

  /** Throws `NOT_FOUND`. */
  const find = async (actor: Actor, project: ProjectRef, name: string, version: number): Promise<NamedVersionRow> => {
    const visible = policy.readModels(actor, project.id)
    const model = await registry.find(actor, project, name)
    const row = Number.isSafeInteger(version) ? await store.get(visible, model.id, version) : undefined
    if (!row) throw new LabError('NOT_FOUND', { what: `version ${version} of ${model.name}` })
    return row
  }

  const hydrate = async (rows: readonly NamedVersionRow[]): Promise<FullVersion[]> => {
    if (rows.length === 0) return []
    const visible = { projects: [...new Set(rows.map((row) => row.project_id))] }
    const [aliases, tags, logged] = await Promise.all([
      registry.store.aliases([...new Set(rows.map((row) => row.model_id))]),
      store.tags(rows),
      Promise.all(
        rows.flatMap((row) =>
          row.logged_model_id === null ? [] : [models.store.get(visible, row.project_id, row.logged_model_id)],
        ),
      ),
    ])
    const full = await models.hydrate(logged.filter((row) => row !== undefined))
    const byId = new Map(full.map((model) => [model.id, model]))
    return rows.map((row) => ({
      ...row,
      aliases: (aliases.get(row.model_id) ?? [])
        .filter(({ version }) => version === row.version)
        .map(({ alias }) => alias),
      tags: tags.get(versionKey(row)) ?? [],
      loggedModel: row.logged_model_id === null ? undefined : byId.get(row.logged_model_id),
    }))
  }

  const hydrateOne = async (row: NamedVersionRow): Promise<FullVersion> => {
    const [full] = await hydrate([row])
    if (!full) throw new Error('one row gives one version')
    return full
  }

  const present = async (actor: Actor, rows: readonly NamedVersionRow[]): Promise<ModelVersion[]> => {
    const [full, people] = await Promise.all([hydrate(rows), access.people(rows.map((row) => row.created_by))])
    return Promise.all(
      full.map(async (row) => {
        const files = filesOf(row)
        const run = await runOf(row)
        const [facts, sizeBytes, services] = await Promise.all([
          modelFiles.facts(files),
          modelFiles.sizeBytes(files),
          servicesOf(row.project_id, row.name, row.version),
        ])
        return {
          model: row.name,
          version: row.version,
          aliases: [...row.aliases],
          description: row.description,
          stage: row.stage,
          status: row.status === 'READY' ? 'ready' : row.status === 'PENDING_REGISTRATION' ? 'pending' : 'failed',
          run: run && { id: wireRunId(run.id), name: run.name },
          source: row.source,
          ...facts,
          metrics: await metricsOf(row, run?.ref),
          sizeBytes,
          createdAt: isoTime(row.created_at),
          createdBy: people.get(row.created_by) ?? null,
          services: [...services],
          can: policy.canModel(actor, row.project_id),
        }
      }),
    )
  }

  const presentOne = async (actor: Actor, row: NamedVersionRow): Promise<ModelVersion> => {
    const [version] = await present(actor, [row])
    if (!version) throw new Error('one row gives one version')
    return version
  }

  const runOf = async (row: VersionRow) => {
    const id = row.run_id === null ? undefined : runIdFromWire(row.run_id)
    return id === undefined ? null : ((await runsStore.get({ projects: [row.project_id] }, row.project_id, id)) ?? null)
  }

  /** What was measured of the logged model; of older versions, what was measured in the run. */
  const metricsOf = async (row: FullVersion, run: number | undefined) => {
    const measured = row.loggedModel?.metrics ?? []
    if (measured.length > 0 || run === undefined)
      return measured.map((metric) => ({ key: metric.key, value: metricNumber(metric) }))
    const [runRow] = await runsStore.byRefs({ projects: [row.project_id] }, [run])
    const [full] = runRow ? await runsStore.hydrate([runRow]) : []
    return (full?.metrics ?? []).map((metric) => ({ key: metric.key, value: metricNumber(metric) }))
  }

  /** The logged model a version is made of, named by itself or by its source. It has to be one of this project. */
  const loggedModelOf = async (project: ProjectRef, { source, loggedModelId }: NewVersion) => {
    const tree = filesOfSource(project.id, source)?.tree
    const id = loggedModelId ?? (tree?.kind === 'logged-model' ? tree.id : undefined)
    if (id === undefined) return undefined
    const row = await models.store.get({ projects: [project.id] }, project.id, id)
    if (!row || row.deleted_at !== null) throw invalid(`Unable to fetch model from model URI source '${source}'.`)
    return (await models.hydrate([row]))[0]
  }

  const create = async (
    actor: Actor,
    project: ProjectRef,
    name: string,
    input: NewVersion,
  ): Promise<NamedVersionRow> => {
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

  return {
    find,
    hydrate,
    create,

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
      const page = pageOf(
        found,
        request,
        list,
        ({ position }) => position,
        ({ row }) => row,
      )
      return { versions: await hydrate(page.items), next: page.next }
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
      await registry.create(actor, project, { name: input.name, description: '', tags: [] }).catch((error: unknown) => {
        if (!(error instanceof LabError) || error.code !== 'NAME_TAKEN') throw error
      })
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

    /** Throws `CONFLICT` while a service serves it. Its files stay with the run that made them. */
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
      const files = filesOf(row)
      const entry =
        files && (await trees.entry(files.tree, files.folder === '' ? 'MLmodel' : `${files.folder}/MLmodel`))
      if (!files || !entry) throw new LabError('NOT_FOUND', { what: `MLmodel file of ${model.name} ${row.version}` })
      const { requirements, python } = await modelFiles.facts(files)
      return { name: model.name, version: row.version, ...files, requirements, python }
    },
  }
}

function filesOf(row: VersionRow): ModelFiles | undefined {
  if (row.logged_model_id !== null && !/^(?:runs|mlflow-artifacts):/.test(row.source))
    return { tree: { projectId: row.project_id, kind: 'logged-model', id: row.logged_model_id }, folder: '' }
  return filesOfSource(row.project_id, row.source)
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

/** Files of the machine a server runs on are nobody's model; MLflow refuses them for the same reason. */
function checkSource(source: string) {
  if (source === '') throw invalid(`Missing value for required parameter 'source'.`)
  if (/^file:/i.test(source) || source.startsWith('/') || /(?:^|[/\\])\.\.(?:[/\\]|$)/.test(decoded(source)))
    throw invalid(`Invalid model version source: '${source}'. It must not be a path of the server.`)
  if (source.length > 2000) throw invalid(`'source' exceeds the maximum length of 2000 characters`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** MLflow takes stages in any case. */
function stageNamed(given: string): string {
  const stage = stages.find((one) => one.toLowerCase() === given.toLowerCase())
  if (!stage) throw invalid(`Invalid Model Version stage: ${given}. Value must be one of ${stages.join(', ')}.`)
  return stage
}
