import { Readable } from 'node:stream'

import type { Log } from '@mllab/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'

import type { Tracking } from '../../modules/tracking/tracking.ts'
import { artifactRoutes } from './artifacts.ts'
import { artifactProxyRoutes } from './artifacts-proxy.ts'
import { callerOf, type CallerOptions } from './caller.ts'
import { MlflowError, sendMlflowError, toMlflowError } from './errors.ts'
import { experimentRoutes } from './experiments.ts'
import { createInput, inputFromBody, type Input } from './input.ts'
import { loggedModelRoutes } from './logged-models.ts'
import { metricRoutes } from './metrics.ts'
import { registryRoutes } from './registry.ts'
import { BytesReply, type MlflowCall, type MlflowRoute } from './route.ts'
import { runRoutes } from './runs.ts'

export { landingPage, mlflowLanding, type LandingOptions } from './landing.ts'
export type { MlflowRoute } from './route.ts'

export interface MlflowWireOptions extends CallerOptions {
  readonly tracking: Tracking
  readonly log: Log
  /** Scheme and authority by which the client reached us: `http://localhost:8091`. */
  readonly originOf: (request: FastifyRequest) => string
  /** Path prefix of the whole server, '' or `/lab`. */
  readonly basePath: string
}

/** The version of MLflow whose API this speaks; clients ask for it before they use what is new. */
export const MLFLOW_VERSION = '3.17.2'

/** MLflow's REST API for training clients, each route with its permission. Below `/mlflow/{project}` and at the root. */
export const mlflowRoutes: readonly MlflowRoute[] = [
  ...experimentRoutes,
  ...runRoutes,
  ...metricRoutes,
  ...artifactRoutes,
  ...loggedModelRoutes,
  ...registryRoutes,
  ...artifactProxyRoutes,
]

/** Where the API answers. */
export const mlflowBases = ['', '/mlflow/:project'] as const

const LIMIT_BYTES = 2 * 1024 * 1024

/** A Fastify plugin with all of it. Errors are in MLflow's form, also for addresses below it that do not exist. */
export function mlflowWire(options: MlflowWireOptions): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    app.setErrorHandler((error, request, reply) =>
      sendMlflowError(reply, toMlflowError(error, options.log, request.id)),
    )
    await app.register(async (scope) => {
      keepBodies(scope)
      for (const base of mlflowBases) {
        for (const route of mlflowRoutes) if (route.body !== 'bytes') addRoute(scope, base, route, options)
        aboutTheServer(scope, base)
        unknownAddresses(scope, base)
      }
    })
    await app.register(async (scope) => {
      streamBodies(scope)
      for (const base of mlflowBases)
        for (const route of mlflowRoutes) if (route.body === 'bytes') addRoute(scope, base, route, options)
    })
  }
}

/** JSON stays bytes: the largest bodies are parsed by whoever stores them, not here. */
function keepBodies(scope: FastifyInstance) {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
}

/** A file that is JSON is still a file. */
function streamBodies(scope: FastifyInstance) {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_, payload, done) => done(null, payload))
}

function addRoute(scope: FastifyInstance, base: string, route: MlflowRoute, options: MlflowWireOptions) {
  const settings: Omit<RouteOptions, 'url'> = {
    method: route.method,
    bodyLimit: route.body === 'bytes' ? Number.MAX_SAFE_INTEGER : (route.limitBytes ?? LIMIT_BYTES),
    handler: (request, reply) => answer(base, route, options, request, reply),
  }
  scope.route({ ...settings, url: base + route.path })
  if (route.path.startsWith('/api/')) scope.route({ ...settings, url: `${base}/ajax-api/${route.path.slice(5)}` })
}

async function answer(
  base: string,
  route: MlflowRoute,
  options: MlflowWireOptions,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  void reply.header('cache-control', 'no-store')
  try {
    const { actor, project } = await callerOf(request, route, options)
    const prefix = base === '' ? options.basePath : `${options.basePath}/mlflow/${project.slug}`
    let input: Input | undefined
    const result = await route.handle({
      ...received(request, reply),
      tracking: options.tracking,
      actor,
      project,
      address: options.originOf(request) + prefix,
      // Parsed when a field is first read: `log-batch` reads none.
      get input() {
        return (input ??= inputOf(route, request))
      },
    })
    if (result instanceof BytesReply) {
      const { stream, headers, status = 200 } = result.answer
      return await reply.code(status).headers(headers).send(stream)
    }
    return await reply.header('content-type', 'application/json').send(JSON.stringify(result ?? {}))
  } catch (error) {
    return sendMlflowError(reply, toMlflowError(error, options.log, request.id))
  }
}

function inputOf(route: MlflowRoute, request: FastifyRequest): Input {
  if (route.method !== 'GET' && route.body !== 'bytes') return inputFromBody(request.body)
  return createInput(request.query as Record<string, unknown>) // Fastify's shape of a query
}

function received(
  request: FastifyRequest,
  reply: FastifyReply,
): Omit<MlflowCall, 'tracking' | 'actor' | 'project' | 'address' | 'input'> {
  const { headers } = request
  const left = new AbortController()
  reply.raw.once('close', () => (reply.raw.writableFinished ? undefined : left.abort(new Error('the client left'))))
  const length = headers['content-length']
  return {
    params: request.params as Record<string, string>, // Fastify's shape of path parameters
    raw: request.body instanceof Uint8Array ? request.body : new Uint8Array(),
    stream: request.body instanceof Readable ? request.body : Readable.from([], { objectMode: false }),
    sizeBytes: length === undefined ? undefined : Number(length),
    range: headers.range,
    authorization: headers.authorization,
    signal: left.signal,
  }
}

/** What clients ask before anything else. Says nothing about anybody, so it needs no token. */
function aboutTheServer(scope: FastifyInstance, base: string) {
  scope.get(`${base}/health`, (_, reply) => reply.type('text/plain').send('OK'))
  scope.get(`${base}/version`, (_, reply) => reply.type('text/plain').send(MLFLOW_VERSION))
  for (const prefix of ['api', 'ajax-api'])
    scope.get(`${base}/${prefix}/3.0/mlflow/server-info`, (_, reply) =>
      reply.header('content-type', 'application/json').send(
        JSON.stringify({
          store_type: 'SqlStore',
          workspaces_enabled: true,
          trace_archival_enabled: false,
          multipart_uploads_enabled: true,
          multipart_downloads_enabled: false,
        }),
      ),
    )
}

/** Parts of MLflow that are not here (traces, gateways, prompts' optimisation): clients tell them by this answer. */
function unknownAddresses(scope: FastifyInstance, base: string) {
  for (const prefix of ['api', 'ajax-api'])
    for (const version of ['2.0', '3.0'])
      scope.all(`${base}/${prefix}/${version}/*`, (request, reply) =>
        sendMlflowError(
          reply,
          new MlflowError(
            'ENDPOINT_NOT_FOUND',
            `No API found for '${request.method} ${request.url.split('?')[0] ?? ''}'`,
          ),
        ),
      )
}
