import { SERVICE_PREFIX, TAG, TOKEN } from '../../testing/rig.ts'
import { browserLines } from '../world.ts'
import { type EntryAttack, app, session, plain, own, html, cors, WS, on, path } from './entry.ts'

/** With the cookie of an app, with a token, and with the session of the platform. */
export const byPrograms: readonly EntryAttack[] = [
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
]
