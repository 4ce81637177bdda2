import { isDeepStrictEqual } from 'node:util'

import { LabError, type SecretUse } from '@mllab/contract'

import { requireIn, type Actor, type ProjectRef } from '../access/access.ts'
import { declaredSpec, type NewWorkload, type Workload, type Workloads } from '../workloads/workloads.ts'
import { codeOf, memoryOf, withCode } from './service-spec.ts'
import type { ServingImages } from './serving-images.ts'

/** What is left out stays as it is. */
export interface ServiceChange {
  readonly name?: string | undefined
  readonly image?: string | undefined
  readonly code?: { readonly source?: string | undefined; readonly health?: string | null | undefined } | undefined
  readonly memoryGb?: number | null | undefined
  readonly env?: Readonly<Record<string, string | null>> | undefined
  readonly secrets?: readonly SecretUse[] | undefined
}

type Spec = NewWorkload['spec']

/** Changes the settings of services. Its addresses stay, so another image has to serve the same ports. */
export function createServiceChanges({ workloads, images }: { workloads: Workloads; images: ServingImages }) {
  const forChange = async (actor: Actor, project: ProjectRef, slug: string) => {
    const seen = requireIn(actor, 'services:write', project.id)
    return { seen, workload: await workloads.get(seen, project, 'service', slug) }
  }

  const check = async (workload: Workload, { image, code }: ServiceChange) => {
    const before = declaredSpec(workload)
    const made = codeOf(before)
    if (code && !made) throw refusal('code', 'It is not made from code; deploy another service.')
    if (image === undefined || image === before.image) return
    if (before.about['model'] !== undefined) throw refusal('image', 'It serves a model; deploy another service.')
    const ports = await images.requirePorts(image)
    const served = workloads.routesOf(workload).map(({ port }) => port)
    if (!made && !isDeepStrictEqual(ports.map(({ port }) => port).toSorted(), served.toSorted()))
      throw refusal('image', `It has addresses for the ports ${served.join(', ')}, and ${image} serves others.`)
  }

  return {
    /** What runs goes on as it is until its next start. */
    change: async (actor: Actor, project: ProjectRef, slug: string, change: ServiceChange, ifVersion?: number) => {
      const { seen, workload } = await forChange(actor, project, slug)
      await check(workload, change)
      const { name, env, secrets } = change
      const spec = (before: Spec) => changed(before, change)
      return workloads.change(actor, seen, workload, { name, env, secrets, spec }, ifVersion)
    },

    discard: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forChange(actor, project, slug)
      return workloads.discard(actor, seen, workload)
    },
  }
}

function changed(before: Spec, { image, code, memoryGb }: ServiceChange): Spec {
  const placed = {
    ...before,
    image: image ?? before.image,
    ...(memoryGb === undefined ? {} : { resources: memoryOf(memoryGb) }),
  }
  const made = codeOf(before)
  if (!made || !code) return placed
  const { source = made.source, health = made.health } = code
  return withCode(placed, { source, health, port: made.port })
}

function refusal(field: string, reason: string): LabError {
  return new LabError('INVALID_INPUT', { reason }, { fields: [{ field: `body.${field}`, message: reason }] })
}
