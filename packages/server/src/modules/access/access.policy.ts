import {
  LabError,
  projectActionNames,
  roleAllows,
  type AccountScope,
  type ProjectAction,
  type Role,
} from '@mllab/contract'

import type { Actor } from './actor.ts'

/** Projects whose rows a query may touch. Every store function takes one first and puts it into its SQL. */
export interface Visible {
  readonly projects: readonly string[] | 'all'
}

/** May the actor do this in the project? Role, then scope of the credential. */
export function may(actor: Actor, action: ProjectAction, projectId: string): boolean {
  if (actor.kind === 'system') return true
  const role = actor.roles.get(projectId)
  return role !== undefined && roleAllows(role, action) && hasScope(actor, action)
}

/** What the actor may do in a project, for the UI: the same rule, asked for every action. */
export function canIn(
  actor: Actor,
  projectId: string,
  actions: readonly ProjectAction[] = projectActionNames,
): ProjectAction[] {
  return actions.filter((action) => may(actor, action, projectId))
}

/** All projects in which the actor may do this. */
export function visible(actor: Actor, action: ProjectAction): Visible {
  if (actor.kind === 'system') return { projects: 'all' }
  return { projects: padded([...actor.roles.keys()].filter((projectId) => may(actor, action, projectId))) }
}

/**
 * The project as the only visible one, if the actor may do this there. Somebody who cannot even see the project learns nothing
 * (`NOT_FOUND`); a member whose role or token does not reach gets `FORBIDDEN`.
 */
export function requireIn(actor: Actor, action: ProjectAction, projectId: string): Visible {
  if (may(actor, action, projectId)) return { projects: [projectId] }
  const role = actor.roles.get(projectId)
  if (role === undefined) throw new LabError('NOT_FOUND', { what: 'project' })
  throw new LabError('FORBIDDEN', { reason: refusal(actor, action, role) })
}

export function requireScope(actor: Actor, scope: AccountScope): void {
  if (!hasScope(actor, scope)) throw new LabError('FORBIDDEN', { reason: `The token lacks the scope ${scope}.` })
}

export function requireAdmin(actor: Actor): void {
  if (!actor.admin) throw new LabError('FORBIDDEN', { reason: 'Only administrators may do this.' })
}

export function roleIn(actor: Actor, projectId: string): Role | undefined {
  return actor.roles.get(projectId)
}

/**
 * SQL knows no empty list, and every length is another statement to prepare: lists are filled up to powers of two with the empty id,
 * which no project has.
 */
function padded(ids: readonly string[]): string[] {
  const length = 2 ** Math.ceil(Math.log2(Math.max(1, ids.length)))
  return [...ids, ...Array<string>(length - ids.length).fill('')]
}

function hasScope(actor: Actor, scope: ProjectAction | AccountScope): boolean {
  return actor.scopes === 'all' || actor.scopes.has(scope)
}

function refusal(actor: Actor, action: ProjectAction, role: Role): string {
  return roleAllows(role, action)
    ? `The token lacks the scope ${action}.`
    : `The role ${role} does not include ${action}.`
}
