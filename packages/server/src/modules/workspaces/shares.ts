import { LabError, type SharedWorkspace, type WorkspaceShare } from '@mllab/contract'
import {
  crashPoint,
  isoTime,
  isoTimeOrNull,
  isPortError,
  newId,
  randomSecret,
  sha256Hex,
  type Clock,
} from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import type { Access, Actor, Person, ProjectRef } from '../access/access.ts'
import type { RouteFacts } from '../routes/routes.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import { createSharesStore, type ShareRow } from './shares.store.ts'
import { isTool } from './tools.ts'
import type { WorkspaceAction } from './workspaces.policy.ts'

export interface SharesOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly outbox: Outbox
  readonly workloads: Workloads
  readonly slugOf: (projectId: string) => Promise<string | undefined>
  readonly openUrl: (label: string, path: string) => string
  /** The page on which a link is accepted. */
  readonly linkUrl: (secret: string) => string
  /** The workspace, if the actor may do this with it. */
  readonly forAction: (
    actor: Actor,
    project: ProjectRef,
    slug: string,
    action: WorkspaceAction,
  ) => Promise<{ workload: Workload }>
}

export type Shares = ReturnType<typeof createShares>

const MOST = 200
const HOUR_MS = 3600_000

/**
 * Workspaces that their owners share: the whole, or one named port, with a person or by a link for a time. Who is let in is a member of the
 * project; into workspaces of a personal project anybody with an account. Every change is seen by open connections within half a second.
 */
