import { CAPABILITY_PREFIX, SERVICE_PREFIX, TAG, TOKEN, WORKSPACE_PREFIX, type Rig } from '../testing/rig.ts'

/** One way in which an app can be addressed, with what lets Ann in. */
export interface Mode {
  readonly name: 'own host' | 'path with a token' | 'workspace on an address' | 'capability path'
  readonly host: (rig: Rig) => string
  /** Path of the app, `/` at both ends. */
  readonly prefix: string
  /** Header lines that let a request in; `{host}` is the host. */
  readonly auth: readonly string[]
  /** The same for a websocket. */
  readonly socketAuth: readonly string[]
  /** What the app sees of `<prefix>x`. */
  readonly seen: (rest: string) => string
}

export const MODES: readonly Mode[] = [
  {
    name: 'own host',
    host: (rig) => rig.service,
    prefix: '/',
    auth: [`Cookie: __Host-lab-app-${TAG}=ann`, 'Sec-Fetch-Site: same-origin'],
    socketAuth: [`Cookie: __Host-lab-app-${TAG}=ann`, 'Origin: http://{host}'],
    seen: (rest) => `/${rest}`,
  },
  {
    name: 'path with a token',
    host: (rig) => rig.main,
    prefix: SERVICE_PREFIX,
    auth: [`Authorization: Bearer ${TOKEN}`],
    socketAuth: [`Authorization: Bearer ${TOKEN}`],
    seen: (rest) => `/${rest}`,
  },
  {
    name: 'workspace on an address',
    host: (rig) => rig.address,
    prefix: WORKSPACE_PREFIX,
    auth: [`Cookie: lab-${TAG}=ann`, 'Origin: http://{host}'],
    socketAuth: [`Cookie: lab-${TAG}=ann`, 'Origin: http://{host}'],
    seen: (rest) => WORKSPACE_PREFIX + rest,
  },
  {
    name: 'capability path',
    host: (rig) => rig.address,
    prefix: CAPABILITY_PREFIX,
    auth: [],
    socketAuth: ['Origin: null'],
    seen: (rest) => `/${rest}`,
  },
]
