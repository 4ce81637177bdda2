import { createClient, LabProblem } from '@mllab/sdk'
import { scopes as everything } from '@mllab/contract'

/** Signs the administrator in and makes a token that may do everything, for all later starts. */
export function adminToken(url: string, password: string): Promise<string> {
  return tokenOf(url, 'admin', password, everything)
}

/** Signs somebody in and makes a token of these scopes. */
export async function tokenOf(
  url: string,
  username: string,
  password: string,
  scopes: readonly string[],
): Promise<string> {
  const headers = { 'content-type': 'application/json', origin: new URL(url).origin }
  const body = JSON.stringify({ username, password })
  const signedIn = await fetch(`${url}/api/auth/login`, { method: 'POST', headers, body })
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const made = await fetch(`${url}/api/tokens`, {
    method: 'POST',
    headers: { ...headers, cookie },
    body: JSON.stringify({ name: 'test', scopes }),
  })
  if (!made.ok) throw new Error(`no token: ${await made.text()}`)
  return ((await made.json()) as { secret: string }).secret // our own endpoint
}

/** Whether the server lets somebody with this token in at all. */
export async function isAccepted(url: string, token: string): Promise<boolean> {
  try {
    await createClient({ baseUrl: url, token }).accounts.me({})
    return true
  } catch (error) {
    if (error instanceof LabProblem) return error.status !== 401
    throw error
  }
}
