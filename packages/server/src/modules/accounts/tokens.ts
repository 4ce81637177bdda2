import {
  defaultProjectTokenScopes,
  defaultTokenScopes,
  LabError,
  projectActionNames,
  type Scope,
  type Token,
} from '@mllab/contract'
import { newId, randomSecret, sha256Hex, isoTime, isoTimeOrNull, type Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import { pageOf, readCursor, type PageRequest } from '../../core/pages.ts'
import { requireIn, visible, type Access, type Actor, type ProjectRef } from '../access/access.ts'

const DEFAULT_LIFE_MS = 90 * 24 * 3600_000

export interface NewTokenInput {
  readonly name: string
  readonly project?: ProjectRef | undefined
  readonly scopes?: readonly Scope[] | undefined
  /** Epoch ms; null: never; undefined: in 90 days. */
  readonly expiresAt?: number | null | undefined
}

export type Tokens = ReturnType<typeof createTokens>

/** Tokens of people and of projects. A token never grants more than its maker's own credential has. */
export function createTokens({
  clock,
  access,
  outbox,
  slugOf,
}: {
  clock: Clock
  access: Access
  outbox: Outbox
  slugOf: (projectId: string) => Promise<string | undefined>
}) {
  const toToken = async (row: Awaited<ReturnType<typeof access.store.tokens>>[number]): Promise<Token> => ({
    id: row.id,
    name: row.name,
    kind: row.kind === 'project' ? 'project' : 'user',
    project: row.project_id === null ? null : ((await slugOf(row.project_id)) ?? null),
    scopes: JSON.parse(row.scopes) as Scope[], // written by createTokenStep
    createdAt: isoTime(row.created_at),
    expiresAt: isoTimeOrNull(row.expires_at),
    lastUsedAt: isoTimeOrNull(row.last_used_at),
  })

  return {
    create: async (actor: Actor, input: NewTokenInput): Promise<Token & { secret: string }> => {
      if (actor.kind !== 'user') throw new LabError('FORBIDDEN', { reason: 'Only people make tokens.' })
      if (input.project) requireIn(actor, 'tokens:write', input.project.id)
      const scopes = chooseScopes(actor, input)
      const now = clock.now()
      const expiresAt = input.expiresAt === undefined ? now + DEFAULT_LIFE_MS : input.expiresAt
      if (expiresAt !== null && expiresAt <= now)
        throw new LabError(
          'INVALID_INPUT',
          { reason: 'The token would have expired already.' },
          { fields: [{ field: 'body.expiresAt', message: 'lies in the past' }] },
        )
      const id = newId()
      const secret = randomSecret('mlp_')
      const token = {
        id,
        secretHash: sha256Hex(secret),
        kind: input.project ? 'project' : 'user',
        name: input.name,
        principalId: actor.principalId,
        projectId: input.project?.id ?? null,
        workloadId: null,
        scopes,
        createdBy: actor.principalId,
        createdAt: now,
        expiresAt,
      } as const
      await outbox.commit(
        [access.store.createTokenStep(token)],
        [
          {
            type: 'token.created',
            projectId: input.project?.id,
            subject: { kind: 'token', id },
            actorId: actor.principalId,
            payload: { name: input.name },
          },
        ],
      )
      return {
        id,
        name: input.name,
        kind: token.kind,
        project: input.project?.slug ?? null,
        scopes: [...scopes],
        createdAt: isoTime(now),
        expiresAt: isoTimeOrNull(expiresAt),
        lastUsedAt: null,
        secret,
      }
    },

    list: async (actor: Actor, request: PageRequest & { project?: ProjectRef | undefined }) => {
      const owner = request.project
        ? { projectIds: requiredProjects(actor, request.project) }
        : { principalId: actor.principalId }
      const list = ['tokens', request.project?.id ?? '']
      const cursor = readCursor(request, list)
      const rows = await access.store.tokens(owner, request.limit + 1, cursor && [Number(cursor[0]), String(cursor[1])])
      const page = pageOf(rows, request, list, (row) => [row.created_at, row.id], toToken)
      return { items: await Promise.all(page.items), next: page.next }
    },

    /** The maker revokes his own, an owner those of his project. Both learn nothing of others. */
    revoke: async (actor: Actor, id: string): Promise<void> => {
      const token = await access.store.tokenById(id)
      const own = token?.kind === 'user' && token.principal_id === actor.principalId && actor.kind === 'user'
      const ofProject =
        token?.kind === 'project' &&
        token.project_id !== null &&
        visible(actor, 'tokens:write').projects.includes(token.project_id)
      if (!token || !(own || ofProject)) throw new LabError('NOT_FOUND', { what: 'token' })
      await outbox.commit(
        [access.store.revokeTokenStep(id, clock.now()), access.store.bumpStep()],
        [
          {
            type: 'token.revoked',
            projectId: token.project_id ?? undefined,
            subject: { kind: 'token', id },
            actorId: actor.principalId,
            payload: { name: token.name },
          },
        ],
      )
      access.changed()
    },
  }
}

function requiredProjects(actor: Actor, project: ProjectRef): readonly string[] {
  requireIn(actor, 'tokens:write', project.id)
  return [project.id]
}

function chooseScopes(actor: Actor, input: NewTokenInput): readonly Scope[] {
  const held = (scope: Scope) =>
    (actor.scopes === 'all' || actor.scopes.has(scope)) && (scope !== 'admin' || actor.admin)
  const allowed: (scope: Scope) => boolean = input.project
    ? (scope) => (projectActionNames as readonly Scope[]).includes(scope) && held(scope)
    : held
  if (!input.scopes) return (input.project ? defaultProjectTokenScopes : defaultTokenScopes).filter(allowed)
  const refused = input.scopes.filter((scope) => !allowed(scope))
  if (refused.length > 0)
    throw new LabError('FORBIDDEN', { reason: `These scopes are not yours to give: ${refused.join(', ')}.` })
  return [...new Set(input.scopes)]
}
