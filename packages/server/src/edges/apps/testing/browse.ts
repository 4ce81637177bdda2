import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'

export interface Reply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface Asked {
  readonly method?: string
  /** Value of the `Host` header, if the address is not what is asked for. */
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Address of this machine from which it is asked. */
  readonly localAddress?: string
}

/** One request exactly as given; `fetch` would add what browsers add. A websocket that opens is a status 101, and is closed. */
export function ask(
  url: string,
  { method = 'GET', host, headers = {}, body, localAddress }: Asked = {},
): Promise<Reply> {
  // Whose certificate it is stands in other tests.
  const { request } = url.startsWith('https:') ? https : http
  const req = request(url, {
    method,
    rejectUnauthorized: false,
    headers: { ...(host ? { host } : {}), ...headers },
    agent: false,
    ...(localAddress ? { localAddress } : {}),
  })
  req.end(body)
  return new Promise((resolve, reject) => {
    req.once('error', reject)
    req.once('response', (res) => {
      const { statusCode: status = 0, headers } = res
      res.toArray().then((chunks) => resolve({ status, headers, body: chunks.join('') }), reject)
    })
    req.once('upgrade', (res, socket) => {
      socket.destroy()
      resolve({ status: 101, headers: res.headers, body: '' })
    })
  })
}

/** A websocket as far as its handshake, and bytes behind it. Rejects with the status if there is none. */
export async function openSocket(url: string, { host, headers = {} }: Asked = {}): Promise<Duplex> {
  const req = http.request(url, {
    agent: false,
    headers: {
      ...(host ? { host } : {}),
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  })
  req.end()
  return new Promise((resolve, reject) => {
    req.once('upgrade', (_res, socket) => {
      socket.on('error', () => undefined)
      resolve(socket)
    })
    req.once('response', (res) => reject(new Error(`answered ${res.statusCode}`)))
    req.once('error', reject)
  })
}

/** A stream that has begun. */
export async function openStream(url: string, { host, headers = {} }: Asked = {}): Promise<IncomingMessage> {
  const req = http.get(url, { agent: false, headers: { ...(host ? { host } : {}), ...headers } })
  const [res] = (await once(req, 'response')) as [IncomingMessage] // what this event carries
  if (res.statusCode !== 200) throw new Error(`answered ${res.statusCode}`)
  res.on('error', () => undefined)
  await once(res, 'data')
  return res
}

/** Milliseconds until it is closed by the other side, from `begin` on. */
export async function closedAfter(stream: Duplex | IncomingMessage, begin: number): Promise<number> {
  if (!stream.destroyed) {
    stream.resume()
    await Promise.race([once(stream, 'close'), once(stream, 'end'), once(stream, 'aborted')])
  }
  return performance.now() - begin
}
