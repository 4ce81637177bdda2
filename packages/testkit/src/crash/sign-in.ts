import { createClient, LabProblem } from '@mllab/sdk'
import { scopes as everything } from '@mllab/contract'

/** Signs the administrator in and makes a token that may do everything, for all later starts. */
export async function adminToken(url: string, password: string): Promise<string> {
  const headers = { 'content-type': 'application/json', origin: new URL(url).origin }
  const body = JSON.stringify({ username: 'admin', password })
  const signedIn = await fetch(`${url}/api/auth/login`, { method: 'POST', headers, body })
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const made = await fetch(`${url}/api/tokens`, {
    method: 'POST',
    headers: { ...headers, cookie },
    body: JSON.stringify({ name: 'crash run', scopes: [...everything] }),
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
