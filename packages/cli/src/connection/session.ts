import { createClient, scopes, type Client, type Me } from '@mllab/sdk'

export interface NewToken {
  readonly id: string
  readonly secret: string
  /** RFC 3339; null: never. */
  readonly expiresAt: string | null
}

/**
 * Signs in with a password just long enough to make a token that may do what the person may, for 90 days. Throws `LabProblem`.
 */
export async function tokenByPassword(
  url: string,
  credentials: { readonly username: string; readonly password: string },
  tokenName: string,
  signal: AbortSignal,
): Promise<{ readonly me: Me; readonly token: NewToken }> {
  const client = sessionClient(url)
  const me = await client.accounts.login({ body: credentials }, { signal })
  const mine = scopes.filter((scope) => me.admin || scope !== 'admin')
  const token = await client.accounts.createToken({ body: { name: tokenName, scopes: mine } }, { signal })
  await client.accounts.logout({}, { signal })
  return { me, token }
}

/** A client with a cookie, as a browser has one; the server wants to hear of which origin. */
function sessionClient(url: string): Client {
  let cookie = ''
  return createClient({
    baseUrl: url,
    fetch: async (address, init) => {
      const headers = new Headers(init?.headers)
      headers.set('origin', new URL(url).origin)
      if (cookie) headers.set('cookie', cookie)
      const response = await fetch(address, { ...init, headers })
      const [set] = response.headers.getSetCookie()
      if (set !== undefined) cookie = set.split(';')[0] ?? ''
      return response
    },
  })
}
