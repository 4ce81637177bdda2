import { LabError } from '@mllab/contract'

import type { Credential } from '../../modules/access/access.ts'
import { cookieValue } from './cookies.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

export interface CredentialQuestion {
  readonly method: string
  readonly headers: Headers
  readonly cookieName: string
  /** Origin of the platform as the client reached it. */
  readonly ownOrigin: string
}

/**
 * What a request proves itself with. An `Authorization` header wins over the cookie. A cookie counts only for requests of our own
 * pages: browsers say where a request comes from, and what says nothing is no browser.
 */
export function credentialOf(question: CredentialQuestion): Credential | undefined {
  const header = single(question.headers['authorization'])
  if (header !== undefined) return fromAuthorization(header)
  const secret = cookieValue(single(question.headers['cookie']), question.cookieName)
  if (secret === undefined) return undefined
  refuseForeign(question)
  if (
    changesState(question.method) &&
    question.headers['origin'] === undefined &&
    question.headers['sec-fetch-site'] === undefined
  )
    throw new LabError('NOT_SIGNED_IN', {
      reason: 'A cookie counts only for requests of a browser, which carry Origin or Sec-Fetch-Site.',
    })
  return { kind: 'session', secret }
}

/** Refuses what another site made the browser send. Also for login and setup, which need no credential. */
export function refuseForeign({
  method,
  headers,
  ownOrigin,
}: Pick<CredentialQuestion, 'method' | 'headers' | 'ownOrigin'>): void {
  const origin = single(headers['origin'])
  const site = single(headers['sec-fetch-site'])
  if (changesState(method)) {
    if (origin !== undefined && origin !== ownOrigin)
      throw new LabError('FOREIGN_ORIGIN', { origin: origin.slice(0, 200) })
    if (site !== undefined && site !== 'same-origin') throw new LabError('FOREIGN_ORIGIN', { origin: 'another site' })
  } else if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new LabError('FOREIGN_ORIGIN', { origin: 'another site' })
}

function fromAuthorization(header: string): Credential | undefined {
  const [scheme = '', value = ''] = header.split(' ', 2)
  if (/^bearer$/i.test(scheme)) return { kind: 'token', secret: value.trim() }
  if (!/^basic$/i.test(scheme)) return undefined
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  const password = decoded.slice(decoded.indexOf(':') + 1)
  // Some clients know only a user name field; a token there counts too.
  return {
    kind: 'token',
    secret: password.startsWith('mlp_') ? password : decoded.slice(0, Math.max(0, decoded.indexOf(':'))),
  }
}

function changesState(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join('; ') : value
}
