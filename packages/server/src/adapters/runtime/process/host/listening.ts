import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

import type { ProcessStat } from './proc.ts'

const LISTEN = '0A'

/** Whether one of these processes listens on a TCP port of this machine: whoever else does would get what is meant for them. */
export function listensOn(members: readonly ProcessStat[], port: number): boolean {
  const sockets = new Set(listeningInodes(port).map((inode) => `socket:[${inode}]`))
  return sockets.size > 0 && members.some(({ pid }) => openFiles(pid).some((target) => sockets.has(target)))
}

/** proc_net(5): `sl local_address rem_address st … inode` with address and port in hexadecimal. */
function listeningInodes(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    lines(table)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === LISTEN)
      .map((fields) => fields[9] ?? ''),
  )
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n')
  } catch {
    // A machine without IPv6 has no such table.
    return []
  }
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}
