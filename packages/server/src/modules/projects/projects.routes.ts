import { contract } from '@mllab/contract'

import { route, type Access, type AnyRoute } from '../access/access.ts'
import type { Invitations } from './invitations.ts'
import type { Projects } from './projects.ts'

export interface ProjectsRoutesOptions {
  readonly projects: Projects
  readonly invitations: Invitations
  readonly access: Access
  /** Where a person opens an invitation. */
  readonly invitationUrl: (secret: string) => string
}

export function projectsRoutes({ projects, invitations, access, invitationUrl }: ProjectsRoutesOptions): AnyRoute[] {
  const endpoints = contract.projects
  return [
    route(endpoints.list, ({ actor, query }) => projects.list(actor, query)),
    route(endpoints.create, ({ actor, body }) => projects.create(actor, body)),
    route(contract.personal.project, async ({ actor }) => projects.openPersonal(actor)),
    route(endpoints.get, ({ actor, project }) => projects.get(actor, project)),
    route(endpoints.update, ({ actor, project, body, request }) =>
      projects.update(actor, project, body, request.ifMatch),
    ),
    route(endpoints.remove, async ({ actor, project }) => void (await projects.remove(actor, project))),
    route(endpoints.members, async ({ actor, project }) => ({
      items: await projects.members(actor, project),
      next: null,
    })),
    route(endpoints.setMember, ({ actor, project, params, body }) =>
      projects.setMember(actor, project, params.username, body.role),
    ),
    route(
      endpoints.removeMember,
      async ({ actor, project, params }) => void (await projects.removeMember(actor, project, params.username)),
    ),
    route(endpoints.leave, async ({ actor, project }) => void (await projects.leave(actor, project))),
    route(endpoints.invitations, async ({ actor, project }) => ({
      items: await invitations.list(actor, project),
      next: null,
    })),
    route(endpoints.invite, async ({ actor, project, body }) => {
      const invitation = await invitations.invite(actor, project, body)
      return { ...invitation, url: invitationUrl(invitation.secret) }
    }),
    route(
      endpoints.withdrawInvitation,
      async ({ actor, project, params }) => void (await invitations.withdraw(actor, project, params.id)),
    ),
    route(endpoints.invitation, ({ body }) => invitations.look(body.secret)),
    route(endpoints.acceptInvitation, async ({ actor, body }) => {
      const projectId = await invitations.accept(actor, body.secret)
      return projects.get(await access.refresh(actor), {
        id: projectId,
        slug: (await projects.slugOf(projectId)) ?? '',
      })
    }),
  ]
}
