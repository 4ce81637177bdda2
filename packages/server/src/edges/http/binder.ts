import { LabError, type Endpoint } from '@mllab/contract'
import { crashPoint, type Clock, type Log } from '@mllab/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'

import {
  Accepted,
  requireAdmin,
  requireIn,
  requireScope,
  type Access,
  type Actor,
  type AnyRoute,
  type ProjectRef,
  type RequestFacts,
  type SessionControl,
  type BytesAnswer,
} from '../../modules/access/access.ts'
import { sessionCookie, sessionCookieName, type CookieOptions, type Reached } from './cookies.ts'
import { credentialOf, refuseForeign } from './credentials.ts'
import { invalidInput, sendProblem, toLabError } from './errors.ts'
import type { Idempotency } from './idempotency.ts'

export interface BinderOptions {
  /** Path prefix of the whole server, '' or `/lab`. */
  readonly basePath: string
  readonly access: Access
  readonly resolveProject: (actor: Actor, slug: string) => Promise<ProjectRef>
  readonly idempotency: Idempotency
  readonly cookies: CookieOptions
  readonly clock: Clock
  readonly log: Log
  /** Scheme, host and origin by which the client reached us; trusted proxies were heeded. */
  readonly reached: (request: FastifyRequest) => Reached & { readonly origin: string; readonly address: string }
  /** Answers are checked against the contract: for tests. */
  readonly checkAnswers: boolean
}

interface LooseContext {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly actor: Actor | undefined
  readonly project: ProjectRef | undefined
  readonly request: RequestFacts
  readonly session: SessionControl
}

/** Turns routes into Fastify's: authenticate, authorise, parse, call, answer. In this order, so that strangers learn nothing of the input rules. */
export function bindRoutes(app: FastifyInstance, routes: readonly AnyRoute[], options: BinderOptions): void {
  for (const { endpoint, handle } of routes) {
    const call = handle as (context: LooseContext) => unknown // types were checked by `route`
    app.route({
      method: endpoint.method,
      url: endpoint.path.replace(/\{(\w+)\*\}$/, '*').replace(/\{(\w+)\}/g, ':$1'),
      handler: async (request, reply) => {
        void reply.header('cache-control', 'no-store')
        try {
          return await answer(endpoint, call, options, request, reply)
        } catch (error) {
          const facts = { requestId: request.id, basePath: options.basePath }
          return sendProblem(reply, toLabError(error, options.log, request.id), facts)
        }
      },
    })
  }
}

async function answer(
  endpoint: Endpoint,
  call: (context: LooseContext) => unknown,
  options: BinderOptions,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const reached = options.reached(request)
  refuseForeignToAnyone(endpoint, request, reached.origin)
  const actor = await authenticate(endpoint, options, request, reached)
  const project = await authorise(endpoint, options, actor, request)
  const context: LooseContext = {
    params: parse(endpoint.params, paramsOf(endpoint, request), 'params'),
    query: parse(endpoint.query, request.query, 'query'),
    body: bodyOf(endpoint, request),
    actor,
    project,
    request: factsOf(request, reply, reached),
    session: sessionControl(options, reply, reached),
  }
  const key = endpoint.method === 'POST' && actor ? request.headers['idempotency-key'] : undefined
  if (typeof key === 'string' && actor) {
    const kept = await options.idempotency.begin(actor.principalId, key.slice(0, 200), [
      endpoint.path,
      context.params,
      context.query,
      context.body,
    ])
    if (kept)
      return reply
        .code(kept.status)
        .header('content-type', 'application/json')
        .header('idempotent-replay', 'true')
        .send(kept.body)
    return replayable(endpoint, call, options, actor.principalId, key.slice(0, 200), context, reply)
  }
  return send(endpoint, await call(context), options, reply)
}

async function replayable(
  endpoint: Endpoint,
  call: (context: LooseContext) => unknown,
  options: BinderOptions,
  actorId: string,
  key: string,
  context: LooseContext,
  reply: FastifyReply,
) {
  try {
    const result = await call(context)
    crashPoint('request/carried-out')
    // A secret is shown once: it is not kept, and repeating the request says that it was done.
    const kept =
      result === undefined ? '' : JSON.stringify(result, (name, value: unknown) => (name === 'secret' ? null : value))
    if (result instanceof Accepted) await options.idempotency.forget(actorId, key)
    else await options.idempotency.keep(actorId, key, { status: endpoint.success.status, body: kept })
    return send(endpoint, result, options, reply)
  } catch (error) {
    await options.idempotency.forget(actorId, key)
    throw error
  }
}

function refuseForeignToAnyone(endpoint: Endpoint, request: FastifyRequest, ownOrigin: string) {
  if (endpoint.access.who === 'anyone' && request.headers.authorization === undefined)
    refuseForeign({ method: request.method, headers: request.headers, ownOrigin })
}

