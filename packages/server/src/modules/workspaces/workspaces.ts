import os from 'node:os'

import { LabError, type Workspace, type WorkspaceRules, type WorkloadStatus } from '@mllab/contract'
import { messageOf, slugFrom, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { Operations } from '../../core/operations.ts'
import type { Outbox } from '../../core/outbox.ts'
import type { PageRequest } from '../../core/pages.ts'
import type { Settings } from '../../core/settings.ts'
import type { Database } from '../../ports/database.ts'
import type { WorkloadClient } from '../../ports/workload-client.ts'
import { may, requireIn, type Access, type Actor, type ProjectRef } from '../access/access.ts'
import type { Files } from '../files/files.ts'
import type { Projects } from '../projects/projects.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import { createAdministration } from './administration.ts'
import { createActivity, type RouteTraffic } from './activity.ts'
import { createDatasetMounts } from './dataset-mounts.ts'
import { createKeeper } from './keeper.ts'
import { createHardware } from './hardware.ts'
import { DAY_MS, HOUR_MS, type LifeSpans } from './life.ts'
import { createMaking, type NewWorkspace } from './new-workspace.ts'
import { createProfiles } from './profiles.ts'
import { createPorts } from './ports.ts'
import { createRepositories } from './repository.ts'
import { createOwn } from './own.ts'
import { createRules } from './rules.ts'
import { createRunning, requireUp } from './running.ts'
import { createShares } from './shares.ts'
import { createSnapshots } from './snapshots.ts'
import { createTerms, type OperatorTerms } from './terms.ts'
import { createTools } from './tools.ts'
import { createChanges } from './workspace-changes.ts'
import { requireDo, type WorkspaceAction } from './workspaces.policy.ts'
import { createPresent } from './workspaces.present.ts'
import { createWorkspacesStore } from './workspaces.store.ts'

export type { RouteTraffic } from './activity.ts'

export interface WorkspacesOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly access: Access
  readonly outbox: Outbox
  readonly operations: Operations
  readonly workloads: Workloads
  readonly files: Files
  readonly client: WorkloadClient
  /** What flowed to each app since the server started. */
  readonly traffic: () => readonly RouteTraffic[]
  /** What becomes of unused workspaces unless a profile says otherwise. */
  readonly life: LifeSpans
  /** Path prefix of the platform, without a slash at the end. */
  readonly basePath: string
  /** The page that waits for an app and opens it. */
  readonly openUrl: (label: string, path: string) => string
  /** The page on which a link to a workspace is accepted. */
  readonly linkUrl: (secret: string) => string
  readonly slugOf: (projectId: string) => Promise<string | undefined>
  readonly settings: Settings
  readonly projects: Projects
  /** Who may have which workspaces, unless administrators say otherwise. */
  readonly rules: WorkspaceRules
  readonly terms: OperatorTerms
}

export type Workspaces = ReturnType<typeof createWorkspaces>

const KEEP_UNUSED_DATASETS_MS = 7 * DAY_MS
const SWEEP_EVERY_MS = HOUR_MS

