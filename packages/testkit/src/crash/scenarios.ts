import type { Caller } from './caller.ts'
import { writeImages } from './images.ts'
import type { Tenant } from './tenant.ts'
import { workspacePoints, workspaceScenarios } from './workspace-scenarios.ts'

/** Folders of the server. */
export interface Place {
  readonly dataRoot: string
  readonly imagesRoot: string
}

/** How to come past a crash point: what has to be there before, and what leads there. */
export interface Scenario {
  prepare(tenant: Tenant, caller: Caller): Promise<unknown>
  /** May have no answer: the server ends on the way. */
  drive(tenant: Tenant, caller: Caller, place: Place): Promise<unknown>
  /** When everything has been looked at: what has to work now. */
  after?(tenant: Tenant, caller: Caller): Promise<unknown>
}

const TWO_PARTS_BYTES = 9 * 1024 * 1024

const nothing = () => Promise.resolve()
const aService = async (tenant: Tenant, caller: Caller) => {
  if (tenant.names('service', 'running').length === 0) await tenant.createService(caller)
}
const anUpload = async (tenant: Tenant, caller: Caller) => {
  if (tenant.upload?.parts === 1) await tenant.abortUpload(caller)
  if (!tenant.upload) await tenant.beginUpload(caller, TWO_PARTS_BYTES)
}
const allParts = async (tenant: Tenant, caller: Caller) => {
  await anUpload(tenant, caller)
  for (const number of [1, 2]) if (!tenant.upload?.received.has(number)) await tenant.putPart(caller, number)
}
const running = (tenant: Tenant) => tenant.names('service', 'running')[0] ?? ''

const start: Scenario = { prepare: nothing, drive: (tenant, caller) => tenant.createService(caller) }
const newImage: Scenario = {
  prepare: nothing,
  drive: async (tenant, caller, { imagesRoot }) => {
    await writeImages(imagesRoot, Date.now())
    await tenant.createService(caller)
  },
}
const stop: Scenario = { prepare: aService, drive: (tenant, caller) => tenant.stopService(caller, running(tenant)) }
const restart: Scenario = {
  prepare: aService,
  drive: (tenant, caller) => tenant.restartService(caller, running(tenant)),
}
const remove: Scenario = { prepare: aService, drive: (tenant, caller) => tenant.removeService(caller, running(tenant)) }
const end: Scenario = {
  // A new one each time: the next restart of one waits longer.
  prepare: (tenant, caller) => tenant.createService(caller),
  drive: (tenant, caller, { dataRoot }) =>
    tenant.crashService(caller, tenant.names('service', 'running').at(-1) ?? '', dataRoot),
}
const put: Scenario = { prepare: nothing, drive: (tenant, caller) => tenant.putFile(caller) }
// Again, when it is there already: its body is another one for a moment than the row says.
const part: Scenario = { prepare: allParts, drive: (tenant, caller) => tenant.putPart(caller, 2) }
const complete: Scenario = { prepare: allParts, drive: (tenant, caller) => tenant.completeUpload(caller) }
const abort: Scenario = { prepare: allParts, drive: (tenant, caller) => tenant.abortUpload(caller) }
const purge: Scenario = {
  prepare: async (tenant, caller) => {
    await aService(tenant, caller)
    await tenant.putFile(caller)
    // They outlive it.
    for (const username of tenant.names('account')) await tenant.removeAccount(caller, username)
  },
  drive: (tenant, caller) => tenant.removeProject(caller),
}

/** Every crash point of a server that runs. A check compares them with those in the code. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'start/placed': start,
  'start/token-stored': start,
  'start/token-issued': restart,
  'start/volumes-ready': start,
  'start/image-resolved': start,
  'image/aside': newImage,
  'instance/prepared': restart,
  'instance/spawned': start,
  'start/applied': restart,
  'start/answered': start,
  'restart/counted': end,
  'restart/removed': end,
  'instance/ended': stop,
  'instance/record-removed': stop,
  'stop/removed': stop,
  'purge/removed': remove,
  'volume/aside': remove,
  'purge/volumes-removed': remove,
  'bytes/durable': put,
  'bytes/kept': put,
  'part/received': part,
  'upload/sealed': complete,
  'upload/joined': complete,
  'upload/entries-stored': complete,
  'upload/published': complete,
  'upload/forgotten': abort,
  'operation/claimed': purge,
  'project-purge/workloads-deleted': purge,
  'project-purge/runs-erased': purge,
  'operation/handled': purge,
  'operation/finished': purge,
  ...workspaceScenarios,
}

/** One crash point of each kind of recovery, for a run that has to be short. */
export const fewPoints: readonly string[] = [
  'start/token-issued',
  'image/aside',
  'instance/prepared',
  'instance/spawned',
  'start/applied',
  'restart/removed',
  'instance/ended',
  'instance/record-removed',
  'stop/removed',
  'purge/removed',
  'volume/aside',
  'bytes/durable',
  'part/received',
  'upload/joined',
  'upload/published',
  'project-purge/workloads-deleted',
  'operation/finished',
  ...workspacePoints,
]

/** Crash points of the first start, before anybody can ask for anything. */
export const startPoints: readonly string[] = ['migration/applied']
/** Crash points of work that is tried where it lies: layers of images are built from packages. */
export const pointsElsewhere: readonly string[] = ['layer/aside']
