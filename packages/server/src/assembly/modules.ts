import { httpWorkloadClient } from '../adapters/workload-client/http-client.ts'
import type { Entrance } from '../entrance.ts'
import { createAccess, systemActor } from '../modules/access/access.ts'
import { createAccounts } from '../modules/accounts/accounts.ts'
import { createRemoval } from '../modules/accounts/removal.ts'
import { createTokens } from '../modules/accounts/tokens.ts'
import { createActivity } from '../modules/activity/activity.ts'
import { createDocuments } from '../modules/documents/documents.ts'
import { createFiles } from '../modules/files/files.ts'
import { createHome } from '../modules/home/home.ts'
import { createInvitations } from '../modules/projects/invitations.ts'
import { createProjects } from '../modules/projects/projects.ts'
import { createRoutes } from '../modules/routes/routes.ts'
import { createNamedSecrets } from '../modules/secrets/secrets.ts'
import { withFiles } from '../modules/services/model-files.ts'
import { createServices } from '../modules/services/services.ts'
import { createTracking } from '../modules/tracking/tracking.ts'
import { createWorkloads } from '../modules/workloads/workloads.ts'
import { createWorkspaces } from '../modules/workspaces/workspaces.ts'
import type { Foundations } from './foundations.ts'

/** In a project: a filter may have to look at all of them. */
const MOST_DOCUMENTS = 100_000
const DAY_MS = 24 * 3600_000

export type Modules = ReturnType<typeof createModules>

/**
 * Every module, each handed what it needs of the others. `traffic` tells how much went through the gateway lately, which stands before
 * all of this and is made last.
 */
export function createModules(
  {
    config,
    log,
    clock,
    db,
    objects,
    changes,
    secrets,
    leases,
    outbox,
    settings,
    samples,
    operations,
    rounds,
    runtime,
  }: Foundations,
  { publicOrigin, traffic }: { readonly publicOrigin: string; readonly traffic: Entrance['traffic'] },
) {
  const access = createAccess({ db, clock, changes, log, sessionMs: config.sessionHours * 3600_000 })
  const accounts = createAccounts({
    db,
    clock,
    access,
    outbox,
    settings,
    registrationOpen: config.registrationOpen,
    invitationHolds: (secret) => invitations.holds(secret),
    statusOfRegistered: runtime.capabilities.isolation === 'none' ? 'pending' : 'active',
  })
  const projects = createProjects({ db, clock, access, outbox, operations })
  const tokens = createTokens({ clock, access, outbox, slugOf: projects.slugOf })
  const invitations = createInvitations({ db, clock, access, outbox })
  const activity = createActivity({ db, access, operations })
  const routes = createRoutes({ db, clock, changes, log })
  const openUrl = (label: string, to: string) =>
    `${config.basePath}/apps/open?app=${label}&to=${encodeURIComponent(to)}`
  const documents = createDocuments({
    db,
    clock,
    access,
    quota: { documents: MOST_DOCUMENTS, sizeBytes: config.documentQuotaMb * 2 ** 20 },
  })
  const named = createNamedSecrets({ db, clock, access, outbox, seals: secrets })
  const workloads = createWorkloads({
    db,
    clock,
    log,
    access,
    outbox,
    leases,
    secrets,
    named,
    samples,
    runtime,
    routes,
    slugOf: projects.slugOf,
    livingProjectStep: projects.livingStep,
    client: httpWorkloadClient,
    limits: {
      cpus: config.cpuLimit,
      memoryBytes: config.memoryLimitGb === undefined ? undefined : config.memoryLimitGb * 2 ** 30,
    },
    variables: { workspace: config.workspaceEnv },
  })
  const keepDeletedMs = config.keepDeletedDays * DAY_MS
  const files = createFiles({
    db,
    objects,
    clock,
    access,
    outbox,
    operations,
    rounds,
    keepDeletedMs,
    registry: {
      check: (actor, project, name) => tracking.versions.uploads.check(actor, project, name),
      addUploaded: (upload, steps) => tracking.versions.uploads.addUploaded(upload, steps),
    },
    log,
  })
  const tracking = createTracking({
    db,
    clock,
    access,
    outbox,
    trees: files.trees,
    frozen: files.frozen,
    rounds,
    keepDeletedMs,
    log,
    servicesOf: (projectId, model, modelVersion) => services.servingModel(projectId, model, modelVersion),
  })
  const services = createServices({
    access,
    workloads,
    basePath: config.basePath,
    publicOrigin,
    openUrl,
    client: httpWorkloadClient,
    modelFor: async (actor, project, wanted) =>
      withFiles(files.trees, await tracking.modelForDeployment(actor, project, wanted)),
    modelOf: async (projectId, name, modelVersion) => {
      const project = { id: projectId, slug: (await projects.slugOf(projectId)) ?? '' }
      return withFiles(
        files.trees,
        await tracking.modelForDeployment(systemActor, project, { name, version: modelVersion }),
      )
    },
  })
  const home = createHome({
    workloads,
    storageOf: files.storageOf,
    outlines: { data: files.outline, run: tracking.runsOutline, model: tracking.modelsOutline },
  })
  const workspaces = createWorkspaces({
    db,
    clock,
    log,
    access,
    outbox,
    operations,
    workloads,
    files,
    client: httpWorkloadClient,
    traffic,
    life: {
      suspendAfterMinutes: config.workspaceSuspendMinutes,
      stopAfterHours: config.workspaceStopHours,
      daysToLive: config.workspaceDays,
    },
    basePath: config.basePath,
    openUrl,
    linkUrl: (secret) => `${publicOrigin}${config.basePath}/app/shared#${secret}`,
    slugOf: projects.slugOf,
    settings,
    projects,
    rules: {
      handOut: config.workspaceHandOut,
      members: { kinds: config.workspaceMembers, most: config.workspaceMembersMost },
      administrators: { kinds: config.workspaceAdministrators, most: config.workspaceAdministratorsMost },
    },
    terms: {
      images: config.workspaceImages,
      cpus: config.workspaceCpus,
      memoryGb: config.workspaceMemoryGb,
      most: { cpus: config.cpuLimit, memoryGb: config.memoryLimitGb },
      storageGb: config.workspaceStorageGb ?? config.storageLimitGb,
    },
  })
  const removal = createRemoval({ db, clock, access, outbox, operations })

  return {
    access,
    accounts,
    removal,
    projects,
    tokens,
    invitations,
    activity,
    routes,
    documents,
    named,
    workloads,
    files,
    tracking,
    services,
    home,
    workspaces,
  }
}
