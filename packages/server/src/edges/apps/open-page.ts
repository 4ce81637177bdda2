import { randomBytes } from 'node:crypto'

import { isReturnPath } from '@mllab/gateway'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import type { Actor } from '../../modules/access/access.ts'
import type { RouteFacts } from '../../modules/routes/routes.ts'
import { escapeHtml } from './html.ts'

export interface OpenPageOptions {
  readonly basePath: string
  /** The signed-in person of a navigation, by session cookie only. */
  readonly personOf: (request: FastifyRequest) => Promise<Actor | undefined>
  readonly issueTicket: (actor: Actor, label: string) => Promise<string | undefined>
  readonly factsOf: (label: string) => RouteFacts | undefined
  /** Origin of an app as this client reaches it, or undefined where apps have no origins of their own. */
  readonly appOrigin: (request: FastifyRequest, label: string) => string | undefined
  /** Hosts of apps as the client reaches them, for `form-action`: `http://*.localhost:8091`. */
  readonly appsSource: (request: FastifyRequest) => string
  /** Where the web app shows a workload that is not ready: a path below the base path. */
  readonly waitingPath: (facts: RouteFacts) => Promise<string>
  /** The secret of a link, where apps have no origins of their own; undefined if the actor may not enter. */
  readonly issueLink: (actor: Actor, label: string) => Promise<string | undefined>
  readonly isReady: (facts: RouteFacts) => boolean
}

/**
 * `/apps/open?app=<label>&to=<path>`: the way from the platform into an app. Sends those who are not signed in to the login page, those
 * whose app is not ready to the page that waits, and the others in by a ticket that travels in a form and never in an address.
 */
export function openPage(options: OpenPageOptions): (app: FastifyInstance) => void {
  return (app) => {
    app.get('/apps/open', async (request, reply) => {
      void reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'strict-origin-when-cross-origin' })
      const { app: label = '', to = '/' } = request.query as { app?: string; to?: string } // checked below
      const facts = options.factsOf(label)
      const target = isReturnPath(to) ? to : '/'
      const actor = await options.personOf(request)
      if (!actor)
        return reply.redirect(
          `${options.basePath}/app/login?to=${encodeURIComponent(`${options.basePath}/apps/open?app=${label}&to=${encodeURIComponent(target)}`)}`,
          303,
        )
      const ticket = facts && (await options.issueTicket(actor, label))
      if (!facts || !ticket)
        return reply
          .code(404)
          .headers(pageHeaders(options.appsSource(request), undefined))
          .type('text/html')
          .send(notFound(options.basePath))
      if (!options.isReady(facts)) return reply.redirect(await options.waitingPath(facts), 303)
      const origin = options.appOrigin(request, label)
      if (origin === undefined) return reply.redirect(await withoutWall(actor, facts, target), 303)
      return sendForm(reply, {
        action: `${origin}/.lab/enter`,
        ticket,
        to: target,
        appsSource: options.appsSource(request),
      })
    })

    /** Own workspaces live below the main address; a service gets a path of its own, which is its credential. */
    async function withoutWall(actor: Actor, facts: RouteFacts, target: string): Promise<string> {
      if (facts.kind === 'workspace') return below(facts.pathPrefix, target)
      const secret = await options.issueLink(actor, facts.label)
      return secret === undefined ? `${options.basePath}/app/` : `${options.basePath}/c/${secret}${target}`
    }
  }
}

function sendForm(reply: FastifyReply, form: { action: string; ticket: string; to: string; appsSource: string }) {
  const nonce = randomBytes(16).toString('base64')
  return reply
    .headers(pageHeaders(form.appsSource, nonce))
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><meta charset="utf-8"><title>Opening</title><style>:root{color-scheme:light dark}body{font:14px system-ui;margin:24px}</style>` +
        `<form method="post" action="${escapeHtml(form.action)}"><input type="hidden" name="ticket" value="${escapeHtml(form.ticket)}">` +
        `<input type="hidden" name="to" value="${escapeHtml(form.to)}"><noscript><button>Open</button></noscript></form>` +
        `<script nonce="${nonce}">document.forms[0].submit()</script>`,
    )
}

function pageHeaders(appsSource: string, nonce: string | undefined): Record<string, string> {
  const script = nonce ? `script-src 'nonce-${nonce}'; ` : ''
  return {
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; ${script}base-uri 'none'; frame-ancestors 'self'; form-action 'self' ${appsSource}`,
  }
}

function below(prefix: string, target: string): string {
  return target.startsWith(prefix) ? target : prefix
}

function notFound(basePath: string): string {
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Not found</title>` +
    `<style>:root{color-scheme:light dark}body{font:14px/20px system-ui;max-width:480px;margin:15vh auto;padding:0 24px}h1{font-size:20px}</style>` +
    `<h1>There is no such app</h1><p>It was deleted, or it is not shared with you.</p><p><a href="${escapeHtml(basePath)}/app/">Back to ML Lab</a></p></html>`
  )
}
