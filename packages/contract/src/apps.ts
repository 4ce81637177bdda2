import { z } from 'zod'

import { Id, page, Slug, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

/** How apps are kept apart from the platform at the address that was asked. */
export const AppsWall = z.object({
  wall: z.boolean().describe('Every app has an origin of its own'),
  address: z.string().describe('The address this is about: the one by which it was asked'),
  costs: z.array(z.string()).describe('What is missing without a wall, a sentence each; empty with one'),
  remedies: z
    .array(z.object({ title: z.string(), detail: z.string(), command: z.string().nullable() }))
    .describe('How to get one, the easiest first'),
})
export type AppsWall = z.infer<typeof AppsWall>

/** A path that opens one service for one person, made where services have no origins of their own. */
export const AppLink = z.object({
  id: Id,
  current: z.boolean().describe('Made in the session that asks'),
  project: Slug,
  service: Slug,
  port: z.number().int(),
  createdAt: Time,
  expiresAt: Time,
})
export type AppLink = z.infer<typeof AppLink>

const tag = 'Apps'

export const apps = {
  wall: endpoint({
    method: 'GET',
    path: '/api/apps/wall',
    tag,
    summary: 'Whether apps have origins of their own at this address, and how to get there',
    access: { who: 'signed-in', scope: 'account:read' },
    success: { status: 200, body: AppsWall },
  }),
  links: endpoint({
    method: 'GET',
    path: '/api/me/app-links',
    tag,
    summary: 'Links into services that were made for the caller, where services have no origins of their own',
    access: { who: 'signed-in', scope: 'account:read' },
    success: { status: 200, body: page(AppLink) },
  }),
  revokeLink: endpoint({
    method: 'DELETE',
    path: '/api/me/app-links/{id}',
    tag,
    summary: 'End a link; what is open by it is cut within half a second',
    access: { who: 'signed-in', scope: 'account:write' },
    params: z.object({ id: Id }),
    success: { status: 204 },
  }),
}