/** Workspaces: JupyterLab and a terminal over files that stay. Only the owner enters one; owners of the project may stop and delete it. */
export function createWorkspaces(options: WorkspacesOptions) {
  const { db, clock, log, outbox, operations, workloads, files, openUrl, access } = options
  const { runtime } = workloads
  const store = createWorkspacesStore(db)
  const requireImage = async (ref: string) => {
    if ((await runtime.images.list()).some((image) => image.ref === ref)) return
    const fields = [{ field: 'body.image', message: 'is not known here' }]
    throw new LabError('IMAGE_UNKNOWN', { image: ref }, { fields })
  }
  const profiles = createProfiles({ db, clock, outbox, requireImage })
  const datasets = createDatasetMounts({ files, store, runtime, clock })
  const rules = createRules({ ...options, byDefault: options.rules })
  const terms = createTerms(options.terms)
  const making = createMaking({
    ...options,
    store,
    profiles,
    datasets,
    requireImage,
    rules,
    terms,
    personOf: options.projects.personOf,
  })
  const announce = (workload: Workload, type: `workspace.${string}` = 'workspace.changed', actor?: Actor) =>
    outbox.commit(
      [],
      [
        {
          type,
          projectId: workload.projectId,
          subject: { kind: 'workspace', id: workload.id },
          actorId: actor?.principalId,
          payload: { slug: workload.slug, name: workload.name },
        },
      ],
    )
  const changed = async (workload: Workload) => void (await announce(workload))
  const repositories = createRepositories({ db, workloads, store, operations, changed })
  const activity = createActivity({ ...options, runtime })
  const keeper = createKeeper({ workloads, store, activity, repositories, outbox, clock, log })

  const find = (actor: Actor, project: ProjectRef, slug: string) =>
    workloads.get(requireIn(actor, 'workspaces:read', project.id), project, 'workspace', slug)

  const forAction = async (actor: Actor, project: ProjectRef, slug: string, action: WorkspaceAction) => {
    const workload = await find(actor, project, slug)
    const seen = requireDo(actor, workload, action)
    const row = await store.get(workload.id)
    if (!row) throw new LabError('NOT_FOUND', { what: 'workspace' })
    return { seen, workload, row }
  }

  const snapshots = createSnapshots({ ...options, store, find, forAction })
  workloads.beforeStart('workspace', async (workload, context) => {
    await snapshots.requireWhole(workload)
    await snapshots.fill(workload, context)
    await datasets.layOutAll(workload, context)
  })
  const sweep = async () => {
    await snapshots.sweep()
    await datasets.sweep(clock.now() - KEEP_UNUSED_DATASETS_MS)
  }
  const sweepSoon = () =>
    void sweep().catch((error: unknown) => log.warn('workspaces were not swept', { error: messageOf(error) }))
  const ports = createPorts({ workloads, basePath: options.basePath, openUrl, forAction })
  const shares = createShares({ ...options, forAction })
  const tools = createTools({ db, operations, workloads, openUrl, forAction, changed })
  const present = createPresent({ rules, access, workloads, store, ports, shares, tools, openUrl })

  const presentOne = async (actor: Actor, workload: Workload): Promise<Workspace> => {
    const [workspace] = await present(actor, [workload])
    if (!workspace) throw new LabError('NOT_FOUND', { what: 'workspace' })
    return workspace
  }

  const hardware = createHardware({ workloads, clock, storageGb: options.terms.storageGb })

  const changes = createChanges({ workloads, profiles, datasets, requireImage, terms, find })

  const { begin, ...running } = createRunning({ ...options, store, keeper, snapshots, forAction, presentOne, announce })
  const own = createOwn({ ...options, store, making, rules, begin, presentOne })
  const administration = createAdministration({ ...options, making, rules, own, begin, present })

  return {
    administration,
    own,
    forgetSteps: store.forgetSteps,
    rules,
    profiles,
    ports,
    shares,
    snapshots,
    tools,

    list: async (
      actor: Actor,
      project: ProjectRef,
      filter: { search?: string | undefined; mine: boolean; status?: WorkloadStatus | undefined },
      request: PageRequest,
    ) => {
      const seen = requireIn(actor, 'workspaces:read', project.id)
      const { search, status } = filter
      const wanted = { search, status, ...(filter.mine ? { ownerId: actor.principalId } : {}) }
      const page = await workloads.list(seen, project, { kind: 'workspace', ...wanted }, request)
      return {
        items: await present(actor, page.items),
        next: page.next,
        can: may(actor, 'workspaces:write', project.id) && (await rules.allows(actor, 'named')) ? ['create'] : [],
      }
    },

    options: async (actor: Actor, project: ProjectRef) => {
      requireIn(actor, 'workspaces:read', project.id)
      const images = (await runtime.images.list()).filter(
        ({ ref }) => ref.startsWith('mllab/workspace') && terms.allows(ref),
      )
      return {
        images: images.map(({ ref, title, ready }) => ({ ref, title, ready })),
        profiles: (await profiles.list(actor)).items,
        life: options.life,
        canSuspend: runtime.capabilities.suspend,
        cpus: os.availableParallelism(),
        memoryBytes: os.totalmem(),
        isolation: runtime.capabilities.isolation,
        isolationDetail: runtime.capabilities.isolationDetail,
        memoryLimit: runtime.capabilities.limits.memory,
        allowedImages: [...terms.images],
        limits: { cpus: terms.most.cpus ?? null, memoryGb: terms.most.memoryGb ?? null },
        suggestedName: await making.freeSlug(actor, project, slugFrom(actor.name) ?? 'workspace'),
      }
    },

    create: async (actor: Actor, project: ProjectRef, input: NewWorkspace): Promise<Workspace> =>
      presentOne(actor, await making.create(actor, project, input)),

    usage: async (actor: Actor, project: ProjectRef, slug: string, minutes: number) =>
      workloads.history(await find(actor, project, slug), minutes),

    hardware: async (actor: Actor, project: ProjectRef, slug: string) => hardware(await find(actor, project, slug)),

    usageOfAll: (actor: Actor, project: ProjectRef, minutes: number) =>
      workloads.usageOfAll(requireIn(actor, 'workspaces:read', project.id), project, 'workspace', minutes),

    get: async (actor: Actor, project: ProjectRef, slug: string) => presentOne(actor, await find(actor, project, slug)),

    ...running,

    change: async (...what: Parameters<typeof changes.change>) => presentOne(what[0], await changes.change(...what)),

    discardChanges: async (...what: Parameters<typeof changes.discard>) =>
      presentOne(what[0], await changes.discard(...what)),

    remove: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forAction(actor, project, slug, 'delete')
      await workloads.remove(actor, seen, workload)
      sweepSoon()
    },

    copy: async (
      actor: Actor,
      project: ProjectRef,
      slug: string,
      input: { name?: string | undefined; slug?: string | undefined; snapshot?: string | undefined },
    ): Promise<Workspace> => {
      const { workload } = await forAction(actor, project, slug, 'copy')
      await snapshots.requireWhole(workload)
      const volumeId = await snapshots.volumeOf(workload, input.snapshot)
      return presentOne(
        actor,
        await making.copy(actor, project, workload, { name: input.name, slug: input.slug, volumeId }),
      )
    },

    cloneAgain: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { workload, row } = await forAction(actor, project, slug, 'change')
      requireUp(workload)
      if (row.git_status !== 'failed')
        throw new LabError('CONFLICT', { reason: row.git ? 'It is cloned, or will be soon.' : 'It has no repository.' })
      await repositories.begin(workload, { ...row, git_status: 'waiting' })
      return presentOne(actor, workload)
    },

    logs: async (
      actor: Actor,
      project: ProjectRef,
      slug: string,
      query: { from: number; follow: boolean; signal: AbortSignal },
    ) => {
      // A log may hold what its owner printed: his, and for owners of the project to find out why it fails.
      const { workload } = await forAction(actor, project, slug, 'logs')
      return workloads.logs(workload, query)
    },

    /** Takes up the work; workloads have been started before. */
    watch: (scope: Scope): void => {
      keeper.start(scope)
      sweepSoon()
      scope.every(SWEEP_EVERY_MS, sweepSoon)
    },
  }
}
