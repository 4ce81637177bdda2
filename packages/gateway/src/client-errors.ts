import type { Duplex } from 'node:stream'

import { hasCode } from '@mllab/kernel'

import { refuseSsh } from './ssh-refusal.ts'

const LINGER_MS = 1000
/** Sockets that got their answer and may still be sending: what they send is an error again, and is read on so that they get to see it. */
const lingering = new WeakSet<Duplex>()

/**
 * What never became a request. A head that is too large is mostly cookies that some neighbouring host planted to lock people out:
 * told to forget them, the browser gets in again, signed out.
 */
export function answerClientError(error: Error, socket: Duplex): void {
  if (lingering.has(socket)) return
  const answer = answerUnderWay(socket)
  if (hasCode(error, 'ECONNRESET') || !socket.writable || answer?.headersSent) return void socket.destroy()
  if (beginsLikeSsh(error)) return refuseSsh(socket)
  const { status, headers = '', body = '' } = answerTo(error)
  const text =
    `HTTP/1.1 ${status}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Security-Policy: sandbox\r\n` +
    `${headers}Content-Length: ${body.length}\r\n\r\n${body}`
  // What was broken is the body of a request that somebody is working on already.
  if (answer !== undefined) return void socket.end(text, () => socket.destroy())
  lingering.add(socket)
  socket.end(text)
  // Closed with bytes unread, the system would answer with a reset, which may overtake the answer.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('end', () => socket.destroy())
  socket.once('close', () => clearTimeout(timer))
}

function answerTo(error: Error): { status: string; headers?: string; body?: string } {
  if (hasCode(error, 'HPE_HEADER_OVERFLOW'))
    return {
      status: '431 Request Header Fields Too Large',
      headers: 'Clear-Site-Data: "cookies"\r\nContent-Type: text/plain\r\n',
      body: 'This browser sent more cookies than fit into a request. They are removed now: load the page again, and sign in.\n',
    }
  return { status: hasCode(error, 'ERR_HTTP_REQUEST_TIMEOUT') ? '408 Request Timeout' : '400 Bad Request' }
}

/** What node:http is answering on this connection. In the middle of an answer a second head would be taken for its body. */
function answerUnderWay(socket: Duplex): { readonly headersSent: boolean } | undefined {
  const message: unknown = '_httpMessage' in socket ? socket._httpMessage : undefined
  if (typeof message !== 'object' || message === null) return undefined
  return { headersSent: 'headersSent' in message && message.headersSent === true }
}

/** Clients of SSH speak first, in one packet (RFC 4253, 4.2). */
function beginsLikeSsh(error: Error): boolean {
  const packet: unknown = 'rawPacket' in error ? error.rawPacket : undefined
  return Buffer.isBuffer(packet) && packet.toString('latin1', 0, 4) === 'SSH-'
}
