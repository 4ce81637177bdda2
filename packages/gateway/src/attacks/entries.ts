import {
  CAPABILITY,
  CAPABILITY_PREFIX,
  SERVICE_PREFIX,
  TAG,
  TOKEN,
  WORKSPACE_CAPABILITY,
  WORKSPACE_PREFIX,
} from '../testing/rig.ts'
import { browserLines } from './world.ts'

/**
 * Who may not get in. Each is one header away from a request that may. `in` marks those that must get in, so that a gateway that
 * refuses everything does not pass.
 */
export interface EntryAttack {
  readonly name: string
  readonly host: '{service}' | '{main}' | '{address}' | '{workspace}'
  readonly method?: string
  readonly path: string
  readonly headers: readonly string[]
  readonly body?: string
  /** Status of the refusal, or `in`: the app answers. `other`: the platform does. */
  readonly status: number | 'in' | 'other'
  /** Must be in the head of the answer; must not be in it. */
  readonly holds?: RegExp
  readonly leak?: RegExp
}

const app = `Cookie: __Host-lab-app-${TAG}=ann`
const session = `Cookie: __Host-lab-${TAG}=ann`
const plain = `Cookie: lab-${TAG}=ann`
const own = 'Origin: http://{service}'
const html = 'Accept: text/html'
const cors = ['Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty']
const form = ['Content-Type: application/x-www-form-urlencoded', 'Sec-Fetch-Dest: document']
const WS = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]
const on = { host: '{service}', path: '/' } as const
const path = { host: '{main}', path: SERVICE_PREFIX } as const
const workspace = { host: '{address}', path: WORKSPACE_PREFIX } as const
const capability = { host: '{address}', path: CAPABILITY_PREFIX } as const
const other = `/c/${'A'.repeat(43)}/`
const SANDBOX = /^Content-Security-Policy:[^\r]*\bsandbox/im

