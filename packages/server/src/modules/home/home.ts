import type { Answer, contract, WorkloadKind } from '@mllab/contract'
import { isoTimeOrNull } from '@mllab/kernel'

import type { Outline } from '../../core/outline.ts'
import { may, requireIn, type Actor, type ProjectRef, type Visible } from '../access/access.ts'
import type { Workloads } from '../workloads/workloads.ts'

type Overview = Answer<typeof contract.home.overview>

export interface HomeOptions {
  readonly workloads: Workloads
  readonly outlines: Readonly<
    Record<'data' | 'run' | 'model', (visible: Visible, projectId: string) => Promise<Outline>>
  >
  readonly storageOf: (visible: Visible) => Promise<{ dataBytes: number; artifactBytes: number }>
}

export type Home = ReturnType<typeof createHome>

const nothing: Outline = { count: 0, first: undefined }

/** The page one comes to first: what there is, and how far the five steps from data to a service were taken. */
export function createHome({ workloads, outlines, storageOf }: HomeOptions) {
  const ofWorkloads = async (seen: Visible, project: ProjectRef, kind: WorkloadKind) => {
    const [statuses, first] = await Promise.all([
      workloads.counts(seen, project.id, kind),
      workloads.first(seen, project.id, kind),
    ])
    const count = Object.values(statuses).reduce((sum, one) => sum + one, 0)
    return { statuses, outline: { count, first: first && { name: first.name, at: first.createdAt } } }
  }

  return {
    /** What the caller's token does not reach is shown as not there. */
    overview: async (actor: Actor, project: ProjectRef): Promise<Overview> => {
      const seen = requireIn(actor, 'project:read', project.id)
      const ifMay = <T>(action: Parameters<typeof may>[1], ask: () => Promise<T>, otherwise: T) =>
        may(actor, action, project.id) ? ask() : Promise.resolve(otherwise)
      const none = { statuses: {}, outline: nothing }
      const [data, run, model, workspace, service, storage] = await Promise.all([
        ifMay('files:read', () => outlines.data(seen, project.id), nothing),
        ifMay('runs:read', () => outlines.run(seen, project.id), nothing),
        ifMay('models:read', () => outlines.model(seen, project.id), nothing),
        ifMay('workspaces:read', () => ofWorkloads(seen, project, 'workspace'), none),
        ifMay('services:read', () => ofWorkloads(seen, project, 'service'), none),
        ifMay('files:read', () => storageOf(seen), { dataBytes: 0, artifactBytes: 0 }),
      ])
      return {
        counts: {
          datasets: data.count,
          runs: run.count,
          models: model.count,
          workspaces: workspace.outline.count,
          services: service.outline.count,
        },
        attention: { workspaces: workspace.statuses, services: service.statuses },
        steps: {
          data: stepOf(data),
          workspace: stepOf(workspace.outline),
          run: stepOf(run),
          model: stepOf(model),
          service: stepOf(service.outline),
        },
        storage,
      }
    },
  }
}

function stepOf({ first }: Outline): Overview['steps']['data'] {
  return { done: first !== undefined, at: isoTimeOrNull(first?.at ?? null), subject: first?.name ?? null }
}
