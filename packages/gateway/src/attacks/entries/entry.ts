import { CAPABILITY_PREFIX, SERVICE_PREFIX, TAG, WORKSPACE_PREFIX } from '../../testing/rig.ts'

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

export const app = `Cookie: __Host-lab-app-${TAG}=ann`
export const session = `Cookie: __Host-lab-${TAG}=ann`
export const plain = `Cookie: lab-${TAG}=ann`
export const own = 'Origin: http://{service}'
export const html = 'Accept: text/html'
export const cors = ['Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty']
export const form = ['Content-Type: application/x-www-form-urlencoded', 'Sec-Fetch-Dest: document']
export const WS = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]
export const on = { host: '{service}', path: '/' } as const
export const path = { host: '{main}', path: SERVICE_PREFIX } as const
export const workspace = { host: '{address}', path: WORKSPACE_PREFIX } as const
export const capability = { host: '{address}', path: CAPABILITY_PREFIX } as const
export const other = `/c/${'A'.repeat(43)}/`
export const SANDBOX = /^Content-Security-Policy:[^\r]*\bsandbox/im
