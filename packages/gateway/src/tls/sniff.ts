import type { Socket } from 'node:net'

import { asksForProof, type Handshakes } from './handshakes.ts'

export interface SnifferOptions {
  readonly handshakes: Handshakes
  /** For connections that do not begin like TLS. */
  readonly acceptPlain: (socket: Socket) => void
  /** How long a connection may say nothing. */
  readonly silentMs: number
  /** So many may be silent or in a handshake at once; the oldest goes when there are more. */
  readonly mostUndecided: number
}

export interface Sniffer {
  /** For `connection` of a server. */
  arrived(socket: Socket): void
  /** Connections that gave way to newer ones. */
  pushedOut(): number
  close(): void
}

const TLS_HANDSHAKE = 0x16
const RECORD_HEADER_BYTES = 5
const LONGEST_RECORD_BYTES = 16_384

/**
 * Tells TLS from plain HTTP by a connection's first byte, and puts what was read back. Once a connection is decided nothing of this
 * is left on it. Another protocol gets its place here, between the two.
 *
 * `readable` and `read`, not `data` and `pause`: with those, node:http loses what was put back.
 */
export function createSniffer({ handshakes, acceptPlain, silentMs, mostUndecided }: SnifferOptions): Sniffer {
  const undecided = new Set<Socket>()
  let pushedOut = 0

  const arrived = (socket: Socket) => {
    let read: Buffer | undefined
    const drop = () => void socket.destroy()
    const timer = setTimeout(drop, silentMs)
    const look = () => {
      const bytes = socket.read() as Buffer | null // no encoding is set
      if (bytes === null) return
      read = read ? Buffer.concat([read, bytes]) : bytes
      const isTls = read[0] === TLS_HANDSHAKE
      if (isTls && handshakes.challenged && isShort(read)) return
      leave()
      socket.unshift(read)
      if (!isTls) return acceptPlain(socket)
      hold(socket)
      const over = () => void undecided.delete(socket)
      if (handshakes.challenged && asksForProof(read)) handshakes.prove(socket, over)
      else handshakes.begin(socket, over)
    }
    const leave = () => {
      clearTimeout(timer)
      undecided.delete(socket)
      socket.off('readable', look).off('error', drop).off('end', drop).off('close', leave)
    }
    hold(socket)
    socket.on('error', drop).on('end', drop).on('close', leave).on('readable', look)
  }

  const hold = (socket: Socket) => {
    undecided.add(socket)
    if (undecided.size <= mostUndecided) return
    const [oldest] = undecided
    if (!oldest) return
    undecided.delete(oldest)
    pushedOut += 1
    oldest.destroy()
  }

  return {
    arrived,
    pushedOut: () => pushedOut,
    close: () => {
      for (const socket of undecided) socket.destroy()
    },
  }
}

/** The first message is not there as a whole. It fits into one record; what says it is longer is none. */
function isShort(read: Buffer): boolean {
  if (read.length < RECORD_HEADER_BYTES) return true
  const recordBytes = read.readUInt16BE(3)
  return recordBytes <= LONGEST_RECORD_BYTES && read.length < RECORD_HEADER_BYTES + recordBytes
}
