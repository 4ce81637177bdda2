import type { Duplex } from 'node:stream'

const SSH_MSG_DISCONNECT = 1
const SSH_DISCONNECT_SERVICE_NOT_AVAILABLE = 7
const SENTENCE = 'ML Lab serves HTTP and HTTPS at this port, and no SSH.'
/** Packets are padded to this before keys are agreed on, with at least four bytes (RFC 4253, 6). */
const BLOCK = 8

/** Says so in SSH's own words, which its clients show to people: a version line, and a disconnect (RFC 4253, 4.2 and 11.1). */
export function refuseSsh(socket: Duplex): void {
  const payload = Buffer.concat([
    Buffer.from([SSH_MSG_DISCONNECT]),
    uint32(SSH_DISCONNECT_SERVICE_NOT_AVAILABLE),
    sshString(SENTENCE),
    sshString('en'),
  ])
  const unpadded = 4 + 1 + payload.length
  const padding = 4 + ((BLOCK - ((unpadded + 4) % BLOCK)) % BLOCK)
  const packet = Buffer.concat([
    uint32(1 + payload.length + padding),
    Buffer.from([padding]),
    payload,
    Buffer.alloc(padding),
  ])
  socket.end(Buffer.concat([Buffer.from('SSH-2.0-MLLab\r\n'), packet]), () => socket.destroy())
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function sshString(text: string): Buffer {
  return Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)])
}
