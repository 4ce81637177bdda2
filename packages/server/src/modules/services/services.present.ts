import type { Service } from '@mllab/contract'
import { isoTime } from '@mllab/kernel'

import { may, type Access, type Actor } from '../access/access.ts'
import { rests, shownSpec, type Workload, type Workloads, type WorkloadSpec } from '../workloads/workloads.ts'
import { codeOf } from './service-spec.ts'

export interface PresentOptions {
  readonly access: Access
  readonly workloads: Workloads
  readonly publicOrigin: string
  readonly openUrl: (label: string, path: string) => string
}

/** Services as the API shows them to somebody. Values of variables and tokens never are. */
export function createPresent({ access, workloads, publicOrigin, openUrl }: PresentOptions) {
  return async (actor: Actor, found: readonly Workload[]): Promise<Service[]> => {
    const people = await access.people(found.map(({ ownerId }) => ownerId))
    return found.map((workload) => {
      const { model, version } = workload.spec.about
      return {
        id: workload.id,
        slug: workload.slug,
        name: workload.name,
        model: typeof model === 'string' && typeof version === 'number' ? { name: model, version } : null,
        state: workloads.state(workload),
        ports: workloads.routesOf(workload).map((route) => ({
          name: String(route.port),
          port: route.port,
          url: `${publicOrigin}${route.pathPrefix}`,
          openUrl: openUrl(route.label, '/'),
        })),
        ...settingsOf(shownSpec(workload)),
        pending: pendingOf(workload),
        version: workload.revision,
        createdBy: people.get(workload.ownerId) ?? null,
        createdAt: isoTime(workload.createdAt),
        can: can(actor, workload),
      }
    })
  }
}

function settingsOf(spec: WorkloadSpec) {
  const { memoryBytes } = spec.resources
  return {
    code: codeOf(spec),
    memoryGb: memoryBytes === undefined ? null : memoryBytes / 2 ** 30,
    env: Object.fromEntries(spec.secretEnvNames.map((name) => [name, '********'])),
    secrets: [...(spec.secrets ?? [])],
  }
}

function pendingOf(workload: Workload): Service['pending'] {
  const { next } = workload
  if (!next || rests(workload)) return null
  return { image: next.spec.image, ...settingsOf(next.spec), changed: [...next.changed] }
}

function can(actor: Actor, workload: Workload): string[] {
  return [
    ...(may(actor, 'services:call', workload.projectId) ? ['call', 'logs'] : []),
    ...(may(actor, 'services:write', workload.projectId) ? ['start', 'stop', 'change', 'delete'] : []),
  ]
}
