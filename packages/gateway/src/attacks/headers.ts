import { CAPABILITY, TAG, TOKEN } from '../testing/rig.ts'
import type { Mode } from './modes.ts'
import type { Told } from './world.ts'

/** Headers by which a client would say who it is, where it is, or how the app is to read the request. None arrives. */
export const FORGED_NAMES = [
  'X-Lab-User',
  'X-Lab-Admin',
  'x_lab_user',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Prefix',
  'X-Forwarded-User',
  'X-Forwarded-Server',
  'X_Forwarded_For',
  'Forwarded',
  'X-Real-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'True-Client-IP',
  'X-Original-URL',
  'X-Original-URI',
  'X-Rewrite-URL',
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X-Method-Override',
  'Remote-User',
  'X-Remote-User',
  'X_Remote_User',
  'Proxy-Authorization',
  'Proxy-Authenticate',
  'Proxy-Connection',
  'Keep-Alive',
  'TE',
  'Trailer',
  'HTTP2-Settings',
  'Content_Length',
  'Transfer_Encoding',
] as const

/** Request headers of which nothing that matches `leak` may arrive. */
export const REQUEST_LEAKS: readonly {
  readonly name: string
  readonly headers: readonly string[]
  readonly query?: string
  readonly leak: RegExp
  readonly modes?: readonly Mode['name'][]
}[] = [
  {
    name: 'what Connection names',
    headers: ['Connection: close, X-Own', 'X-Own: hop'],
    leak: /hop/,
  },
  {
    name: 'cookies of the platform',
    headers: [
      `Cookie: theme=dark; __Host-lab-${TAG}=leak1; lab-app-9=leak2; __Secure-lab-1=leak3; __Host-lab-frame-9=leak4; LAB-X=leak5; lab_access_token=leak6`,
    ],
    leak: /leak/,
  },
  {
    name: 'cookies of whatever else is on the address',
    headers: ['Cookie: theme=dark'],
    leak: /theme/,
    modes: ['capability path'],
  },
  {
    name: 'the token of the platform under another scheme',
    headers: ['Authorization: Digest mlp_x'],
    leak: /mlp_/,
    modes: ['own host', 'capability path', 'workspace on an address'],
  },
  { name: 'a token in the address', headers: [], query: `?a=1&lab_token=${TOKEN}&b=2`, leak: /mlp_|lab_token/ },
  {
    name: 'a token in the address, encoded',
    headers: [],
    query: `?lab%5Ftoken=${TOKEN}`,
    leak: /mlp_|lab_token|lab%5F/,
  },
  { name: 'a token in the address it came from', headers: [`Referer: http://x/?lab_token=${TOKEN}`], leak: /mlp_/ },
  {
    name: 'a capability in the address it came from',
    headers: [`Referer: http://x/c/${CAPABILITY}/a`],
    leak: /Referer/i,
  },
  { name: 'what asks to wait for the app', headers: ['Expect: 100-continue'], leak: /Expect/i },
]

