import type { IncomingMessage } from 'node:http'

import type { Scope } from '@mllab/kernel'

import { refuseRequest } from '../answers.ts'
import { Exchange } from '../exchange.ts'
import type { PlatformHandler, Reached } from '../gateway.ts'
import { refusals } from '../refusals.ts'
import type { Endpoint } from '../routes.ts'
import { UpstreamPool } from '../upstream/pool.ts'
import { requestText } from '../upstream/request-text.ts'
import { WebSocketTunnel } from '../websocket.ts'
import type { MeetingPlace } from './serve.ts'

/** Everything that is said about one hop, or about how the client reached us: the platform hears it from us. */
const OURS =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|content-length|expect|forwarded|x-forwarded-.*)$/i
const SWEEP_MS = 500

/** Brings requests for the platform's own pages and API to it, with everything they carry, and its answers back as they are. */
export function forwardPages({ pages }: Pick<MeetingPlace, 'pages'>, scope: Scope): PlatformHandler {
  const endpoint: Endpoint = { kind: 'unix', path: pages }
  const pool = new UpstreamPool(endpoint)
  scope.every(SWEEP_MS, () => pool.sweep())
  scope.defer(() => pool.destroy())

  return {
    handle: (req, res, reached) => {
      const { 'content-length': length, 'transfer-encoding': coding } = req.headers
      const body = coding !== undefined ? 'chunked' : length === undefined || /^0+$/.test(length) ? 'none' : 'length'
      const exchange = new Exchange({
        req,
        res,
        method: req.method ?? 'GET',
        pool,
        request: headOf(req, reached, body === 'chunked' ? 'chunked' : length, 'keep-alive'),
        body,
        shape: undefined,
        firstByteTimeoutMs: 0,
        refuse: () => refuseRequest(req, res, refusals.platformAway, { asPage: reached.navigation }),
        done: () => undefined,
      })
      exchange.start()
    },
    upgrade: (req, socket, first, reached) => {
      const tunnel = new WebSocketTunnel({
        socket,
        first,
        key: req.headers['sec-websocket-key'] ?? '',
        request: headOf(req, reached, undefined, 'Upgrade'),
        said: () => undefined,
        done: () => undefined,
      })
      tunnel.start(endpoint)
    },
  }
}

function headOf(
  req: IncomingMessage,
  { scheme, authority, clientAddress }: Reached,
  length: string | undefined,
  connection: string,
): string {
  const headers: string[] = []
  for (let i = 0; i + 1 < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i] ?? ''
    if (!OURS.test(name) && name.toLowerCase() !== 'host') headers.push(name, req.rawHeaders[i + 1] ?? '')
  }
  headers.push('Host', authority, 'X-Forwarded-For', clientAddress, 'X-Forwarded-Proto', scheme)
  if (connection === 'Upgrade') headers.push('Upgrade', 'websocket')
  return requestText({ method: req.method ?? 'GET', path: req.url ?? '/', headers, length, connection })
}
