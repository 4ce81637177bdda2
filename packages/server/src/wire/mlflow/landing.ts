import { randomBytes } from 'node:crypto'

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import type { Tracking } from '../../modules/tracking/tracking.ts'
import type { CallerOptions } from './caller.ts'

export interface LandingOptions extends CallerOptions {
  readonly tracking: Tracking
  /** Path prefix of the whole server, '' or `/lab`. */
  readonly basePath: string
}

/**
 * Where the links go that MLflow's clients print: `<tracking address>/#/experiments/0/runs/<id>`. Browsers do not send what comes after
 * `#`, so a page has to read it. Where the address names no project, the run is looked up among what the visitor may see.
 */
export function mlflowLanding(options: LandingOptions): (app: FastifyInstance) => void {
  return (app) => {
    app.get('/mlflow/:project', (request, reply) => {
      const { project } = request.params as { project: string } // Fastify's shape of path parameters
      return landingPage(options.basePath, reply, project)
    })
    app.get('/mlflow/:project/', (request, reply) => {
      const { project } = request.params as { project: string } // Fastify's shape of path parameters
      return landingPage(options.basePath, reply, project)
    })
    app.get('/.lab/mlflow-run/:run', (request, reply) => placeOfRun(options, request, reply))
  }
}

/** The page itself, for whoever answers at `/` too. */
export function landingPage(basePath: string, reply: FastifyReply, project?: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; script-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    })
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>ML Lab</title>` +
        `<p>Opening ML Lab …</p><noscript><a href="${attribute(`${basePath}/app/`)}">Open ML Lab</a></noscript>` +
        `<script nonce="${nonce}">(${script})(${data({ base: basePath, project: project ?? null })})</script></html>`,
    )
}

/** Runs in the browser. */
const script = `async ({ base, project }) => {
  const [path, query] = location.hash.replace(/^#/, '').split('?')
  const slug = project ?? new URLSearchParams(query).get('workspace')
  const parts = path.split('/').filter(Boolean)
  const known = parts[0] === 'experiments' || parts[0] === 'models'
  let target = base + '/app/' + (slug ? 'p/' + encodeURIComponent(slug) + '/' : '')
  if (slug && known) target += parts.join('/')
  else if (known && parts[2] === 'runs') {
    const answer = await fetch(base + '/.lab/mlflow-run/' + parts[3]).catch(() => null)
    if (answer?.status === 401) target += 'login?to=' + encodeURIComponent(location.href)
    else if (answer?.ok) target = base + (await answer.json()).path
  }
  location.replace(target)
}`

async function placeOfRun(options: LandingOptions, request: FastifyRequest, reply: FastifyReply) {
  void reply.header('cache-control', 'no-store').header('content-type', 'application/json')
  const actor = await options.authenticate(request)
  if (!actor) return reply.code(401).send('{}')
  const { run } = request.params as { run: string } // Fastify's shape of path parameters
  const place = await options.tracking.runs.locate(actor, run)
  const slug = place && (await options.slugOf(place.projectId))
  if (!place || slug === undefined) return reply.code(404).send('{}')
  return reply.send(JSON.stringify({ path: `/app/p/${slug}/experiments/${place.experiment}/runs/${run}` }))
}

/** As a script literal: `<` must not be able to end the script. */
function data(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
