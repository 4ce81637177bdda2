import { isLabError, LabError, type Workspace } from '@mllab/contract'

import { may, requireIn, type Access, type Actor, type ProjectRef, type Visible } from '../access/access.ts'
import type { Projects } from '../projects/projects.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import type { Making, NewWorkspace } from './new-workspace.ts'
import type { Rules } from './rules.ts'
import type { WorkspacesStore } from './workspaces.store.ts'

export interface OwnOptions {
  readonly access: Access
  readonly projects: Projects
  readonly workloads: Workloads
  readonly store: WorkspacesStore
  readonly making: Making
  readonly rules: Rules
  /** Has a workspace run that rests. */
  readonly begin: (actor: Actor, seen: Visible, workload: Workload) => Promise<Workload>
  readonly presentOne: (actor: Actor, workload: Workload) => Promise<Workspace>
}

export type Own = ReturnType<typeof createOwn>

/** Slug of the default workspace in somebody's personal project. */
export const DEFAULT_SLUG = 'default'
export const DEFAULT_NAME = 'Default'

/** The default workspace that everybody can have: made when it is first opened, in the personal project. */
export function createOwn(options: OwnOptions) {
  const { access, projects, workloads, rules } = options

  const defaultOf = async (actor: Actor, project: ProjectRef): Promise<Workload | undefined> => {
    try {
      const seen = requireIn(actor, 'workspaces:read', project.id)
      const found = await workloads.get(seen, project, 'workspace', DEFAULT_SLUG)
      return found.ownerId === actor.principalId ? found : undefined
    } catch (error) {
      if (isLabError(error, 'NOT_FOUND')) return undefined
      throw error
    }
  }

  const make = async (actor: Actor, project: ProjectRef, input: NewWorkspace): Promise<Workload> => {
    try {
      return await options.making.create(actor, project, input, { kind: 'default' })
    } catch (error) {
      // Opened twice at once.
      const made = isLabError(error, 'NAME_TAKEN') ? await defaultOf(actor, project) : undefined
      if (made) return made
      throw error
    }
  }

  return {
    defaultOf,

    look: async (actor: Actor) => {
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'Only people have a default workspace.' })
      const project = await projects.personalOf(actor.principalId)
      const visible = project !== undefined && may(actor, 'workspaces:read', project.id)
      const workload = visible ? await defaultOf(actor, project) : undefined
      return {
        project: visible ? project.slug : null,
        workspace: workload ? await options.presentOne(actor, workload) : null,
        allowance: await rules.allowance(actor),
        owned: await options.store.owned(actor.principalId),
      }
    },

    open: async (
      actor: Actor,
      input: Pick<NewWorkspace, 'profile' | 'parameters' | 'image' | 'cpus' | 'memoryGb'>,
    ): Promise<{ project: string; workspace: Workspace }> => {
      const known = await projects.personalOf(actor.principalId)
      const there = known && (await defaultOf(actor, known))
      if (!there) await rules.makingSteps(actor, 'default')
      const project = known ?? (await projects.personal(actor))
      // He owns the project since a moment ago.
      const self = known ? actor : await access.refresh(actor)
      const wanted = { ...input, name: DEFAULT_NAME, slug: DEFAULT_SLUG, env: {}, secrets: [], datasets: [], life: {} }
      const workload = there
        ? await options.begin(self, requireIn(self, 'workspaces:write', project.id), there)
        : await make(self, project, wanted)
      return { project: project.slug, workspace: await options.presentOne(self, workload) }
    },
  }
}
