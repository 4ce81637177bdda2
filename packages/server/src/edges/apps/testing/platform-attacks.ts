import type { ask, Asked } from './browse.ts'

/** A server with Mara, who is attacked, Jonas, who is in her project, and the service `beside`. */
export interface Platform {
  readonly main: string
  readonly address: string
  /** A request to `origin` over loopback, whatever its name is. */
  ask(origin: string, path: string, asked?: Asked): ReturnType<typeof ask>
  /** A new session: its cookie at `origin`. */
  signIn(origin: string, username: string): Promise<{ cookie: string }>
  /** The form that brings a person into an app, or what was answered instead. */
  formOf(
    cookie: string,
    label: string,
    to?: string,
  ): Promise<{ status: number; action: string; ticket: string; to: string }>
  readonly beside: string
  readonly evil: string
  readonly workspace: string
  readonly workspacePath: string
}

export interface PlatformAttack {
  readonly name: string
  /** What went wrong; undefined if the platform held. */
  run(platform: Platform): Promise<string | undefined>
}

const JSON_TYPE = { 'content-type': 'application/json' }
const PROJECT = JSON.stringify({ name: 'Pwned' })

/** A request that must be refused: what it has, and with which status. */
function refused(
  name: string,
  status: number,
  asked: (platform: Platform, cookie: string) => { path: string } & Asked,
): PlatformAttack {
  return {
    name,
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.main, 'mara')
      const { path, ...rest } = asked(platform, cookie)
      const answer = await platform.ask(platform.main, path, rest)
      return answer.status === status ? undefined : `answered ${answer.status} ${answer.body.slice(0, 200)}`
    },
  }
}

const write = (headers: Record<string, string>, body = PROJECT) => ({
  path: '/api/projects',
  method: 'POST',
  headers,
  body,
})
const login = (headers: Record<string, string>) => ({
  path: '/api/auth/login',
  method: 'POST',
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify({ username: 'jonas', password: 'a long enough phrase' }),
})
const appOf = (platform: Platform, label: string) => platform.main.replace('//', `//${label}.`)

async function enter(platform: Platform, label: string, ticket: string) {
  return platform.ask(appOf(platform, label), '/.lab/enter', {
    method: 'POST',
    headers: {
      origin: platform.main,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-dest': 'document',
    },
    body: new URLSearchParams({ ticket, to: '/' }).toString(),
  })
}

