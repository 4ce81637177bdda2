import { LabError, type WorkspacePort } from '@mllab/contract'
import { isPortError } from '@mllab/kernel'

import type { NewEvent } from '../../core/outbox.ts'
import { ExpectationError } from '../../ports/database.ts'
import type { Actor, ProjectRef } from '../access/access.ts'
import type { RouteFacts } from '../routes/routes.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import { isTool } from './tools.ts'
import type { WorkspaceAction } from './workspaces.policy.ts'

export type Ports = ReturnType<typeof createPorts>

const MOST = 20

/** Programs that people start in a workspace, each at an address of its own: for whom the workspace is for, and gone with it. */
export function createPorts({
  workloads,
  basePath,
  openUrl,
  forAction,
}: {
  workloads: Workloads
  basePath: string
  openUrl: (label: string, path: string) => string
  forAction: (
    actor: Actor,
    project: ProjectRef,
    slug: string,
    action: WorkspaceAction,
  ) => Promise<{ workload: Workload }>
}) {
  const present = (route: RouteFacts): WorkspacePort => ({
    name: route.portName,
    port: route.port,
    url: openUrl(route.label, '/'),
    listening: workloads.isReachable(route.id),
  })

  const named = (workload: Workload) => workloads.routesOf(workload).filter((route) => !isTool(workload, route))

  const event = (type: `workspace.${string}`, actor: Actor, workload: Workload, name: string): NewEvent => ({
    type,
    projectId: workload.projectId,
    subject: { kind: 'workspace', id: workload.id },
    actorId: actor.principalId,
    payload: { slug: workload.slug, name: workload.name, port: name },
  })

  const remove = async (actor: Actor, workload: Workload, route: RouteFacts) => {
    try {
      await workloads.removeRoute(workload, route.id, [event('workspace.port-closed', actor, workload, route.portName)])
    } catch (error) {
      if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'port' }, { cause: error })
      throw error
    }
  }

  return {
    of: (workload: Workload): WorkspacePort[] => named(workload).map(present),

    /** Says where a port is reached; saying it again changes nothing, another number replaces the one before. */
    put: async (
      actor: Actor,
      project: ProjectRef,
      slug: string,
      name: string,
      port: number,
    ): Promise<WorkspacePort> => {
      const { workload } = await forAction(actor, project, slug, 'change')
      const known = named(workload).find(({ portName }) => portName === name)
      if (known?.port === port) return present(known)
      if (workloads.routesOf(workload).some(({ portName, id }) => portName === name && id !== known?.id))
        throw new LabError('RESERVED_NAME', { name })
      if (!known && named(workload).length >= MOST) throw new LabError('TOO_LARGE', { limit: `${MOST} named ports` })
      if (known) await remove(actor, workload, known)
      const pathPrefix = `${basePath}/w/${workload.id}-${name}/`
      try {
        const route = { portName: name, port, pathPrefix, stripPrefix: true }
        return present(
          await workloads.addRoute(workload, route, [event('workspace.port-opened', actor, workload, name)]),
        )
      } catch (error) {
        if (isPortError(error, 'CONFLICT')) throw new LabError('NAME_TAKEN', { what: 'port', name }, { cause: error })
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'workspace' }, { cause: error })
        throw error
      }
    },

    remove: async (actor: Actor, project: ProjectRef, slug: string, name: string): Promise<void> => {
      const { workload } = await forAction(actor, project, slug, 'change')
      const known = named(workload).find(({ portName }) => portName === name)
      if (!known) throw new LabError('NOT_FOUND', { what: 'port' })
      await remove(actor, workload, known)
    },
  }
}
