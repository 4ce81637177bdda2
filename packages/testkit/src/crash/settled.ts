import type { AdministeredWorkspace, Service } from '@mllab/contract'

import type { Caller } from './caller.ts'
import { readEvidence } from './evidence.ts'
import { GREETER, processesOf } from './images.ts'
import { describeProcess, runningOn, type Running } from './processes.ts'
import type { Tenant } from './tenant.ts'

/** What should be there, by the tenants' ledgers. */
export interface Wanted {
  /** Its name in the ledger: `service …`, `workspace …` or `handed …`. */
  readonly name: string
  readonly workload: Pick<Service | AdministeredWorkspace, 'id' | 'slug' | 'state'>
  readonly tenant: Tenant
  readonly runs: boolean
}

/** A server that has nothing left to do. */
export interface Settled {
  readonly wanted: readonly Wanted[]
  /** By workload. */
  readonly running: ReadonlyMap<string, Running>
  /** How long it took from the first look. */
  readonly tookMs: number
}

const LOOK_EVERY_MS = 25

/**
 * Waits until exactly that runs which should, and nothing is left over of what went: no process, token, route, volume, folder, operation.
 * Fails with what is still wrong after `deadlineMs`, which is less than a lease lasts: leases of a killed server must not be waited for.
 */
export async function untilSettled(
  dataRoot: string,
  caller: Caller,
  tenants: readonly Tenant[],
  deadlineMs: number,
): Promise<Settled> {
  const begin = performance.now()
  for (;;) {
    const wanted = await wantedOf(caller, tenants)
    const running = runningOn(dataRoot)
    const problems = [
      ...wanted.flatMap((one) => wrongWith(one, running)),
      ...leftOver(wanted, running),
      ...wrongEvidence(dataRoot, wanted),
    ]
    if (problems.length === 0) problems.push(...(await unreachable(caller, wanted)))
    const tookMs = performance.now() - begin
    if (problems.length === 0) return { wanted, running: new Map(running.map((one) => [one.workloadId, one])), tookMs }
    if (tookMs > deadlineMs) throw new Error(`after ${Math.round(tookMs)} ms:\n  ${problems.join('\n  ')}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

async function wantedOf({ api }: Caller, tenants: readonly Tenant[]): Promise<Wanted[]> {
  const living = tenants.filter(({ ledger }) => ledger.known.has('project'))
  const lists = await Promise.all(
    living.map(async (tenant) => {
      const { items } = await api.services.list({ params: { project: tenant.project }, query: { limit: 500 } })
      const runs = new Set(tenant.names('service', 'running'))
      return items.map((workload) => ({
        name: `service ${workload.slug}`,
        workload,
        tenant,
        runs: runs.has(workload.slug),
      }))
    }),
  )
  const { items } = await api.workspaceAdministration.list({ query: { limit: 500 } })
  const workspaces = items.flatMap((workload): Wanted[] => {
    const { project, slug, owner } = workload
    const names = [`workspace ${slug}`, `handed ${owner.username}`] as const
    const own = living.find((one) => one.project === project)
    const tenant = own ?? tenants.find(({ ledger }) => ledger.known.has(names[1]))
    const name = own ? names[0] : names[1]
    return tenant ? [{ name, workload, tenant, runs: tenant.ledger.known.get(name) === 'running' }] : []
  })
  return [...lists.flat(), ...workspaces]
}

function wrongWith({ name: thing, workload, tenant, runs }: Wanted, running: readonly Running[]): string[] {
  const name = `${thing} of ${tenant.project}`
  const { status, reason } = workload.state
  const instances = running.filter(({ workloadId }) => workloadId === workload.id)
  const problems: string[] = []
  const expected = runs ? 'running' : 'stopped'
  if (status !== expected) problems.push(`${name} is ${status}, not ${expected} ${reason?.detail ?? ''}`)
  if (instances.length !== (runs ? 1 : 0)) problems.push(`${name} has ${instances.length} instances`)
  for (const { pids } of instances)
    if (runs && pids.length !== processesOf[workload.state.image])
      problems.push(`${name} has other processes than it should: ${pids.map(describeProcess).join(', ')}`)
  return problems
}

function leftOver(wanted: readonly Wanted[], running: readonly Running[]): string[] {
  const living = new Set(wanted.map(({ workload }) => workload.id))
  return running
    .filter(({ workloadId }) => !living.has(workloadId))
    .map(({ marker, pids }) => `${marker} still runs: ${pids.join(' ')}`)
}

function wrongEvidence(dataRoot: string, wanted: readonly Wanted[]): string[] {
  const evidence = readEvidence(dataRoot)
  const living = new Set(wanted.map(({ workload }) => workload.id))
  const starts = new Set(wanted.flatMap(({ workload, runs }) => (runs ? [workload.id] : [])))
  const volumes = new Set([...living, ...[...starts].map((id) => `${id}-secrets`), ...evidence.snapshotVolumes])
  const strangers = (ids: readonly string[]) => ids.filter((id) => !living.has(id))
  const lists = {
    'tokens without a running workload': evidence.tokensOf.filter((id) => !starts.has(id)),
    'running workloads without a token': [...starts].filter((id) => !evidence.tokensOf.includes(id)),
    'workloads with two tokens': repeated(evidence.tokensOf),
    'routes without a workload': strangers(evidence.routesOf),
    'workloads without a route': [...living].filter((id) => !evidence.routesOf.includes(id)),
    'workloads with two routes': repeated(evidence.routesOf),
    'volumes left': evidence.volumes.filter((id) => !volumes.has(id)),
    'snapshots without files': evidence.snapshotVolumes.filter((id) => !evidence.volumes.includes(id)),
    'values left, or lost': evidence.strayValues,
    'folders of instances left': strangers(evidence.instances),
    'half-deleted volumes': evidence.trash,
    'half-made images': evidence.halfMadeImages,
    'workloads not purged': evidence.unpurged,
    'operations not ended': evidence.openOperations,
    'operations failed': evidence.failedOperations,
    'operations that ended without an event': evidence.silentOperations,
    'dead servers remembered': evidence.servers.slice(1),
  }
  return Object.entries(lists).flatMap(([what, ids]) => (ids.length > 0 ? [`${what}: ${ids.join(', ')}`] : []))
}

/** A service that listens answers through the gateway, with what it was given at its start. */
export async function unreachable({ url, token }: Caller, wanted: readonly Wanted[]): Promise<string[]> {
  const greeters = wanted.filter(
    ({ name, workload, runs }) => runs && name.startsWith('service ') && workload.state.image === GREETER,
  )
  const answers = await Promise.all(
    greeters.map(async ({ workload, tenant }) => {
      const address = `${url}/api/projects/${tenant.project}/services/${workload.slug}/8080/`
      const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
      const text = await response.text()
      return text === workload.slug ? [] : [`${address} answers ${response.status} ${text.slice(0, 200)}`]
    }),
  )
  return answers.flat()
}

function repeated(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index)
}