async function appCookie(platform: Platform): Promise<string> {
  const { cookie } = await platform.signIn(platform.main, 'mara')
  const entered = await enter(platform, platform.beside, (await platform.formOf(cookie, platform.beside)).ticket)
  return entered.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

export const PLATFORM_ATTACKS: readonly PlatformAttack[] = [
  // Requests that another site makes a browser send
  refused('a write from a foreign origin', 403, (_, cookie) =>
    write({ ...JSON_TYPE, cookie, origin: 'http://evil.test' }),
  ),
  refused('a write from an app', 403, (p, cookie) => write({ ...JSON_TYPE, cookie, origin: appOf(p, p.evil) })),
  refused('a write from another site that hides its origin', 403, (_, cookie) =>
    write({ ...JSON_TYPE, cookie, 'sec-fetch-site': 'cross-site' }),
  ),
  refused('a write from a sibling with our origin', 403, (p, cookie) =>
    write({ ...JSON_TYPE, cookie, origin: p.main, 'sec-fetch-site': 'same-site' }),
  ),
  refused('a write that does not say from where', 401, (_, cookie) => write({ ...JSON_TYPE, cookie })),
  refused('a write as text', 415, (p, cookie) => write({ 'content-type': 'text/plain', cookie, origin: p.main })),
  refused('a write of an opaque page', 403, (_, cookie) => write({ ...JSON_TYPE, cookie, origin: 'null' })),
  refused('a read from another site', 403, (_, cookie) => ({
    path: '/api/me',
    headers: { cookie, 'sec-fetch-site': 'cross-site' },
  })),
  refused('a read from a sibling', 403, (_, cookie) => ({
    path: '/api/me',
    headers: { cookie, 'sec-fetch-site': 'same-site' },
  })),
  refused('a login from a foreign origin', 403, () => login({ origin: 'http://evil.test' })),
  refused('a login from another site', 403, () => login({ 'sec-fetch-site': 'cross-site' })),
  refused('a login as text', 415, (p) => ({
    ...login({ origin: p.main }),
    headers: { origin: p.main, 'content-type': 'text/plain' },
  })),

  // Cookies
  refused('a session twice', 401, (_, cookie) => ({ path: '/api/me', headers: { cookie: `${cookie}; ${cookie}` } })),
  refused('a tossed session before ours', 401, (_, cookie) => ({
    path: '/api/me',
    headers: { cookie: `${cookie.split('=')[0]}=evil; ${cookie}` },
  })),
  refused('a plain session on a secure host', 401, (_, cookie) => ({
    path: '/api/me',
    headers: { cookie: cookie.replace('__Host-', '') },
  })),
  refused('a bad token beside a good session', 401, (_, cookie) => ({
    path: '/api/me',
    headers: { cookie, authorization: 'Bearer mlp_bad' },
  })),
  {
    name: 'a session’s cookie that scripts or neighbours can read',
    run: async (platform) => {
      const answer = await platform.ask(platform.main, '/api/auth/login', login({ origin: platform.main }))
      const [cookie = ''] = answer.headers['set-cookie'] ?? []
      const wanted = [/^__Host-lab-\d+=/, /; Path=\//, /; HttpOnly/, /; Secure/, /; SameSite=Lax/]
      return wanted.every((one) => one.test(cookie)) && !/Domain/i.test(cookie)
        ? undefined
        : cookie.replace(/=[^;]+/, '=…')
    },
  },
  {
    name: 'the platform in a frame of another site',
    run: async ({ ask, main }) => {
      const { headers } = await ask(main, '/api/setup')
      const wanted = {
        'x-frame-options': 'SAMEORIGIN',
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      }
      const missing = Object.entries(wanted).filter(([name, value]) => headers[name] !== value)
      return missing.length === 0 ? undefined : `without ${missing.map(([name]) => name).join(', ')}`
    },
  },

  // Live
  ...(['http://evil.test', 'null', undefined] as const).map((origin) =>
    refused(`the live websocket from ${origin ?? 'nowhere'}`, origin === undefined ? 401 : 403, (_, cookie) => ({
      path: '/api/live',
      headers: {
        cookie,
        ...(origin === undefined ? {} : { origin }),
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    })),
  ),

  // Tickets and what is made of them
  {
    name: 'a ticket twice',
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.main, 'mara')
      const { ticket } = await platform.formOf(cookie, platform.beside)
      const [first, second] = [
        await enter(platform, platform.beside, ticket),
        await enter(platform, platform.beside, ticket),
      ]
      return first.status === 303 && second.status === 403 ? undefined : `answered ${first.status}, ${second.status}`
    },
  },
  {
    name: 'a ticket for another app',
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.main, 'jonas')
      const { ticket } = await platform.formOf(cookie, platform.evil)
      const { status } = await enter(platform, platform.beside, ticket)
      return status === 403 ? undefined : `answered ${status}`
    },
  },
  {
    name: 'a ticket of a session that ended',
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.main, 'mara')
      const { ticket } = await platform.formOf(cookie, platform.beside)
      await platform.ask(platform.main, '/api/auth/logout', {
        method: 'POST',
        headers: { cookie, origin: platform.main },
      })
      const { status } = await enter(platform, platform.beside, ticket)
      return status === 403 ? undefined : `answered ${status}`
    },
  },
  {
    name: 'a ticket as a cookie',
    run: async (platform) => {
      const name = (await appCookie(platform)).split('=')[0]
      const { cookie } = await platform.signIn(platform.main, 'mara')
      const { ticket } = await platform.formOf(cookie, platform.beside)
      const headers = { cookie: `${name}=${ticket}`, 'sec-fetch-site': 'same-origin' }
      const { status } = await platform.ask(appOf(platform, platform.beside), '/x', { headers })
      return status === 401 ? undefined : `answered ${status}`
    },
  },
  {
    name: 'the cookie of another app',
    run: async (platform) => {
      const cookie = await appCookie(platform)
      const headers = { cookie, 'sec-fetch-site': 'same-origin' }
      const own = await platform.ask(appOf(platform, platform.beside), '/x', { headers })
      const other = await platform.ask(appOf(platform, platform.evil), '/x', { headers })
      return own.status === 200 && other.status === 401 ? undefined : `answered ${own.status}, ${other.status}`
    },
  },
  {
    name: 'a forged cookie',
    run: async (platform) => {
      const [name = '', value = ''] = (await appCookie(platform)).split(/=(.*)/s)
      const [body = '', signature = ''] = value.split('.')
      const signed = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown> // ours
      const forged = Buffer.from(JSON.stringify({ ...signed, expiresAt: 9e15 })).toString('base64url')
      const headers = { cookie: `${name}=${forged}.${signature}`, 'sec-fetch-site': 'same-origin' }
      const { status } = await platform.ask(appOf(platform, platform.beside), '/x', { headers })
      return status === 401 ? undefined : `answered ${status}`
    },
  },
  {
    name: 'an address to return to that is elsewhere',
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.main, 'mara')
      for (const to of ['//evil.test', 'http://evil.test', '/\\evil.test', '/../x'])
        if ((await platform.formOf(cookie, platform.beside, to)).to !== '/') return `leads to ${to}`
      return undefined
    },
  },

  // The workspace of somebody else
  {
    name: 'the workspace of another member',
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.main, 'jonas')
      const { status, ticket } = await platform.formOf(cookie, platform.workspace)
      return status === 404 && ticket === '' ? undefined : `answered ${status}`
    },
  },
  {
    name: 'the workspace of another member, on an address',
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.address, 'jonas')
      const headers = { accept: 'text/html', cookie }
      const { status } = await platform.ask(platform.address, platform.workspacePath, { headers })
      return status === 404 || status === 403 ? undefined : `answered ${status}`
    },
  },

  // Links
  {
    name: 'a link of a session that ended',
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.address, 'mara')
      const headers = { accept: 'text/html', cookie }
      const opened = await platform.ask(platform.address, `/apps/open?app=${platform.beside}&to=%2F`, { headers })
      const link = opened.headers.location ?? ''
      const before = await platform.ask(platform.address, link)
      const own = { cookie, origin: platform.address }
      await platform.ask(platform.address, '/api/auth/logout', { method: 'POST', headers: own })
      const after = await platform.ask(platform.address, link)
      return before.status === 200 && after.status === 404 ? undefined : `answered ${before.status}, ${after.status}`
    },
  },
  {
    name: 'a link into somebody else’s workspace',
    run: async (platform) => {
      const { cookie } = await platform.signIn(platform.address, 'jonas')
      const headers = { accept: 'text/html', cookie }
      const opened = await platform.ask(platform.address, `/apps/open?app=${platform.workspace}&to=%2F`, { headers })
      return opened.status === 404 ? undefined : `answered ${opened.status} ${opened.headers.location}`
    },
  },
]
