import { LabError } from '@mllab/contract'
import type { FastifyRequest } from 'fastify'

import { requireIn, type Actor, type ProjectRef } from '../../modules/access/access.ts'
import { MlflowError } from './errors.ts'
import type { MlflowRoute } from './route.ts'

export interface CallerOptions {
  /** Who a request is from, by its token, or by the session of a page of ours; undefined if by nothing that counts. */
  readonly authenticate: (request: FastifyRequest) => Promise<Actor | undefined>
  /** Throws `NOT_FOUND` unless the actor may see it. */
  readonly resolveProject: (actor: Actor, slug: string) => Promise<ProjectRef>
  readonly slugOf: (projectId: string) => Promise<string | undefined>
}

export interface Caller {
  readonly actor: Actor
  readonly project: ProjectRef
}

/**
 * Who calls, and in which project. The base path (`/mlflow/{project}`), the header `X-MLFLOW-WORKSPACE` and the token each may name
 * one; all that do must name the same. Without any of them the project is the only one the token reaches.
 */
export async function callerOf(
  request: FastifyRequest,
  route: Pick<MlflowRoute, 'action'>,
  options: CallerOptions,
): Promise<Caller> {
  const actor = await authenticated(request, options)
  const project = await chosenProject(request, actor, options)
  requireIn(actor, route.action, project.id)
  return { actor, project }
}

async function authenticated(request: FastifyRequest, { authenticate }: CallerOptions): Promise<Actor> {
  const { authorization } = request.headers
  const reads = request.method === 'GET' || request.method === 'HEAD'
  // A page of ours may read with its session; everything else is a client and has a token.
  const actor = authorization !== undefined || reads ? await authenticate(request) : undefined
  if (actor) return actor
  throw new LabError('NOT_SIGNED_IN', {
    reason:
      authorization === undefined
        ? 'Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD with the token as password.'
        : 'The token is unknown, revoked or expired.',
  })
}

async function chosenProject(request: FastifyRequest, actor: Actor, options: CallerOptions): Promise<ProjectRef> {
  const { project: fromPath } = request.params as { project?: string } // Fastify's shape of path parameters
  const given = request.headers['x-mlflow-workspace']
  const fromHeader = typeof given === 'string' && given !== '' ? decoded(given) : undefined
  if (fromPath !== undefined && fromHeader !== undefined && fromHeader !== fromPath)
    throw new LabError('NOT_FOUND', { what: 'project' })
  const slug = fromPath ?? fromHeader
  if (slug !== undefined) return options.resolveProject(actor, slug)

  const [only, ...others] = actor.roles.keys()
  const onlySlug = only !== undefined && others.length === 0 ? await options.slugOf(only) : undefined
  if (onlySlug !== undefined) return options.resolveProject(actor, onlySlug)
  throw new MlflowError(
    'INVALID_PARAMETER_VALUE',
    'Which project? Add it to the tracking address (…/mlflow/<project>), set MLFLOW_WORKSPACE, or use a token of the project.',
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
