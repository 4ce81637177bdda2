import { readdirSync, readFileSync, statSync } from 'node:fs'

/** Who has fewer open is not looked at closer. */
const MANY = 1000

/** Files, sockets and pipes that a process has open; 0 if it is gone or belongs to somebody else. */
export function openFilesOf(pid: number): number {
  try {
    // Since Linux 6.2 the size of the folder, without reading it; 0 before.
    const counted = statSync(`/proc/${pid}/fd`).size
    if (counted > 0 || tableSize(pid) < MANY) return counted
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

/** How many a process may have open, if it has about that many now: one that wants more is refused. */
export function filesHeldAt(pid: number, open: number): number | undefined {
  if (open < MANY) return undefined
  try {
    const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1])
    // A few are free again for a moment at a time.
    return open >= limit - 8 ? limit : undefined
  } catch {
    return undefined
  }
}

/** How many are open on the whole machine, and how many may be by all who are not root. */
export function openFilesOfMachine(): { readonly open: number; readonly most: number } {
  const [open = 0, , most = Infinity] = readFileSync('/proc/sys/fs/file-nr', 'utf8').trim().split(/\s+/).map(Number)
  return { open, most }
}

/** Slots of the table of open files: never fewer than there are. */
function tableSize(pid: number): number {
  return Number(/^FDSize:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
}
