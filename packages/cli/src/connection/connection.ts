import { UsageError } from '../failures.ts'
import type { Surroundings } from '../surroundings.ts'
import type { StoredLogin } from './stored-login.ts'

/** Which server, as whom, and the project that is meant when none is named. */
export interface Connection {
  readonly url: string
  readonly token?: string
  readonly project?: string
}

const LOCAL = 'http://localhost:8091'

/**
 * From the flags, then the environment, then the stored login. A token goes only to the server it was given for: with another address, those
 * of the environment and of the login are left out.
 */
export function connectionFrom(
  flags: { readonly url?: string; readonly token?: string },
  env: Surroundings['env'],
  login: StoredLogin | undefined,
): Connection {
  const endpoint = env['LAB_ENDPOINT'] ? serverAddress(env['LAB_ENDPOINT']) : undefined
  const url = flags.url ? serverAddress(flags.url) : (endpoint ?? login?.url ?? LOCAL)
  const fromEnvironment = endpoint === undefined || endpoint === url ? env['LAB_API_TOKEN'] : undefined
  const stored = login?.url === url ? login : undefined
  const token = flags.token || fromEnvironment || stored?.token
  const project = env['LAB_PROJECT'] || stored?.project
  return { url, ...(token ? { token } : {}), ...(project ? { project } : {}) }
}

/** `lab.acme.io` and links into the web app are understood too. Without a slash at the end. */
export function serverAddress(text: string): string {
  const isNear = /^(localhost|127\.|\[|0\.0\.0\.0)/.test(text)
  const full = text.includes('://') ? text : `${isNear ? 'http' : 'https'}://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`${JSON.stringify(text)} is no address of a server, such as ${LOCAL}.`)
  return url.origin + url.pathname.replace(/\/app(\/.*)?$/, '').replace(/\/+$/, '')
}
