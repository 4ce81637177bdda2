import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Access } from './access.ts'
import { redirectTo, refuseRequest } from './answers.ts'
import type { CookieNames } from './cookies.ts'
import { refusals, type Refusal } from './refusals.ts'
import { isReturnPath } from './target.ts'
import { appCookie, isSecureContext, mainOriginOf, type Visit } from './visit.ts'

/**
 * The other end of tickets: what the gateway itself serves on an app's host, all of it below `/.lab/`.
 *
 * - `POST /.lab/enter` with the fields `ticket` and `to`, sent by the platform's page: makes the cookie
 * - `GET /.lab/entered?to=…`: where that leads; goes on to the app if the cookie came back, so that blocked cookies end here
 *   and not in a circle
 */
export interface Entrance {
  serve(visit: Visit, res: ServerResponse): Promise<void>
  /** Makes a token in a link a cookie, and leads to the same page without it. */
  trade(visit: Visit, res: ServerResponse, token: string): Promise<void>
}

const FORM_LIMIT = 8 * 1024

export interface EntranceOptions {
  readonly access: Pick<Access, 'enter'>
  readonly names: CookieNames
  readonly basePath: string
}

export function createEntrance({ access, names, basePath }: EntranceOptions): Entrance {
  function refusePage(visit: Visit, res: ServerResponse, refusal: Refusal): void {
    const href = `${mainOriginOf(visit)}${basePath}/apps/open?app=${visit.host.label}&to=%2F`
    refuseRequest(visit.req, res, refusal, {
      asPage: true,
      link: { text: 'Open the app', href },
      framedBy: mainOriginOf(visit),
    })
  }

  async function enter(visit: Visit, res: ServerResponse): Promise<void> {
    if (visit.method !== 'POST') return refuseRequest(visit.req, res, refusals.postOnly, { asPage: false })
    // The ticket is worth something only in a form of our own page: no other site can sign a browser in as somebody else.
    if (visit.head.origin !== mainOriginOf(visit)) return refusePage(visit, res, refusals.badTicket)
    const form = isForm(visit) ? await readForm(visit.req) : undefined
    const ticket = form?.get('ticket')
    const to = form?.get('to')
    if (!ticket || !to || !isReturnPath(to)) return refusePage(visit, res, refusals.badForm)
    const session = await access.enter({ by: 'ticket', secret: ticket, label: visit.host.label })
    if (session === undefined) return refusePage(visit, res, refusals.badTicket)
    const checked = `/.lab/entered?to=${encodeURIComponent(to)}`
    redirectTo(visit.req, res, 303, checked, sessionCookieFor(visit, session.secret))
  }

  function entered(visit: Visit, res: ServerResponse): void {
    const to = new URLSearchParams(visit.target.query).get('to') ?? '/'
    if (appCookie(visit, names) === undefined) return refusePage(visit, res, refusals.noCookies)
    redirectTo(visit.req, res, 303, isReturnPath(to) ? to : '/')
  }

  function sessionCookieFor(visit: Visit, secret: string): string {
    if (!isSecureContext(visit)) return `${names.appPlain}=${secret}; Path=/; HttpOnly; SameSite=Lax`
    return visit.head.fetchDest === 'iframe' || visit.head.fetchDest === 'frame'
      ? `${names.frame}=${secret}; Path=/; HttpOnly; Secure; SameSite=None; Partitioned`
      : `${names.app}=${secret}; Path=/; HttpOnly; Secure; SameSite=Lax`
  }

  return {
    serve: async (visit, res) => {
      if (visit.target.path === '/.lab/enter') return enter(visit, res)
      if (visit.target.path === '/.lab/entered' && visit.navigation) return entered(visit, res)
      refuseRequest(visit.req, res, refusals.hidden, { asPage: visit.navigation })
    },
    trade: async (visit, res, token) => {
      const session = await access.enter({ by: 'token', secret: token, label: visit.host.label })
      if (session === undefined) return refusePage(visit, res, refusals.signIn)
      redirectTo(visit.req, res, 303, visit.target.path + visit.target.query, sessionCookieFor(visit, session.secret))
    },
  }
}

function isForm(visit: Visit): boolean {
  return /^application\/x-www-form-urlencoded(?:;|$)/i.test(visit.head.contentType ?? '')
}

/** Undefined if it is longer than a ticket and a path can be. Rejects when the client goes away. */
async function readForm(req: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > FORM_LIMIT) return undefined
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}
