import type { Workspace } from '@mllab/contract'
import { isoTime } from '@mllab/kernel'

import type { Access, Actor } from '../access/access.ts'
import { rests, shownSpec, type Workload, type Workloads, type WorkloadSpec } from '../workloads/workloads.ts'
import { presentLife } from './life.ts'
import type { Ports } from './ports.ts'
import { repositoryOf } from './repository.ts'
import type { Rules } from './rules.ts'
import type { Shares } from './shares.ts'
import type { Tools } from './tools.ts'
import { canDo } from './workspaces.policy.ts'
import type { WorkspaceRow, WorkspacesStore } from './workspaces.store.ts'

export interface PresentOptions {
  readonly access: Access
  readonly rules: Rules
  readonly workloads: Workloads
  readonly store: WorkspacesStore
  readonly ports: Ports
  readonly shares: Shares
  readonly tools: Tools
  /** The page that waits for an app and opens it. */
  readonly openUrl: (label: string, path: string) => string
}

/** Workspaces as the API shows them to somebody. */
export function createPresent({ rules, access, workloads, store, ports, shares, tools, openUrl }: PresentOptions) {
  const canSuspend = workloads.runtime.capabilities.suspend

  return async (actor: Actor, found: readonly Workload[]): Promise<Workspace[]> => {
    const people = await access.people(found.map(({ ownerId }) => ownerId))
    const mayMake = await rules.allows(actor, 'named')
    const ids = found.map(({ id }) => id)
    const rows = await store.of(ids)
    const shared = await shares.wholeFor(actor, ids)
    const current = new Map((await workloads.runtime.images.list()).map(({ ref, key }) => [ref, key]))
    const opening = new Map(await Promise.all(found.map(async (one) => [one.id, await tools.of(one)] as const)))
    return found.flatMap((workload) => {
      const row = rows.get(workload.id)
      // Deleted and purged between the two reads.
      if (!row) return []
      const home = workloads.routesOf(workload).find(({ pathPrefix }) => pathPrefix === workload.spec.servicePath)
      return [
        {
          id: workload.id,
          slug: workload.slug,
          name: workload.name,
          owner: people.get(workload.ownerId) ?? { id: workload.ownerId, name: 'somebody who left', username: null },
          state: workloads.state(workload),
          url: home ? openUrl(home.label, home.pathPrefix) : '',
          tools: opening.get(workload.id) ?? [],
          updateAvailable: isOutdated(workload, current),
          ...presentSettings(shownSpec(workload)),
          pending: presentPending(workload),
          version: workload.revision,
          git: presentGit(row),
          life: presentLife(row, workload, canSuspend),
          ports: ports.of(workload),
          createdAt: isoTime(workload.createdAt),
          can: [
            ...canDo(actor, workload).filter((action) => action !== 'copy' || mayMake),
            ...(shared.has(workload.id) ? ['open'] : []),
          ],
        },
      ]
    })
  }
}

function presentSettings({ secretEnvNames, secrets = [], profile, datasets = [], resources }: WorkloadSpec) {
  return {
    env: Object.fromEntries(secretEnvNames.map((name) => [name, '********'])),
    secrets: [...secrets],
    profile: profile ?? null,
    limits: {
      cpus: resources.cpus ?? null,
      memoryGb: resources.memoryBytes === undefined ? null : resources.memoryBytes / 2 ** 30,
    },
    datasets: [...datasets],
  }
}

function presentPending(workload: Workload): Workspace['pending'] {
  const { next } = workload
  if (!next || rests(workload)) return null
  return { image: next.spec.image, ...presentSettings(next.spec), changed: [...next.changed] }
}

/** Its image has become another one since it was resolved for it. */
function isOutdated({ spec, imageKey }: Workload, current: ReadonlyMap<string, string | undefined>): boolean {
  const key = current.get(spec.image)
  return imageKey !== null && key !== undefined && key !== imageKey
}

function presentGit(row: WorkspaceRow): Workspace['git'] {
  const repository = repositoryOf(row)
  if (!repository) return null
  const { secret, branch, ...rest } = repository
  return {
    ...rest,
    ...(branch === undefined ? {} : { branch }),
    ...(secret ? { secret } : {}),
    status: row.git_status ?? 'waiting',
    detail: row.git_detail,
  }
}
