import http from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { contract, LabError, openApi } from '@mllab/contract'
import { newId } from '@mllab/kernel'
import fastify, { type FastifyInstance } from 'fastify'

import type { AnyRoute } from '../../modules/access/access.ts'
import { bindRoutes, type BinderOptions } from './binder.ts'
import type { Reached } from './cookies.ts'
import { sendProblem, toLabError } from './errors.ts'

export interface HttpOptions extends BinderOptions {
  readonly routes: readonly AnyRoute[]
  readonly version: string
  /** Whether browsers that came this way are told to come by https only. */
  readonly keepsToHttps: ((reached: Reached) => boolean) | undefined
  /** Other things that answer on the main host: wire protocols, pages, health. Registered inside the base path. */
  readonly plugins: readonly ((app: FastifyInstance) => Promise<void> | void)[]
}

export interface HttpEdge {
  /** For everything that the gateway does not forward. */
  handle(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

const JSON_LIMIT_BYTES = 1024 * 1024

/** The platform's own pages and API. It never listens: the gateway stands before it. */
export async function createHttp(options: HttpOptions): Promise<HttpEdge> {
  requireEveryEndpoint(options.routes)
  const app = fastify({
    serverFactory: () => http.createServer(),
    genReqId: () => newId(),
    bodyLimit: JSON_LIMIT_BYTES,
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: 2000, ignoreTrailingSlash: false },
    logger: false,
  })
  securityHeaders(app)
  strictTransport(app, options)
  streamedBodies(app)
  answersToErrors(app, options)

  await app.register(
    async (inner) => {
      let document: string | undefined
      inner.get('/api/openapi.json', (_, reply) => {
        document ??= JSON.stringify(openApi(contract, options.version))
        return reply.header('content-type', 'application/json').send(document)
      })
      const takesStream = ({ endpoint }: AnyRoute) => endpoint.body === 'bytes'
      await inner.register(async (scope) => {
        jsonBodies(scope)
        bindRoutes(
          scope,
          options.routes.filter((one) => !takesStream(one)),
          options,
        )
      })
      bindRoutes(inner, options.routes.filter(takesStream), options)
      for (const plugin of options.plugins) await inner.register(async (scoped) => plugin(scoped))
    },
    { prefix: options.basePath },
  )
  await app.ready()
  return { handle: (request, response) => app.routing(request, response), close: () => app.close() }
}

/** An endpoint nobody answers, or two do, is a mistake of the program: it does not start. */
function requireEveryEndpoint(routes: readonly AnyRoute[]) {
  const bound = new Map<unknown, number>()
  for (const { endpoint } of routes) bound.set(endpoint, (bound.get(endpoint) ?? 0) + 1)
  for (const [group, endpoints] of Object.entries(contract))
    for (const [name, endpoint] of Object.entries(endpoints))
      if (bound.get(endpoint) !== 1) throw new Error(`${group}.${name} is bound ${bound.get(endpoint) ?? 0} times`)
}

function securityHeaders(app: FastifyInstance) {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
    })
  })
}

const STRICT_SECONDS = 30 * 24 * 3600

function strictTransport(app: FastifyInstance, { keepsToHttps, reached }: HttpOptions) {
  if (keepsToHttps === undefined) return
  app.addHook('onRequest', async (request, reply) => {
    if (keepsToHttps(reached(request))) void reply.header('strict-transport-security', `max-age=${STRICT_SECONDS}`)
  })
}

/** Bodies stay streams, whatever their type says, for whoever wants them. */
function streamedBodies(app: FastifyInstance) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_, payload, done) => done(null, payload))
}

/** For plugins and routes that take JSON. */
export function jsonBodies(app: FastifyInstance) {
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
    if (body.length === 0) return done(null, undefined)
    try {
      done(null, JSON.parse(body.toString('utf8')))
    } catch (error) {
      done(new LabError('INVALID_INPUT', { reason: 'The body is not JSON.' }, { cause: error }))
    }
  })
}

function answersToErrors(app: FastifyInstance, { log, basePath }: HttpOptions) {
  app.setErrorHandler((error, request, reply) =>
    sendProblem(reply, toLabError(error, log, request.id), { requestId: request.id, basePath }),
  )
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, new LabError('NOT_FOUND', { what: 'page' }), { requestId: request.id, basePath }),
  )
}