async function authenticate(
  endpoint: Endpoint,
  options: BinderOptions,
  request: FastifyRequest,
  reached: Reached & { origin: string },
): Promise<Actor | undefined> {
  if (endpoint.access.who === 'anyone') return undefined
  const cookieName = sessionCookieName(options.cookies, reached)
  const credential = credentialOf({
    method: request.method,
    headers: request.headers,
    cookieName,
    ownOrigin: reached.origin,
  })
  if (!credential) throw new LabError('NOT_SIGNED_IN', { reason: 'The request carries neither a session nor a token.' })
  const actor = await options.access.authenticate(credential)
  if (!actor)
    throw new LabError('NOT_SIGNED_IN', {
      reason: credential.kind === 'token' ? 'The token is unknown, revoked or expired.' : 'The session has ended.',
    })
  return actor
}

async function authorise(
  endpoint: Endpoint,
  options: BinderOptions,
  actor: Actor | undefined,
  request: FastifyRequest,
): Promise<ProjectRef | undefined> {
  const { access } = endpoint
  if (access.who === 'anyone' || !actor) return undefined
  if (access.who === 'administrator') return void requireAdmin(actor)
  if (access.who === 'signed-in') return void requireScope(actor, access.scope)
  const slug = (request.params as Record<string, string>)['project'] ?? '' // Fastify's shape of path parameters
  const project = await options.resolveProject(actor, slug)
  requireIn(actor, access.action, project.id)
  return project
}

function paramsOf(endpoint: Endpoint, request: FastifyRequest): unknown {
  const params = request.params as Record<string, string> // Fastify's shape of path parameters
  const rest = /\{(\w+)\*\}$/.exec(endpoint.path)?.[1]
  if (!rest) return params
  const { '*': value, ...others } = params
  return { ...others, [rest]: value }
}

function bodyOf(endpoint: Endpoint, request: FastifyRequest): unknown {
  if (endpoint.body === undefined || endpoint.body === 'bytes') return undefined
  const type = request.headers['content-type']
  if (!type?.startsWith('application/json'))
    throw new LabError('UNSUPPORTED_TYPE', {
      type: type?.slice(0, 100) ?? 'A body without a type',
      accepted: 'application/json',
    })
  return parse(endpoint.body, request.body, 'body')
}

function parse(schema: z.ZodType | undefined, value: unknown, place: 'params' | 'query' | 'body'): unknown {
  if (!schema) return undefined
  const result = schema.safeParse(value)
  if (!result.success) throw invalidInput(result.error, place)
  refuseUnstorable(result.data, place)
  return result.data
}

/** Text that no database takes as it is: NUL and halves of surrogate pairs. Refused here, so that inside text is text. */
function refuseUnstorable(value: unknown, field: string): void {
  if (typeof value === 'string') {
    if (value.isWellFormed() && !value.includes('\0')) return
    const message = 'must not contain NUL or broken characters'
    throw new LabError('INVALID_INPUT', { reason: `${field}: ${message}.` }, { fields: [{ field, message }] })
  }
  if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) refuseUnstorable(inner, `${field}.${name}`)
}

function factsOf(
  request: FastifyRequest,
  reply: FastifyReply,
  reached: { origin: string; address: string },
): RequestFacts {
  const { headers } = request
  const controller = new AbortController()
  reply.raw.once('close', () =>
    reply.raw.writableFinished ? undefined : controller.abort(new Error('the client left')),
  )
  const length = Number(headers['content-length'])
  const match = /^"?(\d+)"?$/.exec(headers['if-match'] ?? '')
  return {
    userAgent: headers['user-agent'] ?? '',
    address: reached.address,
    origin: reached.origin,
    ifMatch: match ? Number(match[1]) : undefined,
    stream: request.raw,
    contentLength: headers['content-length'] === undefined ? undefined : length,
    contentType: headers['content-type'],
    method: request.method,
    range: headers.range,
    ifRange: text(headers['if-range']),
    ifNoneMatch: headers['if-none-match'],
    contentDigest: text(headers['content-digest']),
    signal: controller.signal,
  }
}

/** Node joins most headers that come twice, and gives a list of the others. */
function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}

function sessionControl(options: BinderOptions, reply: FastifyReply, reached: Reached): SessionControl {
  return {
    set: (secret, expiresAt) =>
      void reply.header(
        'set-cookie',
        sessionCookie(options.cookies, reached, secret, (expiresAt - options.clock.now()) / 1000),
      ),
    clear: () => void reply.header('set-cookie', sessionCookie(options.cookies, reached, '', 0)),
  }
}

function send(endpoint: Endpoint, result: unknown, options: BinderOptions, reply: FastifyReply) {
  if (result instanceof Accepted) {
    if (options.checkAnswers) endpoint.accepted?.parse(result.body)
    void reply.code(202).header('location', options.basePath + result.location)
    return reply.header('content-type', 'application/json').send(JSON.stringify(result.body))
  }
  void reply.code(endpoint.success.status)
  const { body } = endpoint.success
  if (body === undefined) return reply.send()
  if (body === 'bytes') {
    const bytes = result as BytesAnswer // checked by `route`
    if (bytes.status) void reply.code(bytes.status)
    // By then all headers are set, and Node would hold them back until the first byte.
    if (bytes.live) reply.raw.once('pipe', () => reply.raw.flushHeaders())
    return reply.headers(bytes.headers).send(bytes.stream)
  }
  if (options.checkAnswers) body.parse(result)
  if (endpoint.success.etag) void reply.header('etag', `"${(result as { version: number }).version}"`) // the contract says so
  return reply.header('content-type', 'application/json').send(JSON.stringify(result))
}
