import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

import type { ProcessStat } from './proc.ts'

/** A TCP port that somebody listens on (proc_net(5)). */
export interface Listener {
  readonly port: number
  readonly inode: string
  /** Would be asked by who connects to 127.0.0.1. */
  readonly answersLoopback: boolean
}

const LISTEN = '0A'
/** 127.0.0.1 and every address; the same two over IPv6, whose words are in the byte order of the machine. */
const LOOPBACK = ['0100007F', '00000000', '0000000000000000FFFF00000100007F', '00000000000000000000000000000000']

/** Whether who connects to a port of 127.0.0.1 reaches one of these processes, and nobody else: he would get what is meant for them. */
export function listensOn(members: readonly ProcessStat[], port: number): boolean {
  const inodes = listeners().flatMap((one) => (one.port === port && one.answersLoopback ? [one.inode] : []))
  if (inodes.length === 0) return false
  const own = new Set(members.flatMap(({ pid }) => socketsOf(pid)))
  return inodes.every((inode) => own.has(inode))
}

/** `sl local_address rem_address st … inode` with address and port in hexadecimal. */
export function listeners(): Listener[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    lines(table).flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state !== LISTEN) return []
      const [address = '', port = ''] = local.split(':')
      return [{ port: Number.parseInt(port, 16), inode, answersLoopback: LOOPBACK.includes(address) }]
    }),
  )
}

/** Inodes of the sockets that a process has open. */
export function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
        return inode === undefined ? [] : [inode]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n')
  } catch {
    // A machine without IPv6 has no such table.
    return []
  }
}