export const ENTRY_ATTACKS: readonly EntryAttack[] = [
  // The app's cookie counts for the app's own requests.
  { name: 'own page', ...on, headers: [app, 'Sec-Fetch-Site: same-origin'], status: 'in' },
  { name: 'own form', ...on, method: 'POST', headers: [app, own, 'Sec-Fetch-Site: same-origin'], status: 'in' },
  {
    name: 'a link on another site',
    ...on,
    headers: [app, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', html],
    status: 'in',
  },
  { name: 'a script of a sibling', ...on, headers: [app, 'Sec-Fetch-Site: same-site', ...cors], status: 401 },
  {
    name: 'an image on another site',
    ...on,
    headers: [app, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'],
    status: 401,
  },
  {
    name: 'a form of another site',
    ...on,
    method: 'POST',
    headers: [app, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate'],
    status: 401,
  },
  {
    name: 'a form of a sibling',
    ...on,
    method: 'POST',
    headers: [app, 'Origin: http://{workspace}', 'Sec-Fetch-Site: same-origin'],
    status: 401,
  },
  {
    name: 'a read by a sibling',
    ...on,
    headers: [app, 'Origin: http://{workspace}', 'Sec-Fetch-Site: same-origin'],
    status: 401,
  },
  { name: 'a form of an opaque page', ...on, method: 'POST', headers: [app, 'Origin: null'], status: 401 },
  { name: 'a write that does not say where it comes from', ...on, method: 'POST', headers: [app], status: 401 },
  { name: 'a websocket of its own', ...on, headers: [app, own, ...WS], status: 502 },
  { name: 'a websocket of a sibling', ...on, headers: [app, 'Origin: http://{workspace}', ...WS], status: 401 },
  { name: 'a websocket of nobody', ...on, headers: [app, 'Sec-Fetch-Site: same-origin', ...WS], status: 401 },
  {
    name: 'the cookie twice',
    ...on,
    headers: [`${app}; __Host-lab-app-${TAG}=ann`, 'Sec-Fetch-Site: same-origin'],
    status: 401,
  },
  { name: 'the cookie in two lines', ...on, headers: [app, app, 'Sec-Fetch-Site: same-origin'], status: 401 },
  {
    name: 'the cookie and a tossed one',
    ...on,
    headers: [`Cookie: __Host-lab-app-${TAG}=evil; __Host-lab-app-${TAG}=ann`, 'Sec-Fetch-Site: same-origin'],
    status: 401,
  },
  {
    name: 'the cookie of an address on a secure host',
    ...on,
    headers: [`Cookie: lab-app-${TAG}=ann`, 'Sec-Fetch-Site: same-origin'],
    status: 401,
  },
  {
    name: 'the session of the platform on an app’s host',
    ...on,
    headers: [session, 'Sec-Fetch-Site: same-origin'],
    status: 401,
  },
  {
    name: 'the cookie of another instance',
    ...on,
    headers: [`Cookie: __Host-lab-app-1=ann`, 'Sec-Fetch-Site: same-origin'],
    status: 401,
  },
  {
    name: 'a made up cookie',
    ...on,
    headers: [`Cookie: __Host-lab-app-${TAG}=eve`, 'Sec-Fetch-Site: same-origin'],
    status: 401,
  },
  {
    name: 'the frame’s cookie',
    ...on,
    headers: [`Cookie: __Host-lab-frame-${TAG}=ann`, 'Sec-Fetch-Site: same-origin'],
    status: 'in',
  },

  // Ambient tokens are for programs.
  {
    name: 'a token in a planted cookie',
    ...path,
    headers: [`Cookie: lab_access_token=${TOKEN}`, ...browserLines],
    status: 401,
  },
  {
    name: 'a token in a planted cookie, on an address',
    ...path,
    host: '{address}',
    headers: [`Cookie: lab_access_token=${TOKEN}`, html],
    status: 401,
  },
  { name: 'a token in a cookie of a program', ...path, headers: [`Cookie: lab_access_token=${TOKEN}`], status: 'in' },
  {
    name: 'a token in a link, on an address',
    host: '{address}',
    path: `${SERVICE_PREFIX}?lab_token=${TOKEN}`,
    headers: [html],
    status: 401,
  },
  {
    name: 'a token in a link',
    host: '{main}',
    path: `${SERVICE_PREFIX}?lab_token=${TOKEN}`,
    headers: browserLines,
    status: 303,
    leak: /Set-Cookie/i,
    holds: /^Referrer-Policy: no-referrer/im,
  },
  {
    name: 'a token in a link of an app',
    host: '{service}',
    path: `/a?lab_token=${TOKEN}`,
    headers: browserLines,
    status: 303,
    leak: /lab_token|mlp_/,
    holds: /^Set-Cookie: __Host-lab-app-/im,
  },
  {
    name: 'a token that is none',
    host: '{service}',
    path: '/a?lab_token=mlp_no',
    headers: browserLines,
    status: 401,
    leak: /Set-Cookie/i,
  },
  { name: 'no token', ...path, headers: [], status: 401 },

  // The session of the platform opens nothing at the path of programs.
  {
    name: 'a script of the platform’s page',
    ...path,
    headers: [session, 'Sec-Fetch-Site: same-origin', ...cors],
    status: 401,
  },
  { name: 'a program with a session', ...path, headers: [session], status: 401 },
  {
    name: 'a page of a service on an address',
    ...path,
    host: '{address}',
    headers: [plain, html],
    status: 303,
    holds: /^Location: \/apps\/open/im,
  },

  // A workspace on an address
  { name: 'own workspace', ...workspace, headers: [plain, html], status: 'in' },
  { name: 'the workspace of somebody else', ...workspace, headers: [`Cookie: lab-${TAG}=bob`, html], status: 403 },
  {
    name: 'a write from another site',
    ...workspace,
    method: 'POST',
    headers: [plain, 'Origin: http://evil.test'],
    status: 401,
  },
  { name: 'a write that does not say from where', ...workspace, method: 'POST', headers: [plain], status: 401 },
  { name: 'a write of a sandboxed app', ...workspace, method: 'POST', headers: [plain, 'Origin: null'], status: 401 },
  { name: 'a read of another site', ...workspace, headers: [plain, 'Origin: http://evil.test'], status: 401 },
  {
    name: 'a websocket of another site',
    ...workspace,
    headers: [plain, 'Origin: http://evil.test', ...WS],
    status: 401,
  },
  { name: 'the session twice', ...workspace, headers: [`${plain}; lab-${TAG}=ann`, html], status: 401 },
  {
    name: 'a workspace where it has an origin of its own',
    ...workspace,
    host: '{main}',
    headers: [session, html],
    status: 303,
    holds: /^Location: \/apps\/open/im,
  },
  {
    name: 'a workspace by script where it has an origin of its own',
    ...workspace,
    host: '{main}',
    headers: [session, 'Sec-Fetch-Site: same-origin', ...cors],
    status: 401,
  },

  // Capability paths
  { name: 'a path that is known', ...capability, headers: [], status: 'in', holds: SANDBOX },
  { name: 'a path that nobody made', host: '{address}', path: other, headers: [], status: 404, holds: SANDBOX },
  {
    name: 'a path that nobody made, for a page',
    host: '{address}',
    path: other,
    headers: [html],
    status: 404,
    holds: SANDBOX,
  },
  { name: 'no secret', host: '{address}', path: '/c/', headers: [], status: 404, holds: SANDBOX },
  { name: 'nothing', host: '{address}', path: '/c', headers: [], status: 404, holds: SANDBOX },
  {
    name: 'a secret that is too short',
    host: '{address}',
    path: `/c/${CAPABILITY.slice(1)}/`,
    headers: [],
    status: 404,
    holds: SANDBOX,
  },
  {
    name: 'a secret that is too long',
    host: '{address}',
    path: `/c/${CAPABILITY}a/`,
    headers: [],
    status: 404,
    holds: SANDBOX,
  },
  {
    name: 'a secret with a parameter',
    host: '{address}',
    path: `/c/${CAPABILITY};a/`,
    headers: [],
    status: 404,
    holds: SANDBOX,
  },
  { name: 'dots below it', host: '{address}', path: `/c/${CAPABILITY}/../`, headers: [], status: 400, holds: SANDBOX },
  { name: 'no slash behind it', host: '{address}', path: `/c/${CAPABILITY}`, headers: [], status: 308, holds: SANDBOX },
  { name: 'where apps have origins', ...capability, host: '{main}', headers: [], status: 404, holds: SANDBOX },
  { name: 'from another site', ...capability, headers: ['Origin: http://evil.test'], status: 404, holds: SANDBOX },
  {
    name: 'from the platform’s own script',
    ...capability,
    headers: ['Origin: http://{address}'],
    status: 404,
    holds: SANDBOX,
  },
  {
    name: 'a websocket from another site',
    ...capability,
    headers: ['Origin: http://evil.test', ...WS],
    status: 404,
    holds: SANDBOX,
  },
  { name: 'a websocket of its page', ...capability, headers: ['Origin: null', ...WS], status: 502 },
  {
    name: 'a question before a request',
    ...capability,
    method: 'OPTIONS',
    headers: ['Origin: null', 'Access-Control-Request-Method: PUT'],
    status: 204,
    holds: /^Access-Control-Allow-Origin: null/im,
  },
  {
    name: 'a question before a request of a stranger',
    host: '{address}',
    path: other,
    method: 'OPTIONS',
    headers: ['Origin: null', 'Access-Control-Request-Method: PUT'],
    status: 404,
    leak: /Access-Control/i,
  },
  {
    name: 'a question before a request of another site',
    ...capability,
    method: 'OPTIONS',
    headers: ['Origin: http://evil.test', 'Access-Control-Request-Method: PUT'],
    status: 404,
    leak: /Access-Control/i,
  },

  {
    name: 'a path into a workspace',
    host: '{address}',
    path: `/c/${WORKSPACE_CAPABILITY}/`,
    headers: [],
    status: 404,
    holds: SANDBOX,
  },

  // Tickets: `{ticket}` is a fresh one for the service.
  {
    name: 'a ticket',
    ...on,
    path: '/.lab/enter',
    method: 'POST',
    headers: [...form, 'Origin: http://{main}'],
    body: 'ticket={ticket}&to=/a',
    status: 303,
    holds: /^Set-Cookie: __Host-lab-app-8091=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax\r$/im,
  },
  {
    name: 'a ticket in a frame',
    ...on,
    path: '/.lab/enter',
    method: 'POST',
    headers: [form[0] ?? '', 'Sec-Fetch-Dest: iframe', 'Origin: http://{main}'],
    body: 'ticket={ticket}&to=/a',
    status: 303,
    holds: /^Set-Cookie: __Host-lab-frame-8091=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned\r$/im,
  },
  ...[
    'http://evil.test',
    'http://{workspace}',
    'http://{service}',
    'null',
    'https://{main}',
    'http://localhost:1',
    'http://{address}',
  ].map((origin) => ({
    name: `a ticket from ${origin}`,
    ...on,
    path: '/.lab/enter',
    method: 'POST',
    headers: [...form, `Origin: ${origin}`],
    body: 'ticket={ticket}&to=/a',
    status: 403,
    leak: /Set-Cookie/i,
  })),
  {
    name: 'a ticket from nowhere',
    ...on,
    path: '/.lab/enter',
    method: 'POST',
    headers: form,
    body: 'ticket={ticket}&to=/a',
    status: 403,
    leak: /Set-Cookie/i,
  },
  {
    name: 'a ticket of another app',
    host: '{workspace}',
    path: '/.lab/enter',
    method: 'POST',
    headers: [...form, 'Origin: http://{main}'],
    body: 'ticket={ticket}&to=/a',
    status: 403,
    leak: /Set-Cookie/i,
  },
  {
    name: 'a ticket as text',
    ...on,
    path: '/.lab/enter',
    method: 'POST',
    headers: ['Content-Type: text/plain', 'Origin: http://{main}'],
    body: 'ticket={ticket}&to=/a',
    status: 400,
    leak: /Set-Cookie/i,
  },
  {
    name: 'a ticket in the address',
    host: '{service}',
    path: '/.lab/enter?ticket={ticket}&to=/',
    headers: ['Origin: http://{main}'],
    status: 405,
    leak: /Set-Cookie/i,
  },
  ...['//evil.test', '/\\evil.test', 'http://evil.test', 'evil', '/a%0d%0aSet-Cookie:+a=b', '/../x', '/%2e%2e/x'].map(
    (to) => ({
      name: `a ticket to ${to}`,
      ...on,
      path: '/.lab/enter',
      method: 'POST',
      headers: [...form, 'Origin: http://{main}'],
      body: `ticket={ticket}&to=${to.replaceAll('%2e', '%252e')}`,
      status: 400,
      leak: /Set-Cookie/i,
    }),
  ),
  {
    name: 'an address to return to that is elsewhere',
    host: '{service}',
    path: '/.lab/entered?to=%2F%2Fevil.test',
    headers: [app, ...browserLines],
    status: 303,
    leak: /evil/,
  },
  {
    name: 'a form without end',
    ...on,
    path: '/.lab/enter',
    method: 'POST',
    headers: [...form, 'Origin: http://{main}'],
    body: `ticket=${'x'.repeat(9000)}&to=/`,
    status: 400,
  },
]