/** Answers of hostile apps: nothing that matches `leak` comes back, and everything in `holds` does. */
export const ANSWER_ATTACKS: readonly {
  readonly name: string
  readonly told: Told
  readonly leak?: RegExp
  readonly holds?: readonly RegExp[]
  readonly modes?: readonly Mode['name'][]
  /** Header lines beside those that let in. */
  readonly headers?: readonly string[]
}[] = [
  ...[
    'Clear-Site-Data',
    'Strict-Transport-Security',
    'Alt-Svc',
    'Public-Key-Pins',
    'Public-Key-Pins-Report-Only',
    'Expect-CT',
    'NEL',
    'Report-To',
    'Reporting-Endpoints',
    'Set-Login',
    'Set-Cookie2',
    'Server',
    'X-Frame-Options',
    'Proxy-Authenticate',
    'Proxy-Authentication-Info',
    'Keep-Alive',
    'TE',
  ].map((name) => ({ name: `${name} from an app`, told: { headers: [name, 'from-app'] }, leak: /from-app/ })),
  { name: 'what Connection names', told: { headers: ['Connection', 'X-Hop', 'X-Hop', 'from-app'] }, leak: /from-app/ },
  {
    name: 'other types than it says',
    told: { headers: ['X-Content-Type-Options', 'from-app'] },
    leak: /X-Content-Type-Options: from-app/i,
    holds: [/^X-Content-Type-Options: nosniff\r$/im],
  },
  {
    name: 'a cookie for the whole domain',
    told: { headers: ['Set-Cookie', 'a=b; Domain=localhost; Path=/', 'Set-Cookie', 'c=d;  domain = localhost'] },
    leak: /domain/i,
  },
  ...[
    `__Host-lab-${TAG}=evil; Path=/; Secure`,
    `lab-${TAG}=evil`,
    `LAB-${TAG}=evil`,
    `__Secure-lab-${TAG}=evil; Secure`,
    `__HOST-LAB-APP-${TAG}=evil; Path=/; Secure`,
    `lab-app-${TAG} = evil`,
    'lab_access_token=evil',
    `=lab-${TAG}=evil`,
    'evil',
    `\tlab-${TAG}=evil`,
  ].map((cookie) => ({
    name: `the cookie ${JSON.stringify(cookie)}`,
    told: { headers: ['Set-Cookie', cookie] },
    leak: /evil/,
  })),
  {
    name: 'cookies beyond its path',
    told: { headers: ['Set-Cookie', 'a=b; Path=/', 'Set-Cookie', 'c=d', 'Set-Cookie', 'e=f; Path=/api'] },
    leak: /Path=\/(?:;|\r|api\r)/i,
    modes: ['path with a token', 'workspace on an address'],
  },
  {
    name: 'its policy instead of ours about frames',
    told: {
      headers: [
        'Content-Security-Policy',
        "default-src 'self'; frame-ancestors *; report-uri https://evil.test; report-to x",
      ],
    },
    leak: /frame-ancestors \*|report-/,
    holds: [/frame-ancestors '(?:self|none)'/, /default-src 'self'/],
  },
  {
    name: 'a policy that only reports, to elsewhere',
    told: { headers: ['Content-Security-Policy-Report-Only', "default-src 'self'; report-uri https://evil.test"] },
    leak: /evil/,
  },
  {
    name: 'a service worker for more than its path',
    told: { headers: ['Service-Worker-Allowed', '/'] },
    leak: /Service-Worker-Allowed/i,
    modes: ['path with a token', 'workspace on an address', 'capability path'],
  },
  {
    name: 'a resource for everybody',
    told: { headers: ['Cross-Origin-Resource-Policy', 'from-app'] },
    leak: /from-app/,
    holds: [/^Cross-Origin-Resource-Policy: (?:same|cross)-origin\r$/im],
  },
  { name: 'its agent cluster', told: { headers: ['Origin-Agent-Cluster', '?0'] }, leak: /Origin-Agent-Cluster: \?0/i },
  {
    name: 'where it sends on, out of its path',
    told: { status: 302, headers: ['Location', '/login'] },
    leak: /Location: \/login/i,
    holds: [/^Location: .+\/login\r$/im],
    modes: ['path with a token', 'capability path'],
  },
  {
    name: 'where it sends on, by its whole address',
    told: { status: 302, headers: ['Location', 'http://{host}/login'] },
    leak: /Location: (?:http:\/\/[^/]+)?\/login/i,
    modes: ['path with a token', 'capability path'],
  },
  {
    name: 'two places to send on to',
    told: { status: 302, headers: ['Location', '/a', 'Location', '//evil.test'] },
    leak: /evil/,
  },

  // A program that follows the documented path has a browser's page made inert.
  {
    name: 'a page at the path of programs',
    told: {
      headers: ['Content-Type', 'text/html', 'Content-Security-Policy', 'sandbox allow-scripts allow-same-origin'],
    },
    leak: /allow-/,
    holds: [/^Content-Security-Policy: sandbox; frame-ancestors 'none'\r$/im],
    modes: ['path with a token'],
  },

  // In a frame of another site
  {
    name: 'a cookie that a frame would lose',
    told: { headers: ['Set-Cookie', '_xsrf=1; Path=/; SameSite=Lax; secure'] },
    holds: [/^Set-Cookie: _xsrf=1; Path=\/; SameSite=None; Secure; Partitioned\r$/im],
    headers: ['FRAMED'],
    modes: ['own host'],
  },

  // In the sandbox
  ...[200, 201, 204, 206, 301, 302, 303, 304, 307, 400, 401, 403, 404, 405, 413, 416, 500, 502, 503].map((status) => ({
    name: `an answer ${status} without the sandbox`,
    told: {
      status,
      headers: [
        'Content-Security-Policy',
        'sandbox allow-scripts allow-same-origin allow-top-navigation',
        'Location',
        '/x',
      ],
    },
    leak: /allow-same-origin|allow-top-navigation|allow-popups/,
    holds: [/^Content-Security-Policy: sandbox allow-scripts/im],
    modes: ['capability path'] as const,
  })),
  ...(
    [
      ['Set-Cookie', 'a=b', /Set-Cookie/i],
      ['Access-Control-Allow-Origin', '*', /Access-Control-Allow-Origin: \*/i],
      ['Access-Control-Allow-Origin', 'http://evil.test', /evil/],
      ['Access-Control-Expose-Headers', 'from-app', /from-app/],
      ['Link', '</x>; rel=preload', /Link/i],
      ['Refresh', '0; url=http://evil.test', /Refresh/i],
      ['Referrer-Policy', 'unsafe-url', /unsafe-url/],
      ['Cache-Control', 'public, s-maxage=600, max-age=60', /public|s-maxage/],
    ] as const
  ).map(([name, value, leak]) => ({
    name: `${name}: ${value} in the sandbox`,
    told: { headers: [name, value] },
    leak,
    holds: [/^Referrer-Policy: no-referrer\r$/im, /^Cache-Control: private/im, /^Vary: Origin\r$/im],
    modes: ['capability path'] as const,
  })),
  {
    name: 'an answer that its own page cannot read',
    told: {},
    holds: [
      /^Access-Control-Allow-Origin: null\r$/im,
      /^Access-Control-Allow-Credentials: true\r$/im,
      /^Cross-Origin-Resource-Policy: cross-origin\r$/im,
    ],
    headers: ['Origin: null'],
    modes: ['capability path'],
  },
  { name: 'an answer that other pages can read', told: {}, leak: /Access-Control/i, modes: ['capability path'] },
]