export function createShares(options: SharesOptions) {
  const { db, clock, access, outbox, workloads, forAction } = options
  const store = createSharesStore(db)

  const routeNamed = (workload: Workload, name: string | undefined): RouteFacts | undefined => {
    if (name === undefined) return undefined
    const found = workloads.routesOf(workload).find((route) => route.portName === name)
    if (found && !isTool(workload, found)) return found
    const fields = [{ field: 'body.port', message: 'is no named port of it' }]
    throw new LabError('NOT_FOUND', { what: `port ${name}` }, { fields })
  }

  const portOf = (workload: Workload, { route_id }: ShareRow): string | null =>
    workloads.routesOf(workload).find(({ id }) => id === route_id)?.portName ?? null

  const present = (workload: Workload, row: ShareRow, people: ReadonlyMap<string, Person>): WorkspaceShare => ({
    id: row.id,
    kind: row.principal_id === null ? 'link' : 'person',
    person:
      row.principal_id === null
        ? null
        : (people.get(row.principal_id) ?? { id: row.principal_id, name: 'somebody who left', username: null }),
    link: row.link_id,
    port: portOf(workload, row),
    createdAt: isoTime(row.created_at),
    expiresAt: isoTimeOrNull(row.expires_at),
    can: ['delete'],
  })

  /** Undefined if it leads nowhere any more: its port was withdrawn. */
  const presentShared = async (workload: Workload, row: ShareRow): Promise<SharedWorkspace | undefined> => {
    const route = workloads
      .routesOf(workload)
      .find((one) => (row.route_id === null ? one.pathPrefix === workload.spec.servicePath : one.id === row.route_id))
    if (!route) return undefined
    const people = await access.people([workload.ownerId])
    return {
      id: workload.id,
      name: workload.name,
      project: (await options.slugOf(workload.projectId)) ?? '',
      owner: people.get(workload.ownerId) ?? { id: workload.ownerId, name: 'somebody who left', username: null },
      status: workload.status,
      port: portOf(workload, row),
      url: options.openUrl(route.label, row.route_id === null ? route.pathPrefix : '/'),
      expiresAt: isoTimeOrNull(row.expires_at),
    }
  }

  const event = (type: `workspace.${string}`, actor: Actor, workload: Workload, row: ShareRow): NewEvent => ({
    type,
    projectId: workload.projectId,
    subject: { kind: 'workspace', id: workload.id },
    actorId: actor.principalId,
    payload: {
      slug: workload.slug,
      name: workload.name,
      share: row.id,
      with: row.principal_id,
      port: portOf(workload, row),
      expiresAt: isoTimeOrNull(row.expires_at),
    },
  })

  const newRow = (workload: Workload, actor: Actor, given: Partial<ShareRow>): ShareRow => ({
    id: newId(),
    workload_id: workload.id,
    principal_id: null,
    link_id: null,
    secret_hash: null,
    route_id: null,
    created_by: actor.principalId,
    created_at: clock.now(),
    expires_at: null,
    ended_at: null,
    ...given,
  })

  const add = async (actor: Actor, workload: Workload, row: ShareRow, type: `workspace.${string}`): Promise<void> => {
    const now = clock.now()
    if ((await store.of(workload.id, now)).length >= MOST) throw new LabError('TOO_LARGE', { limit: `${MOST} shares` })
    await outbox.commit(
      [
        access.store.bumpStep(),
        store.endOverdueStep(workload.id, now),
        ...(row.link_id === null ? [] : [store.livingStep(row.link_id, now)]),
        store.createStep(row),
      ],
      [event(type, actor, workload, row)],
    )
    crashPoint('share/stored')
    access.changed()
  }

  /** Throws `FORBIDDEN` for whom the project keeps out. */
  const requireAdmissible = async (workload: Workload, principalId: string): Promise<void> => {
    const { projectId } = workload
    if ((await store.isMember(projectId, principalId)) || (await store.isPersonal(projectId))) return
    throw new LabError('FORBIDDEN', { reason: 'Workspaces are shared with members of their project only.' })
  }

  const linkOf = async (secret: string): Promise<{ row: ShareRow; workload: Workload }> => {
    const row = await store.bySecret(sha256Hex(secret), clock.now())
    const workload = row && (await workloads.byId(row.workload_id))
    if (!row || !workload || workload.desired === 'deleted') throw new LabError('LINK_EXPIRED')
    return { row, workload }
  }

  return {
    list: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { workload } = await forAction(actor, project, slug, 'share')
      const rows = await store.of(workload.id, clock.now())
      const people = await access.people(rows.map((row) => row.principal_id))
      return { items: rows.map((row) => present(workload, row, people)), next: null, can: ['create'] }
    },

    add: async (
      actor: Actor,
      project: ProjectRef,
      slug: string,
      input: { username: string; port?: string | undefined; hours?: number | undefined },
    ): Promise<WorkspaceShare> => {
      const { workload } = await forAction(actor, project, slug, 'share')
      const route = routeNamed(workload, input.port)
      const account = await access.store.accountByUsername(input.username)
      if (!account) throw new LabError('NOT_FOUND', { what: `user ${input.username}` })
      await requireAdmissible(workload, account.principal_id)
      const row = newRow(workload, actor, {
        principal_id: account.principal_id,
        route_id: route?.id ?? null,
        expires_at: input.hours === undefined ? null : clock.now() + Math.round(input.hours * HOUR_MS),
      })
      try {
        await add(actor, workload, row, 'workspace.shared')
      } catch (error) {
        if (!isPortError(error, 'CONFLICT')) throw error
        throw new LabError('NAME_TAKEN', { what: 'share with', name: account.username }, { cause: error })
      }
      return present(workload, row, await access.people([account.principal_id]))
    },

    addLink: async (
      actor: Actor,
      project: ProjectRef,
      slug: string,
      input: { port?: string | undefined; hours: number },
    ) => {
      const { workload } = await forAction(actor, project, slug, 'share')
      const secret = randomSecret()
      const row = newRow(workload, actor, {
        secret_hash: sha256Hex(secret),
        route_id: routeNamed(workload, input.port)?.id ?? null,
        expires_at: clock.now() + Math.round(input.hours * HOUR_MS),
      })
      await add(actor, workload, row, 'workspace.link-made')
      return { ...present(workload, row, new Map()), secret, url: options.linkUrl(secret) }
    },

    remove: async (actor: Actor, project: ProjectRef, slug: string, id: string): Promise<void> => {
      const { workload } = await forAction(actor, project, slug, 'share')
      const now = clock.now()
      const row = await store.byId(workload.id, id, now)
      if (!row) throw new LabError('NOT_FOUND', { what: 'share' })
      try {
        await outbox.commit(
          [access.store.bumpStep(), store.endStep(row.id, now)],
          [event('workspace.unshared', actor, workload, row)],
        )
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'share' }, { cause: error })
        throw error
      }
      crashPoint('share/ended')
      access.changed()
    },

    withMe: async (actor: Actor) => {
      const rows = await store.allForPerson(actor.principalId, MOST, clock.now())
      const items: SharedWorkspace[] = []
      for (const row of rows) {
        const workload = await workloads.byId(row.workload_id)
        const shared = workload && (await presentShared(workload, row))
        if (shared) items.push(shared)
      }
      return { items, next: null }
    },

    look: async (secret: string) => {
      const { row, workload } = await linkOf(secret)
      const people = await access.people([workload.ownerId])
      return {
        workspace: workload.name,
        owner: people.get(workload.ownerId)?.name ?? 'somebody who left',
        expiresAt: isoTime(row.expires_at ?? 0),
      }
    },

    /** Using a link again changes nothing. */
    accept: async (actor: Actor, secret: string): Promise<SharedWorkspace> => {
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'Only people let themselves in.' })
      const { row: link, workload } = await linkOf(secret)
      if (workload.ownerId === actor.principalId) throw new LabError('CONFLICT', { reason: 'It is your own.' })
      await requireAdmissible(workload, actor.principalId)
      const row = newRow(workload, actor, {
        principal_id: actor.principalId,
        link_id: link.id,
        route_id: link.route_id,
        expires_at: link.expires_at,
      })
      try {
        await add(actor, workload, row, 'workspace.link-used')
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('LINK_EXPIRED', {}, { cause: error })
        if (!isPortError(error, 'CONFLICT')) throw error
      }
      // Let in already, by this link or otherwise: what holds is said, not what the link would have given.
      const own = await store.forPerson(actor.principalId, [workload.id], clock.now())
      const held = own.find(({ route_id }) => route_id === row.route_id)
      const shared = held && (await presentShared(workload, held))
      if (!shared) throw new LabError('LINK_EXPIRED')
      return shared
    },

    /** Which of some workspaces somebody may enter as a whole. */
    wholeFor: async (actor: Actor, workloadIds: readonly string[]): Promise<ReadonlySet<string>> => {
      if (actor.kind !== 'user') return new Set()
      const rows = await store.forPerson(actor.principalId, workloadIds, clock.now())
      return new Set(rows.filter(({ route_id }) => route_id === null).map(({ workload_id }) => workload_id))
    },

    /** Whether somebody may come in by a route, and until when (null: no end). Asked anew after every change of who may do what. */
    entrance: async (actor: Actor, facts: RouteFacts): Promise<{ until: number | null } | undefined> => {
      if (actor.kind !== 'user' || (actor.scopes !== 'all' && !actor.scopes.has('workspaces:write'))) return undefined
      const rows = await store.forPerson(actor.principalId, [facts.workloadId], clock.now())
      const fitting = rows.filter(({ route_id }) => route_id === null || route_id === facts.id)
      if (fitting.length === 0) return undefined
      if (!actor.roles.has(facts.projectId) && !(await store.isPersonal(facts.projectId))) return undefined
      const ends = fitting.map(({ expires_at }) => expires_at ?? Infinity)
      const until = Math.max(...ends)
      return { until: until === Infinity ? null : until }
    },
  }
}
